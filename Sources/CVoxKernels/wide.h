#ifndef CVOX_WIDE_H
#define CVOX_WIDE_H

/* Floats of a vector of AVX-512. */
enum { LANES = 16 };

#if defined(__x86_64__)

#include <immintrin.h>

/* For functions in vectors of AVX-512, which are only called where the processor has them. */
#define WIDE __attribute__((target("avx512f")))
#define WIDE_INLINE static inline __attribute__((target("avx512f"), always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

#endif

#endif

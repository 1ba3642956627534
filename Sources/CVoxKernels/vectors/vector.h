#ifndef CVOX_VECTOR_H
#define CVOX_VECTOR_H

/* Vectors of LANES floats, which the file that is compiled defines: 16 of AVX-512 or 8 of AVX2. What is written in terms
 * of them is compiled for both. */

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNROLLED _Pragma("clang loop unroll(full)")

/* WIDE is for functions that are only called where the processor has the instructions; OF_WIDTH names something that is
 * there for every width. */
#if LANES == 16
#define WIDE __attribute__((target("avx512f")))
#define OF_WIDTH(NAME) NAME##_16
#else
#define WIDE __attribute__((target("avx2,fma")))
#define OF_WIDTH(NAME) NAME##_8
#endif
#define WIDE_INLINE static inline __attribute__((always_inline)) WIDE

#if LANES == 16

typedef __m512 vector;
/* Some of the lanes. */
typedef __mmask16 lanes;

/* --- Memory --- */

WIDE_INLINE vector load(const float *from) { return _mm512_loadu_ps(from); }
WIDE_INLINE void store(float *to, vector a) { _mm512_storeu_ps(to, a); }
/* Past the caches, to whole vectors of memory. */
WIDE_INLINE void stream(float *to, vector a) { _mm512_stream_ps(to, a); }

WIDE_INLINE lanes lanes_of_bits(uint32_t bits) { return (lanes)bits; }
WIDE_INLINE lanes first_lanes(size_t count) { return count >= LANES ? 0xffff : (lanes)((1u << count) - 1); }
/* Zeros in the other lanes, whose memory is not touched. */
WIDE_INLINE vector load_lanes(lanes some, const float *from) { return _mm512_maskz_loadu_ps(some, from); }
WIDE_INLINE void store_lanes(lanes some, float *to, vector a) { _mm512_mask_storeu_ps(to, some, a); }
WIDE_INLINE vector keep_lanes(lanes some, vector a) { return _mm512_maskz_mov_ps(some, a); }

/* --- Arithmetic --- */

WIDE_INLINE vector zero(void) { return _mm512_setzero_ps(); }
WIDE_INLINE vector splat(float a) { return _mm512_set1_ps(a); }
WIDE_INLINE vector add(vector a, vector b) { return _mm512_add_ps(a, b); }
WIDE_INLINE vector sub(vector a, vector b) { return _mm512_sub_ps(a, b); }
WIDE_INLINE vector mul(vector a, vector b) { return _mm512_mul_ps(a, b); }
/* a * b + c, and c - a * b. */
WIDE_INLINE vector fmadd(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }
WIDE_INLINE vector fnmadd(vector a, vector b, vector c) { return _mm512_fnmadd_ps(a, b, c); }
/* The larger one in some lanes, `a` in the others. */
WIDE_INLINE vector larger_lanes(lanes some, vector a, vector b) { return _mm512_mask_max_ps(a, some, a, b); }
WIDE_INLINE vector nearest(vector a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* a * 2^n, n whole, where `x` is not less than `least`; 0 elsewhere. */
WIDE_INLINE vector scaled_where_not_less(vector x, float least, vector a, vector n) {
  return _mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(x, splat(least), _CMP_NLT_UQ), a, n);
}
WIDE_INLINE vector reciprocal(vector a) { return _mm512_div_ps(_mm512_set1_ps(1), a); }
WIDE_INLINE vector magnitude(vector a) { return _mm512_abs_ps(a); }
/* `a` where `x` is below zero, `b` elsewhere. */
WIDE_INLINE vector where_negative(vector x, vector a, vector b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), b, a);
}
WIDE_INLINE float sum_of_lanes(vector a) { return _mm512_reduce_add_ps(a); }
WIDE_INLINE float largest_lane(vector a) { return _mm512_reduce_max_ps(a); }

/* --- Bits --- */

WIDE_INLINE vector either(vector a, vector b) {
  return _mm512_castsi512_ps(_mm512_or_si512(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
WIDE_INLINE bool has_bits(vector a) {
  return _mm512_test_epi32_mask(_mm512_castps_si512(a), _mm512_castps_si512(a)) != 0;
}

/* --- Orders --- */

/* A step of the transposition of a square: lane i of the first result is a[i], or b[i - half] where i has the bit `half`;
 * of the second one a[i + half], or b[i]. */
WIDE_INLINE void exchange(int half, vector a, vector b, vector *first, vector *second) {
  int low[LANES], high[LANES];
  for (int i = 0; i < LANES; i++) {
    low[i] = i & half ? LANES + i - half : i;
    high[i] = i & half ? LANES + i : i + half;
  }
  *first = _mm512_permutex2var_ps(a, _mm512_loadu_si512(low), b);
  *second = _mm512_permutex2var_ps(a, _mm512_loadu_si512(high), b);
}

/* The lanes of two vectors by turns. */
WIDE_INLINE void interleave(vector even, vector odd, vector *first, vector *second) {
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  *first = _mm512_permutex2var_ps(even, low, odd);
  *second = _mm512_permutex2var_ps(even, high, odd);
}

/* Every other lane of two vectors that follow each other. */
WIDE_INLINE void part(vector a, vector b, vector *even, vector *odd) {
  const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odds = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  *even = _mm512_permutex2var_ps(a, evens, b);
  *odd = _mm512_permutex2var_ps(a, odds, b);
}

#else

typedef __m256 vector;
typedef __m256i lanes;

WIDE_INLINE vector load(const float *from) { return _mm256_loadu_ps(from); }
WIDE_INLINE void store(float *to, vector a) { _mm256_storeu_ps(to, a); }
WIDE_INLINE void stream(float *to, vector a) { _mm256_stream_ps(to, a); }

WIDE_INLINE lanes lanes_of_bits(uint32_t bits) {
  const __m256i own = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), own), own);
}
WIDE_INLINE lanes first_lanes(size_t count) {
  return _mm256_cmpgt_epi32(
      _mm256_set1_epi32(count < LANES ? (int)count : LANES), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
WIDE_INLINE vector load_lanes(lanes some, const float *from) { return _mm256_maskload_ps(from, some); }
WIDE_INLINE void store_lanes(lanes some, float *to, vector a) { _mm256_maskstore_ps(to, some, a); }
WIDE_INLINE vector keep_lanes(lanes some, vector a) { return _mm256_and_ps(_mm256_castsi256_ps(some), a); }

WIDE_INLINE vector zero(void) { return _mm256_setzero_ps(); }
WIDE_INLINE vector splat(float a) { return _mm256_set1_ps(a); }
WIDE_INLINE vector add(vector a, vector b) { return _mm256_add_ps(a, b); }
WIDE_INLINE vector sub(vector a, vector b) { return _mm256_sub_ps(a, b); }
WIDE_INLINE vector mul(vector a, vector b) { return _mm256_mul_ps(a, b); }
WIDE_INLINE vector fmadd(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }
WIDE_INLINE vector fnmadd(vector a, vector b, vector c) { return _mm256_fnmadd_ps(a, b, c); }
WIDE_INLINE vector larger_lanes(lanes some, vector a, vector b) {
  return _mm256_blendv_ps(a, _mm256_max_ps(a, b), _mm256_castsi256_ps(some));
}
WIDE_INLINE vector nearest(vector a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
WIDE_INLINE vector scaled_where_not_less(vector x, float least, vector a, vector n) {
  /* In two steps, for the result may be too small for a normal float's exponent. */
  const __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1), one = _mm256_set1_epi32(127);
  const __m256i first = _mm256_slli_epi32(_mm256_add_epi32(half, one), 23);
  const __m256i second = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(whole, half), one), 23);
  const vector scaled = mul(mul(a, _mm256_castsi256_ps(first)), _mm256_castsi256_ps(second));
  return _mm256_and_ps(_mm256_cmp_ps(x, splat(least), _CMP_NLT_UQ), scaled);
}
WIDE_INLINE vector reciprocal(vector a) { return _mm256_div_ps(_mm256_set1_ps(1), a); }
WIDE_INLINE vector magnitude(vector a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
WIDE_INLINE vector where_negative(vector x, vector a, vector b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
}
WIDE_INLINE float sum_of_lanes(vector a) {
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}
WIDE_INLINE float largest_lane(vector a) {
  __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}

WIDE_INLINE vector either(vector a, vector b) { return _mm256_or_ps(a, b); }
WIDE_INLINE bool has_bits(vector a) {
  return _mm256_testz_si256(_mm256_castps_si256(a), _mm256_castps_si256(a)) == 0;
}

WIDE_INLINE void exchange(int half, vector a, vector b, vector *first, vector *second) {
  const __m256d x = _mm256_castps_pd(a), y = _mm256_castps_pd(b);
  if (half == 4) {
    *first = _mm256_permute2f128_ps(a, b, 0x20), *second = _mm256_permute2f128_ps(a, b, 0x31);
  } else if (half == 2) {
    *first = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y)), *second = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
  } else {
    *first = _mm256_blend_ps(a, _mm256_moveldup_ps(b), 0xaa);
    *second = _mm256_blend_ps(_mm256_movehdup_ps(a), b, 0xaa);
  }
}

WIDE_INLINE void interleave(vector even, vector odd, vector *first, vector *second) {
  const vector low = _mm256_unpacklo_ps(even, odd), high = _mm256_unpackhi_ps(even, odd);
  *first = _mm256_permute2f128_ps(low, high, 0x20), *second = _mm256_permute2f128_ps(low, high, 0x31);
}

WIDE_INLINE void part(vector a, vector b, vector *even, vector *odd) {
  const __m256d evens = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88));
  const __m256d odds = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xdd));
  *even = _mm256_castpd_ps(_mm256_permute4x64_pd(evens, 0xd8));
  *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(odds, 0xd8));
}

#endif

/* A square of LANES vectors to the transposed one. */
WIDE_INLINE void transpose_square(vector rows[LANES]) {
  UNROLLED for (int half = LANES / 2; half > 0; half /= 2)
    UNROLLED for (int i = 0; i < LANES; i++)
      if (!(i & half)) exchange(half, rows[i], rows[i + half], &rows[i], &rows[i + half]);
}

#endif

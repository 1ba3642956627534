#ifndef CVOX_LANE_VECTORS_H
#define CVOX_LANE_VECTORS_H

#include "clones.h"

#include <stdint.h>

/* Vectors of N floats, of as many that may start anywhere, and of doubles. */
#define CVOX_VECTORS(N)                                                             \
  typedef float floats_##N __attribute__((ext_vector_type(N)));                     \
  typedef float memory_##N __attribute__((ext_vector_type(N), aligned(4)));         \
  typedef double doubles_##N __attribute__((ext_vector_type(N)));                   \
  typedef double double_memory_##N __attribute__((ext_vector_type(N), aligned(8)));

CVOX_VECTORS(8)
CVOX_VECTORS(16)

typedef int32_t ints_8 __attribute__((ext_vector_type(8)));
typedef int32_t ints_16 __attribute__((ext_vector_type(16)));
typedef uint8_t bits_8;
typedef uint16_t bits_16;

static const ints_8 bit_of_lane_8 = {1, 2, 4, 8, 16, 32, 64, 128};
static const ints_16 bit_of_lane_16 = {1,   2,   4,    8,    16,   32,   64,    128,
                                       256, 512, 1024, 2048, 4096, 8192, 16384, 32768};

/* Which lanes have a bit set, of the `INDEX`th N bits from `FROM` on. */
#define CVOX_BITS(N, FROM, INDEX) ((bit_of_lane_##N & (int32_t)((const bits_##N *)(FROM))[INDEX]) != 0)

/* The vector at a place of memory; a variable for it. */
#define CVOX_AT(N, FROM) (*(const memory_##N *)(FROM))
#define CVOX_LET(N, NAME, FROM) const floats_##N NAME = CVOX_AT(N, FROM)

#endif

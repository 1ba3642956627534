#ifndef CVOX_LANE_VECTORS_H
#define CVOX_LANE_VECTORS_H

#include "clones.h"

/* Vectors of N floats, of as many that may start anywhere, and of doubles. */
#define CVOX_VECTORS(N)                                                             \
  typedef float floats_##N __attribute__((ext_vector_type(N)));                     \
  typedef float memory_##N __attribute__((ext_vector_type(N), aligned(4)));         \
  typedef double doubles_##N __attribute__((ext_vector_type(N)));                   \
  typedef double double_memory_##N __attribute__((ext_vector_type(N), aligned(8)));

CVOX_VECTORS(8)
CVOX_VECTORS(16)

/* The vector at a place of memory; a variable for it. */
#define CVOX_AT(N, FROM) (*(const memory_##N *)(FROM))
#define CVOX_LET(N, NAME, FROM) const floats_##N NAME = CVOX_AT(N, FROM)

#endif

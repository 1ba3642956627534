#include "CVoxKernels.h"
#include "lane_vectors.h"

#define CVOX_OUTER_PRODUCT(N)                                                                            \
  CVOX_CLONES                                                                                            \
  static void outer_product_##N(const float *plane, size_t count, const float *factors, bool adds, float *y) { \
    CVOX_LET(N, factor, factors);                                                                        \
    for (size_t i = 0; i < count; i++) {                                                                 \
      const floats_##N v = factor * plane[i];                                                            \
      *(memory_##N *)(y + i * N) = adds ? CVOX_AT(N, y + i * N) + v : v;                                 \
    }                                                                                                    \
  }

CVOX_OUTER_PRODUCT(8)
CVOX_OUTER_PRODUCT(16)

CVOX_CLONES
static void outer_product_of_any(
    const float *plane, size_t count, size_t lanes, const float *factor, bool adds, float *y) {
  for (size_t position = 0; position < count; position++)
    _Pragma("clang loop vectorize(assume_safety)")
    for (size_t lane = 0; lane < lanes; lane++) {
      const float v = factor[lane] * plane[position], known = adds ? y[position * lanes + lane] : 0;
      y[position * lanes + lane] = known + v;
    }
}

CVOX_CLONES
static void multiple_of_plane(const float *plane, size_t count, float factor, bool adds, float *y) {
  _Pragma("clang loop vectorize(assume_safety)")
  for (size_t i = 0; i < count; i++) y[i] = adds ? y[i] + factor * plane[i] : factor * plane[i];
}

void cvox_outer_product(const float *plane, size_t count, size_t lanes, const float *factor, bool adds, float *y) {
  switch (lanes) {
  case 1: return multiple_of_plane(plane, count, *factor, adds, y);
  case 8: return outer_product_8(plane, count, factor, adds, y);
  case 16: return outer_product_16(plane, count, factor, adds, y);
  default: outer_product_of_any(plane, count, lanes, factor, adds, y);
  }
}

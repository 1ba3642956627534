#include "perceptron.h"

#if defined(__x86_64__)

size_t cvox_perceptron_scratch(const cvox_perceptron *p) {
  return p->lanes == 16 ? perceptron_scratch_16(p) : perceptron_scratch_8(p);
}

void cvox_perceptron_rows(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, float *scratch, float *y) {
  (p->lanes == 16 ? perceptron_16 : perceptron_8)(p, x, first, count, scratch, y);
}

void cvox_perceptron_vjp(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch) {
  (p->lanes == 16 ? perceptron_vjp_16 : perceptron_vjp_8)(p, x, first, count, cotangents, own, scratch);
}

#else

size_t cvox_perceptron_scratch(const cvox_perceptron *p) { return 0; }

void cvox_perceptron_rows(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, float *scratch, float *y) {}

void cvox_perceptron_vjp(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch) {}

#endif

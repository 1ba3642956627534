#ifndef CVOX_PERCEPTRON_H
#define CVOX_PERCEPTRON_H

#include "CVoxKernels.h"

/* What CVoxKernels.h has for perceptrons, in vectors of 16 floats and of 8. */

size_t perceptron_scratch_16(const cvox_perceptron *perceptron);
size_t perceptron_scratch_8(const cvox_perceptron *perceptron);

void perceptron_16(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, float *scratch, float *y);
void perceptron_8(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, float *scratch, float *y);

void perceptron_vjp_16(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch);
void perceptron_vjp_8(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch);

#endif

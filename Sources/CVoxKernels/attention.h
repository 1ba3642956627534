#ifndef CVOX_ATTENTION_H
#define CVOX_ATTENTION_H

#include "CVoxKernels.h"

/* What CVoxKernels.h has for attention, in vectors of 16 floats and of 8. */

size_t attention_scratch_16(const cvox_attention_problem *problem);
size_t attention_scratch_8(const cvox_attention_problem *problem);

void attention_16(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, float *scratch, float *y);
void attention_8(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, float *scratch, float *y);

void attention_vjp_16(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch);
void attention_vjp_8(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch);

#endif

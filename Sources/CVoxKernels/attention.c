#include "attention.h"

#if defined(__x86_64__)

size_t cvox_attention_scratch(const cvox_attention_problem *s) {
  return s->lanes == 16 ? attention_scratch_16(s) : attention_scratch_8(s);
}

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {
  (s->lanes == 16 ? attention_16 : attention_8)(s, q, k, v, scratch, y);
}

void cvox_attention_vjp(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch) {
  (s->lanes == 16 ? attention_vjp_16 : attention_vjp_8)(s, q, k, v, count, cotangents, scratch);
}

#else

size_t cvox_attention_scratch(const cvox_attention_problem *s) { return 0; }

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {}

void cvox_attention_vjp(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch) {}

#endif

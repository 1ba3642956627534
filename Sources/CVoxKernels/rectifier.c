#include "CVoxKernels.h"
#include "clones.h"

enum { WORD = 32 };

/* A word of signs of WORD elements; the loops have a fixed length so that they become vector instructions. */
static inline __attribute__((always_inline)) uint32_t rectify_word(
    const float *x, size_t count, float slope, float *y) {
  uint32_t signs = 0;
  _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
  for (size_t i = 0; i < count; i++) {
    const float v = x[i];
    signs |= (uint32_t)(v > 0) << i;
    y[i] = v > 0 ? v : slope * v;
  }
  return signs;
}

static inline __attribute__((always_inline)) void rectify_word_vjp(
    uint32_t signs, const float *dy, size_t count, float slope, float *dx) {
  _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
  for (size_t i = 0; i < count; i++) dx[i] = signs >> i & 1 ? dy[i] : slope * dy[i];
}

CVOX_CLONES
void cvox_rectify(const float *x, size_t count, float slope, float *y, uint32_t *signs) {
  const size_t whole = count / WORD;
  for (size_t word = 0; word < whole; word++)
    signs[word] = rectify_word(x + word * WORD, WORD, slope, y + word * WORD);
  if (count % WORD) signs[whole] = rectify_word(x + whole * WORD, count % WORD, slope, y + whole * WORD);
}

CVOX_CLONES
void cvox_rectify_vjp(const uint32_t *signs, const float *dy, size_t count, float slope, float *dx) {
  const size_t whole = count / WORD;
  for (size_t word = 0; word < whole; word++)
    rectify_word_vjp(signs[word], dy + word * WORD, WORD, slope, dx + word * WORD);
  if (count % WORD) rectify_word_vjp(signs[whole], dy + whole * WORD, count % WORD, slope, dx + whole * WORD);
}

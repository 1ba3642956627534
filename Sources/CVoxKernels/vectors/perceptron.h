#include "../perceptron.h"
#include "exponential.h"
#include "products.h"

#include <string.h>

/* Rows that are worked on at once: what is hidden of them stays in a core's cache. */
enum { BAND = 48 };

MULTIPLY(multiply_adding, ADDED, SIZE_MAX)
MULTIPLY(multiply_stretching, STRETCHED, SIZE_MAX)

/* Share of a normal variable's values below x, and exp(-x^2 / 2), to 1e-7.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
WIDE_INLINE vector share_below(vector x, vector *bell) {
  *bell = exponential(mul(mul(x, x), splat(-0.5f)));
  const vector t = reciprocal(fmadd(magnitude(x), splat(0.3275911f * 0.707106781f), splat(1)));
  vector y = splat(1.061405429f);
  y = fmadd(y, t, splat(-1.453152027f));
  y = fmadd(y, t, splat(1.421413741f));
  y = fmadd(y, t, splat(-0.284496736f));
  y = fmadd(y, t, splat(0.254829592f));
  const vector beyond = mul(mul(mul(y, t), *bell), splat(0.5f));
  return where_negative(x, beyond, sub(splat(1), beyond));
}

/* x * share_below(x), and its derivative. */
WIDE static void bend(float *x, size_t count) {
  for (size_t i = 0; i < count; i += LANES) {
    vector bell;
    const vector v = load(x + i);
    store(x + i, mul(v, share_below(v, &bell)));
  }
}

WIDE static void slopes(float *x, size_t count) {
  for (size_t i = 0; i < count; i += LANES) {
    vector bell;
    const vector v = load(x + i), below = share_below(v, &bell);
    store(x + i, fmadd(mul(v, bell), splat(0.398942280f), below));
  }
}

size_t OF_WIDTH(perceptron_scratch)(const cvox_perceptron *p) { return 2 * BAND * up(p->hidden); }

/* What is hidden of some rows before it is bent, [rows, up(hidden)]; zero behind the rows. */
static void hide(const cvox_perceptron *p, const float *x, size_t rows, float *h) {
  const size_t row = up(p->hidden);
  for (size_t i = 0; i < rows; i++) {
    memcpy(h + i * row, p->first_bias, p->hidden * sizeof *h);
    memset(h + i * row + p->hidden, 0, (row - p->hidden) * sizeof *h);
  }
  multiply_adding(
      &(product){x, p->inputs, 1, p->first, p->hidden, h, row, p->inputs}, rows, p->hidden);
}

void OF_WIDTH(perceptron)(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, float *scratch, float *y) {
  const size_t row = up(p->hidden);
  for (size_t at = first; at < first + count; at += BAND) {
    const size_t rows = first + count - at < BAND ? first + count - at : BAND;
    float *to = y + at * p->outputs;
    hide(p, x + at * p->inputs, rows, scratch);
    bend(scratch, rows * row);
    memset(to, 0, rows * p->outputs * sizeof *y);
    for (size_t i = 0; p->second_bias && i < rows; i++)
      memcpy(to + i * p->outputs, p->second_bias, p->outputs * sizeof *y);
    multiply_adding(
        &(product){scratch, row, 1, p->second, p->outputs, to, p->outputs, p->hidden}, rows, p->outputs);
  }
}

void OF_WIDTH(perceptron_vjp)(
    const cvox_perceptron *p, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch) {
  const size_t row = up(p->hidden);
  float *h = scratch, *d = scratch + BAND * row;
  for (size_t at = first; at < first + count; at += BAND) {
    const size_t rows = first + count - at < BAND ? first + count - at : BAND;
    hide(p, x + at * p->inputs, rows, h);
    slopes(h, rows * row);
    for (size_t c = 0; c < cotangents; c++) {
      float *dx = own[c].dx + at * p->inputs;
      const float *dy = own[c].dy + at * p->outputs;
      multiply_stretching(
          &(product){dy, p->outputs, 1, p->second, p->hidden, d, row, p->outputs, .weights = h}, rows, p->hidden);
      memset(dx, 0, rows * p->inputs * sizeof *dx);
      multiply_adding(&(product){d, row, 1, p->first_back, p->inputs, dx, p->inputs, p->hidden}, rows, p->inputs);
    }
  }
}

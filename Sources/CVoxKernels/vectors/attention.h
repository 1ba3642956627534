#include "../attention.h"
#include "exponential.h"
#include "products.h"

#include <math.h>
#include <string.h>

/* Rows of scores that are worked on at once: with their cotangents they stay in a core's cache. */
enum { BAND = 48 };

/* The queries they belong to. */
typedef struct {
  size_t count, at[BAND];
} band;

MULTIPLY(multiply_adding, ADDED, SIZE_MAX)
MULTIPLY(multiply_scaling, SCALED, SIZE_MAX)
MULTIPLY(multiply_scoring, SCORED, 12)
MULTIPLY(multiply_weighting, WEIGHTED, 12)

/* --- Rows of scores --- */

/* Scores of a row, of which `most` has the largest, to powers, whose sum comes back: shares are powers by their sum.
 * Behind the row they are zero. */
WIDE static float raise(size_t keys, const float *most, float *x) {
  const vector top = splat(largest_lane(load(most)));
  vector sum = zero();
  for (size_t j = 0; j < keys; j += LANES) {
    const vector power = exponential(sub(load(x + j), top));
    const vector value = keep_lanes(first_lanes(keys - j), power);
    store(x + j, value);
    sum = add(sum, value);
  }
  return sum_of_lanes(sum);
}

/* Cotangents of a row's shares by the sum of powers, `d`, to those of its scores; `sums` has the sum of `x * d`. */
WIDE static void lower(size_t keys, const float *x, float reciprocal, const float *sums, float *d) {
  const vector mean = splat(sum_of_lanes(load(sums)) * reciprocal);
  for (size_t j = 0; j < keys; j += LANES)
    store(d + j, mul(load(x + j), sub(load(d + j), mean)));
}

/* --- Attention --- */

/* What a call works in. Rows of keys are as long as whole vectors, zero at their end, so that no access crosses a cache
 * line. */
typedef struct {
  size_t row;       /* floats of a row of keys */
  float *x, *d;     /* [BAND, row] */
  float *k, *vt;    /* [D, row] and [E, row] */
  float *kt;        /* [M, D] */
  float *q, *dy;    /* [BAND, D] and [BAND, E] */
} room;

static size_t divide(const cvox_attention_problem *s, float *start, room *r) {
  const size_t row = up(s->keys);
  float *end = start;
  r->row = row;
  r->x = end, end += BAND * row;
  r->k = end, end += s->depth * row;
  r->q = end, end += up(BAND * s->depth);
  r->d = end, end += BAND * row;
  r->vt = end, end += s->width * row;
  r->dy = end, end += up(BAND * s->width);
  r->kt = end, end += up(s->keys * s->depth);
  return (size_t)(end - start);
}

size_t OF_WIDTH(attention_scratch)(const cvox_attention_problem *s) {
  room r;
  float nothing;
  return divide(s, &nothing, &r);
}

static void transpose(const float *x, size_t rows, size_t columns, float *y, size_t y_row) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) y[j * y_row + i] = x[i * columns + j];
}

static void pad(float *x, size_t rows, size_t columns, size_t row) {
  for (size_t i = 0; i < rows; i++) memset(x + i * row + columns, 0, (row - columns) * sizeof *x);
}

static void scale(const float *x, float factor, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = factor * x[i];
}

static void take_keys(const cvox_attention_problem *s, const float *k, const room *r) {
  for (size_t i = 0; i < s->depth; i++) memcpy(r->k + i * r->row, k + i * s->keys, s->keys * sizeof *k);
  pad(r->k, s->depth, s->keys, r->row);
}

/* Powers of the scores of some queries, and the reciprocals of their sums. */
static void powers(
    const cvox_attention_problem *s, const float *q, const band *b, const room *r, float *reciprocals) {
  float most[BAND][LANES];
  for (size_t i = 0; i < b->count; i++) {
    for (size_t lane = 0; lane < LANES; lane++) most[i][lane] = -INFINITY;
    scale(q + b->at[i] * s->depth, s->scale, s->depth, r->q + i * s->depth);
  }
  product scores = {
      r->q, s->depth, 1, r->k, r->row, r->x, r->row, s->depth, b->at, .table_row = s->keys, .kept = most};
  for (size_t t = 0; t < s->addends; t++)
    if (s->addend[t]) scores.table[scores.tables++] = s->addend[t];
  multiply_scoring(&scores, b->count, s->keys);
  for (size_t i = 0; i < b->count; i++) reciprocals[i] = 1 / raise(s->keys, most[i], r->x + i * r->row);
}

void OF_WIDTH(attention)(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {
  const size_t width = s->width;
  float reciprocals[BAND];
  room r;
  divide(s, scratch, &r);
  take_keys(s, k, &r);
  for (size_t next = 0; next < s->queries;) {
    band b = {0};
    while (next < s->queries && b.count < BAND) b.at[b.count++] = next++;
    powers(s, q, &b, &r, reciprocals);
    multiply_scaling(
        &(product){r.x, r.row, 1, v, width, y, width, s->keys, b.at, reciprocals}, b.count, width);
  }
}

static bool is_zero(const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (x[i] != 0) return false;
  return true;
}

/* The next queries whose results have a cotangent. Those that are skipped, such as the ones that pad a window, give nothing
 * to keys and values; their own cotangents are set to zero. */
static band next_band(
    const cvox_attention_problem *s, size_t count, const cvox_attention_cotangent *cotangents, size_t *next) {
  band b = {0};
  for (; *next < s->queries && b.count < BAND; ++*next) {
    size_t c = 0;
    while (c < count && is_zero(cotangents[c].dy + *next * s->width, s->width)) c++;
    if (c < count) {
      b.at[b.count++] = *next;
      continue;
    }
    for (c = 0; c < count; c++) memset(cotangents[c].dq + *next * s->depth, 0, s->depth * sizeof(float));
  }
  return b;
}

void OF_WIDTH(attention_vjp)(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch) {
  const size_t keys = s->keys, depth = s->depth, width = s->width;
  float reciprocals[BAND], scales[BAND];
  room r;
  divide(s, scratch, &r);
  for (size_t i = 0; i < BAND; i++) scales[i] = s->scale;
  take_keys(s, k, &r);
  transpose(k, depth, keys, r.kt, depth);
  transpose(v, keys, width, r.vt, r.row);
  pad(r.vt, width, keys, r.row);
  for (size_t c = 0; c < count; c++) {
    memset(cotangents[c].dv, 0, keys * width * sizeof(float));
    memset(cotangents[c].dk, 0, keys * depth * sizeof(float));
  }
  size_t next = 0;
  for (band b; b = next_band(s, count, cotangents, &next), b.count > 0;) {
    const size_t rows = b.count;
    powers(s, q, &b, &r, reciprocals);
    for (size_t c = 0; c < count; c++) {
      const cvox_attention_cotangent *own = cotangents + c;
      for (size_t i = 0; i < rows; i++) scale(own->dy + b.at[i] * width, reciprocals[i], width, r.dy + i * width);
      multiply_adding(&(product){r.x, 1, r.row, r.dy, width, own->dv, width, rows}, keys, width);
      float sums[BAND][LANES] = {{0}};
      multiply_weighting(
          &(product){r.dy, width, 1, r.vt, r.row, r.d, r.row, width, .weights = r.x, .kept = sums}, rows, r.row);
      for (size_t i = 0; i < rows; i++) lower(keys, r.x + i * r.row, reciprocals[i], sums[i], r.d + i * r.row);
      multiply_scaling(
          &(product){r.d, r.row, 1, r.kt, depth, own->dq, depth, keys, b.at, scales}, rows, depth);
      multiply_adding(&(product){r.q, 1, depth, r.d, r.row, own->dk, keys, rows}, depth, keys);
    }
  }
}

#include "../attention.h"
#include "vector.h"

#include <math.h>
#include <string.h>

/* Rows of scores that are worked on at once: with their cotangents they stay in a core's cache. */
enum { BAND = 48 };

/* The queries they belong to. */
typedef struct {
  size_t count, at[BAND];
} band;

/* --- Products of small matrices --- */

/* What happens to a tile of a product while it is in registers. */
typedef enum {
  ADDED,   /* it is added to the result, one term after the other; those that are zero change nothing */
  SCALED,  /* every row is multiplied by a factor of its own, and lies where its query does */
  SCORED,  /* tables are added; the largest value of every row is kept */
  WEIGHTED /* the sum of every row's products with weights is kept */
} treatment;

/* `a` has its element (i, p) at i * row + p * column; `b` and `c` have contiguous rows. */
typedef struct {
  const float *a;
  size_t row, column;
  const float *b;
  size_t b_row;
  float *c;
  size_t c_row;
  size_t inner;
  const size_t *queries;     /* SCALED and SCORED: of every row the query */
  const float *factors;      /* SCALED: one per row */
  size_t tables, table_row;  /* SCORED: matrices with a row per query, and floats of their rows */
  const float *table[CVOX_MOST_ADDENDS];
  const float *weights;      /* WEIGHTED: a matrix like the result */
  float (*kept)[LANES];      /* SCORED and WEIGHTED: per row, a vector whose lanes together have what is kept */
} product;

/* Rows and vectors of columns of a tile, at most; sums that fill all registers to the last would be moved about. */
#if LANES == 16
enum { ROWS_OF_1 = 12, ROWS_OF_2 = 12, ROWS_OF_3 = 8, ROWS_OF_4 = 6, MOST_VECTORS = 4 };
#define OF_16(...) __VA_ARGS__
#else
enum { ROWS_OF_1 = 12, ROWS_OF_2 = 6, MOST_VECTORS = 2 };
#define OF_16(...)
#endif

/* A tile of whole vectors, but for the last one of every row where it ends in some lanes. */
WIDE_INLINE void product_tile(
    const product *given, treatment then, size_t i, size_t j, size_t rows, size_t vectors, bool is_whole, lanes last) {
  /* A copy, for as far as is known what is stored may change what is given. */
  const product here = *given, *const p = &here;
  vector sum[12][4];
#define IN_PART (!is_whole && v + 1 == vectors)
  UNROLLED for (size_t r = 0; r < rows; r++)
    UNROLLED for (size_t v = 0; v < vectors; v++) {
      const float *from = p->c + (i + r) * p->c_row + j + v * LANES;
      sum[r][v] = then != ADDED ? zero() : IN_PART ? load_lanes(last, from) : load(from);
    }
  const float *a = p->a + i * p->row, *b = p->b + j;
  for (size_t k = 0; k < p->inner; k++) {
    vector x[4];
    UNROLLED for (size_t v = 0; v < vectors; v++) {
      const float *from = b + k * p->b_row + v * LANES;
      x[v] = IN_PART ? load_lanes(last, from) : load(from);
    }
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const vector y = splat(a[r * p->row + k * p->column]);
      UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = fmadd(y, x[v], sum[r][v]);
    }
  }
  for (size_t t = 0; then == SCORED && t < p->tables; t++)
    UNROLLED for (size_t r = 0; r < rows; r++)
      UNROLLED for (size_t v = 0; v < vectors; v++) {
        const float *from = p->table[t] + p->queries[i + r] * p->table_row + j + v * LANES;
        sum[r][v] = add(sum[r][v], IN_PART ? load_lanes(last, from) : load(from));
      }
  UNROLLED for (size_t r = 0; r < rows; r++) {
    const size_t row = then == SCALED ? p->queries[i + r] : i + r;
    vector kept = then == SCORED || then == WEIGHTED ? load(p->kept[i + r]) : zero();
    UNROLLED for (size_t v = 0; v < vectors; v++) {
      const size_t at = row * p->c_row + j + v * LANES;
      vector value = sum[r][v];
      if (then == SCALED) value = mul(value, splat(p->factors[i + r]));
      if (then == SCORED) kept = larger_lanes(IN_PART ? last : first_lanes(LANES), kept, value);
      if (then == WEIGHTED)
        kept = fmadd(value, IN_PART ? load_lanes(last, p->weights + at) : load(p->weights + at), kept);
      if (IN_PART)
        store_lanes(last, p->c + at, value);
      else
        store(p->c + at, value);
    }
    if (then == SCORED || then == WEIGHTED) store(p->kept[i + r], kept);
  }
#undef IN_PART
}

/* All rows of some columns; as many rows at a time as there are registers for. */
#define PRODUCT_COLUMNS(TREATMENT, VECTORS, IS_WHOLE, NAME)                                                            \
  WIDE static void NAME(const product *p, size_t i, size_t end, size_t j, lanes last) {                                \
    for (; i + ROWS_OF_##VECTORS <= end; i += ROWS_OF_##VECTORS)                                                       \
      product_tile(p, TREATMENT, i, j, ROWS_OF_##VECTORS, VECTORS, IS_WHOLE, last);                                    \
    for (; i + 4 <= end; i += 4) product_tile(p, TREATMENT, i, j, 4, VECTORS, IS_WHOLE, last);                         \
    for (; i + 2 <= end; i += 2) product_tile(p, TREATMENT, i, j, 2, VECTORS, IS_WHOLE, last);                         \
    for (; i < end; i++) product_tile(p, TREATMENT, i, j, 1, VECTORS, IS_WHOLE, last);                                 \
  }

/* `STEP` rows at a time go through all columns. */
#define MULTIPLY(NAME, TREATMENT, STEP)                                                                                \
  PRODUCT_COLUMNS(TREATMENT, 1, true, TREATMENT##_whole_1)                                                             \
  PRODUCT_COLUMNS(TREATMENT, 2, true, TREATMENT##_whole_2)                                                             \
  OF_16(PRODUCT_COLUMNS(TREATMENT, 3, true, TREATMENT##_whole_3)                                                       \
            PRODUCT_COLUMNS(TREATMENT, 4, true, TREATMENT##_whole_4))                                                  \
  PRODUCT_COLUMNS(TREATMENT, 1, false, TREATMENT##_columns_1)                                                          \
  PRODUCT_COLUMNS(TREATMENT, 2, false, TREATMENT##_columns_2)                                                          \
  OF_16(PRODUCT_COLUMNS(TREATMENT, 3, false, TREATMENT##_columns_3)                                                    \
            PRODUCT_COLUMNS(TREATMENT, 4, false, TREATMENT##_columns_4))                                               \
  WIDE static void NAME(const product *p, size_t rows, size_t columns) {                                               \
    static void (*const NAMES[2][MOST_VECTORS])(const product *, size_t, size_t, size_t, lanes) = {                    \
        {TREATMENT##_columns_1, TREATMENT##_columns_2 OF_16(, TREATMENT##_columns_3, TREATMENT##_columns_4)},          \
        {TREATMENT##_whole_1, TREATMENT##_whole_2 OF_16(, TREATMENT##_whole_3, TREATMENT##_whole_4)}};                 \
    for (size_t i = 0; i < rows; i += STEP) {                                                                          \
      const size_t end = rows - i < STEP ? rows : i + STEP;                                                            \
      for (size_t j = 0; j < columns; j += MOST_VECTORS * LANES) {                                                     \
        const size_t rest = columns - j;                                                                               \
        const size_t vectors = rest >= MOST_VECTORS * LANES ? MOST_VECTORS : (rest + LANES - 1) / LANES;               \
        NAMES[rest >= vectors * LANES][vectors - 1](p, i, end, j, first_lanes(rest - (vectors - 1) * LANES));          \
      }                                                                                                                \
    }                                                                                                                  \
  }

MULTIPLY(multiply_adding, ADDED, SIZE_MAX)
MULTIPLY(multiply_scaling, SCALED, SIZE_MAX)
MULTIPLY(multiply_scoring, SCORED, 12)
MULTIPLY(multiply_weighting, WEIGHTED, 12)

/* --- Rows of scores --- */

/* exp(x) to one unit in the last place or two for results that count beside 1: 2^n times a polynomial of what is left, n
 * whole; exactly 0 where the result is none of a float's numbers. The polynomial's largest relative error is 3e-9.
 * Source: Cody and Waite, Software Manual for the Elementary Functions, chapter 6. */
WIDE_INLINE vector exponential(vector x) {
  const vector n = nearest(mul(x, splat(1.44269504f)));
  const vector r = fnmadd(n, splat(0.693147181f), x);
  vector y = splat(0.00138145986f);
  y = fmadd(y, r, splat(0.00836871698f));
  y = fmadd(y, r, splat(0.0416683881f));
  y = fmadd(y, r, splat(0.166665206f));
  y = fmadd(y, r, splat(0.499999934f));
  y = fmadd(y, r, splat(1));
  y = fmadd(y, r, splat(1));
  return scaled_where_not_less(x, -103.97f, y, n);
}

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

static size_t up(size_t count) { return (count + LANES - 1) / LANES * LANES; }

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

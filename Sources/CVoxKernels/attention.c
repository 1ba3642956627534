#include "CVoxKernels.h"
#include "wide.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)

bool cvox_attention_available(void) { return __builtin_cpu_supports("avx512f"); }

/* Rows of scores that are worked on at once: with their cotangents they stay in a core's cache. */
enum { BAND = 48 };

/* --- Products of small matrices --- */

/* What happens to a tile of a product while it is in registers. */
typedef enum {
  STORED,  /* it is the result */
  ADDED,   /* it is added to the result */
  SCALED,  /* every row is multiplied by a factor of its own */
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
  const float *factors;      /* SCALED: one per row */
  size_t tables, table_row;  /* SCORED: matrices like the result, and floats of their rows */
  const float *table[CVOX_MOST_ADDENDS];
  const float *weights;      /* WEIGHTED: a matrix like the result */
  float (*kept)[LANES];      /* SCORED and WEIGHTED: per row, a vector whose lanes together have what is kept */
} product;

WIDE_INLINE void product_tile(
    const product *p, treatment then, size_t i, size_t j, size_t rows, size_t vectors, __mmask16 last) {
  __m512 sum[12][4];
  UNROLLED for (size_t r = 0; r < rows; r++)
    UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
  const float *a = p->a + i * p->row, *b = p->b + j;
  for (size_t k = 0; k < p->inner; k++) {
    __m512 x[4];
    UNROLLED for (size_t v = 0; v < vectors; v++)
      x[v] = _mm512_maskz_loadu_ps(v + 1 == vectors ? last : 0xffff, b + k * p->b_row + v * LANES);
    UNROLLED for (size_t r = 0; r < rows; r++) {
      const __m512 y = _mm512_set1_ps(a[r * p->row + k * p->column]);
      UNROLLED for (size_t v = 0; v < vectors; v++) sum[r][v] = _mm512_fmadd_ps(y, x[v], sum[r][v]);
    }
  }
  for (size_t t = 0; then == SCORED && t < p->tables; t++)
    UNROLLED for (size_t r = 0; r < rows; r++)
      UNROLLED for (size_t v = 0; v < vectors; v++)
        sum[r][v] = _mm512_add_ps(
            sum[r][v], _mm512_maskz_loadu_ps(
                           v + 1 == vectors ? last : 0xffff, p->table[t] + (i + r) * p->table_row + j + v * LANES));
  UNROLLED for (size_t r = 0; r < rows; r++) {
    __m512 kept = then == SCORED || then == WEIGHTED ? _mm512_loadu_ps(p->kept[i + r]) : _mm512_setzero_ps();
    UNROLLED for (size_t v = 0; v < vectors; v++) {
      const size_t at = (i + r) * p->c_row + j + v * LANES;
      const __mmask16 mask = v + 1 == vectors ? last : 0xffff;
      __m512 value = sum[r][v];
      if (then == ADDED) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, p->c + at));
      if (then == SCALED) value = _mm512_mul_ps(value, _mm512_set1_ps(p->factors[i + r]));
      if (then == SCORED) kept = _mm512_mask_max_ps(kept, mask, kept, value);
      if (then == WEIGHTED) kept = _mm512_fmadd_ps(value, _mm512_maskz_loadu_ps(mask, p->weights + at), kept);
      _mm512_mask_storeu_ps(p->c + at, mask, value);
    }
    if (then == SCORED || then == WEIGHTED) _mm512_storeu_ps(p->kept[i + r], kept);
  }
}

/* All rows of some columns; as many rows at a time as there are registers for. */
#define PRODUCT_COLUMNS(TREATMENT, VECTORS, MOST)                                                                      \
  WIDE static void TREATMENT##_columns_##VECTORS(                                                                      \
      const product *p, size_t i, size_t end, size_t j, __mmask16 last) {                                              \
    for (; i + MOST <= end; i += MOST) product_tile(p, TREATMENT, i, j, MOST, VECTORS, last);                          \
    for (; i + 4 <= end; i += 4) product_tile(p, TREATMENT, i, j, 4, VECTORS, last);                                   \
    for (; i + 2 <= end; i += 2) product_tile(p, TREATMENT, i, j, 2, VECTORS, last);                                   \
    for (; i < end; i++) product_tile(p, TREATMENT, i, j, 1, VECTORS, last);                                           \
  }

/* `STEP` rows at a time go through all columns. */
#define MULTIPLY(NAME, TREATMENT, STEP)                                                                                \
  PRODUCT_COLUMNS(TREATMENT, 1, 12)                                                                                    \
  PRODUCT_COLUMNS(TREATMENT, 2, 12)                                                                                    \
  PRODUCT_COLUMNS(TREATMENT, 3, 8)                                                                                     \
  PRODUCT_COLUMNS(TREATMENT, 4, 6)                                                                                     \
  WIDE static void NAME(const product *p, size_t rows, size_t columns) {                                               \
    for (size_t i = 0; i < rows; i += STEP) {                                                                          \
      const size_t end = rows - i < STEP ? rows : i + STEP;                                                            \
      for (size_t j = 0; j < columns; j += 4 * LANES) {                                                                \
        const size_t rest = columns - j, vectors = rest >= 4 * LANES ? 4 : (rest + LANES - 1) / LANES;                 \
        const __mmask16 last = part(j + (vectors - 1) * LANES, columns);                                               \
        switch (vectors) {                                                                                             \
        case 1: TREATMENT##_columns_1(p, i, end, j, last); break;                                                      \
        case 2: TREATMENT##_columns_2(p, i, end, j, last); break;                                                      \
        case 3: TREATMENT##_columns_3(p, i, end, j, last); break;                                                      \
        default: TREATMENT##_columns_4(p, i, end, j, last); break;                                                     \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

/* Lanes that hold elements of a row from `i` on. */
WIDE_INLINE __mmask16 part(size_t i, size_t count) {
  return count - i >= LANES ? 0xffff : (__mmask16)((1u << (count - i)) - 1);
}

MULTIPLY(multiply, STORED, SIZE_MAX)
MULTIPLY(multiply_adding, ADDED, SIZE_MAX)
MULTIPLY(multiply_scaling, SCALED, SIZE_MAX)
MULTIPLY(multiply_scoring, SCORED, 12)
MULTIPLY(multiply_weighting, WEIGHTED, 12)

/* --- Rows of scores --- */

/* exp(x) to one unit in the last place or two for results that count beside 1: 2^n times a polynomial of what is left, n
 * whole; exactly 0 where the result is none of a float's numbers. The polynomial's largest relative error is 3e-9.
 * Source: Cody and Waite, Software Manual for the Elementary Functions, chapter 6. */
WIDE_INLINE __m512 exponential(__m512 x) {
  const __mmask16 counts = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-103.97f), _CMP_NLT_UQ);
  const __m512 n = _mm512_roundscale_ps(
      _mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693147181f), x);
  __m512 y = _mm512_set1_ps(0.00138145986f);
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.00836871698f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.0416683881f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.166665206f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.499999934f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1));
  return _mm512_maskz_scalef_ps(counts, y, n);
}

/* Scores of a row, of which `most` has the largest, to powers, whose sum comes back: shares are powers by their sum.
 * Behind the row they are zero. */
WIDE static float raise(size_t keys, const float *most, float *x) {
  const __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(_mm512_loadu_ps(most)));
  __m512 sum = _mm512_setzero_ps();
  for (size_t j = 0; j < keys; j += LANES) {
    const __m512 power = exponential(_mm512_sub_ps(_mm512_loadu_ps(x + j), top));
    const __m512 value = _mm512_maskz_mov_ps(part(j, keys), power);
    _mm512_storeu_ps(x + j, value);
    sum = _mm512_add_ps(sum, value);
  }
  return _mm512_reduce_add_ps(sum);
}

/* Cotangents of a row's shares by the sum of powers, `d`, to those of its scores; `sums` has the sum of `x * d`. */
WIDE static void lower(size_t keys, const float *x, float reciprocal, const float *sums, float *d) {
  const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(_mm512_loadu_ps(sums)) * reciprocal);
  for (size_t j = 0; j < keys; j += LANES)
    _mm512_storeu_ps(d + j, _mm512_mul_ps(_mm512_loadu_ps(x + j), _mm512_sub_ps(_mm512_loadu_ps(d + j), mean)));
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

size_t cvox_attention_scratch(const cvox_attention_problem *s) {
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
    const cvox_attention_problem *s, const float *q, size_t first, size_t rows, const room *r, float *reciprocals) {
  float most[BAND][LANES];
  for (size_t i = 0; i < rows; i++)
    for (size_t lane = 0; lane < LANES; lane++) most[i][lane] = -INFINITY;
  scale(q + first * s->depth, s->scale, rows * s->depth, r->q);
  product scores = {r->q, s->depth, 1, r->k, r->row, r->x, r->row, s->depth, .table_row = s->keys, .kept = most};
  for (size_t t = 0; t < s->addends; t++)
    if (s->addend[t]) scores.table[scores.tables++] = s->addend[t] + first * s->keys;
  multiply_scoring(&scores, rows, s->keys);
  for (size_t i = 0; i < rows; i++) reciprocals[i] = 1 / raise(s->keys, most[i], r->x + i * r->row);
}

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {
  const size_t width = s->width;
  float reciprocals[BAND];
  room r;
  divide(s, scratch, &r);
  take_keys(s, k, &r);
  for (size_t first = 0; first < s->queries; first += BAND) {
    const size_t rows = s->queries - first < BAND ? s->queries - first : BAND;
    powers(s, q, first, rows, &r, reciprocals);
    multiply_scaling(
        &(product){r.x, r.row, 1, v, width, y + first * width, width, s->keys, .factors = reciprocals}, rows, width);
  }
}

void cvox_attention_vjp(
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
  for (size_t first = 0; first < s->queries; first += BAND) {
    const size_t rows = s->queries - first < BAND ? s->queries - first : BAND;
    void (*const gather)(const product *, size_t, size_t) = first > 0 ? multiply_adding : multiply;
    powers(s, q, first, rows, &r, reciprocals);
    for (size_t c = 0; c < count; c++) {
      const cvox_attention_cotangent *own = cotangents + c;
      for (size_t i = 0; i < rows; i++)
        scale(own->dy + (first + i) * width, reciprocals[i], width, r.dy + i * width);
      gather(&(product){r.x, 1, r.row, r.dy, width, own->dv, width, rows}, keys, width);
      float sums[BAND][LANES] = {{0}};
      multiply_weighting(
          &(product){r.dy, width, 1, r.vt, r.row, r.d, r.row, width, .weights = r.x, .kept = sums}, rows, r.row);
      for (size_t i = 0; i < rows; i++) lower(keys, r.x + i * r.row, reciprocals[i], sums[i], r.d + i * r.row);
      multiply_scaling(
          &(product){r.d, r.row, 1, r.kt, depth, own->dq + first * depth, depth, keys, .factors = scales}, rows,
          depth);
      gather(&(product){r.q, 1, depth, r.d, r.row, own->dk, keys, rows}, depth, keys);
    }
  }
}

#else

bool cvox_attention_available(void) { return false; }

size_t cvox_attention_scratch(const cvox_attention_problem *s) { return 0; }

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {}

void cvox_attention_vjp(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch) {}

#endif

#include "CVoxKernels.h"
#include "wide.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)

bool cvox_attention_available(void) { return __builtin_cpu_supports("avx512f"); }

/* Rows of scores that are worked on at once: with their cotangents they stay in a core's cache. */
enum { BAND = 48 };

/* --- Products of small matrices --- */

/* `a` has its element (i, p) at i * row + p * column; `b` and `c` have contiguous rows. */
typedef struct {
  const float *a;
  size_t row, column;
  const float *b;
  size_t b_row;
  float *c;
  size_t c_row;
  size_t inner;
  bool adds; /* whether the product is added to what `c` holds */
} product;

WIDE_INLINE void product_tile(const product *p, size_t i, size_t j, size_t rows, size_t vectors, __mmask16 last) {
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
  UNROLLED for (size_t r = 0; r < rows; r++)
    UNROLLED for (size_t v = 0; v < vectors; v++) {
      float *c = p->c + (i + r) * p->c_row + j + v * LANES;
      const __mmask16 mask = v + 1 == vectors ? last : 0xffff;
      if (p->adds) sum[r][v] = _mm512_add_ps(sum[r][v], _mm512_maskz_loadu_ps(mask, c));
      _mm512_mask_storeu_ps(c, mask, sum[r][v]);
    }
}

/* All rows of some columns; as many rows at a time as there are registers for. */
#define PRODUCT_COLUMNS(VECTORS, MOST)                                                                     \
  WIDE static void product_columns_##VECTORS(const product *p, size_t rows, size_t j, __mmask16 last) {    \
    size_t i = 0;                                                                                          \
    for (; i + MOST <= rows; i += MOST) product_tile(p, i, j, MOST, VECTORS, last);                        \
    for (; i + 4 <= rows; i += 4) product_tile(p, i, j, 4, VECTORS, last);                                 \
    for (; i < rows; i++) product_tile(p, i, j, 1, VECTORS, last);                                         \
  }

PRODUCT_COLUMNS(1, 12)
PRODUCT_COLUMNS(2, 12)
PRODUCT_COLUMNS(3, 8)
PRODUCT_COLUMNS(4, 6)

WIDE static void multiply(const product *p, size_t rows, size_t columns) {
  for (size_t j = 0; j < columns; j += 4 * LANES) {
    const size_t rest = columns - j, vectors = rest >= 4 * LANES ? 4 : (rest + LANES - 1) / LANES;
    const size_t tail = rest - (vectors - 1) * LANES;
    const __mmask16 last = tail >= LANES ? 0xffff : (__mmask16)((1u << tail) - 1);
    switch (vectors) {
    case 1: product_columns_1(p, rows, j, last); break;
    case 2: product_columns_2(p, rows, j, last); break;
    case 3: product_columns_3(p, rows, j, last); break;
    default: product_columns_4(p, rows, j, last); break;
    }
  }
}

/* --- Rows of scores --- */

/* exp(x) to one unit in the last place or two: 2^n times a polynomial of what is left, n whole; exactly 0 where the
 * result is none of a float's numbers.
 * Source: Cody and Waite, Software Manual for the Elementary Functions, chapter 6. */
WIDE_INLINE __m512 exponential(__m512 x) {
  const __mmask16 counts = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-103.97f), _CMP_NLT_UQ);
  const __m512 n = _mm512_roundscale_ps(
      _mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 y = _mm512_set1_ps(1.0f / 5040);
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 720));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 120));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 24));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 6));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.5f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1));
  return _mm512_maskz_scalef_ps(counts, y, n);
}

WIDE_INLINE __mmask16 part(size_t i, size_t count) {
  return count - i >= LANES ? 0xffff : (__mmask16)((1u << (count - i)) - 1);
}

/* Scores of a row to shares that add up to 1. */
WIDE static void soften(const cvox_attention_problem *s, size_t row, float *x) {
  const size_t keys = s->keys;
  const __m512 scale = _mm512_set1_ps(s->scale), lowest = _mm512_set1_ps(-INFINITY);
  __m512 most = lowest;
  for (size_t j = 0; j < keys; j += LANES) {
    const __mmask16 mask = part(j, keys);
    __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), scale);
    for (size_t a = 0; a < s->addends; a++)
      value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, s->addend[a] + row * keys + j));
    _mm512_mask_storeu_ps(x + j, mask, value);
    most = _mm512_mask_max_ps(most, mask, most, value);
  }
  const __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(most));
  __m512 sum = _mm512_setzero_ps();
  for (size_t j = 0; j < keys; j += LANES) {
    const __mmask16 mask = part(j, keys);
    const __m512 value = exponential(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + j), top));
    _mm512_mask_storeu_ps(x + j, mask, value);
    sum = _mm512_mask_add_ps(sum, mask, sum, value);
  }
  const __m512 share = _mm512_set1_ps(1 / _mm512_reduce_add_ps(sum));
  for (size_t j = 0; j < keys; j += LANES) {
    const __mmask16 mask = part(j, keys);
    _mm512_mask_storeu_ps(x + j, mask, _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), share));
  }
}

/* Cotangents of a row's shares, `d`, to those of the products of queries and keys. */
WIDE static void soften_vjp(const cvox_attention_problem *s, const float *x, float *d) {
  const size_t keys = s->keys;
  __m512 sum = _mm512_setzero_ps();
  for (size_t j = 0; j < keys; j += LANES) {
    const __mmask16 mask = part(j, keys);
    sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + j), _mm512_maskz_loadu_ps(mask, d + j), sum);
  }
  const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum)), scale = _mm512_set1_ps(s->scale);
  for (size_t j = 0; j < keys; j += LANES) {
    const __mmask16 mask = part(j, keys);
    const __m512 share = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), scale);
    const __m512 change = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, d + j), mean);
    _mm512_mask_storeu_ps(d + j, mask, _mm512_mul_ps(share, change));
  }
}

static void transpose(const float *x, size_t rows, size_t columns, float *y) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j];
}

/* --- Attention --- */

size_t cvox_attention_scratch(const cvox_attention_problem *s) {
  return s->keys * (2 * BAND + s->depth + s->width);
}

/* Shares of the keys for some queries. */
static void share(const cvox_attention_problem *s, const float *q, const float *k, size_t first, size_t rows, float *x) {
  multiply(&(product){q + first * s->depth, s->depth, 1, k, s->keys, x, s->keys, s->depth, false}, rows, s->keys);
  for (size_t i = 0; i < rows; i++) soften(s, first + i, x + i * s->keys);
}

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {
  for (size_t first = 0; first < s->queries; first += BAND) {
    const size_t rows = s->queries - first < BAND ? s->queries - first : BAND;
    share(s, q, k, first, rows, scratch);
    multiply(
        &(product){scratch, s->keys, 1, v, s->width, y + first * s->width, s->width, s->keys, false}, rows, s->width);
  }
}

void cvox_attention_vjp(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, const float *dy, float *scratch,
    float *dq, float *dk, float *dv) {
  const size_t keys = s->keys, depth = s->depth, width = s->width;
  float *shares = scratch, *d = shares + BAND * keys, *keys_by_row = d + BAND * keys;
  float *values_by_column = keys_by_row + keys * depth;
  transpose(k, depth, keys, keys_by_row);
  transpose(v, keys, width, values_by_column);
  for (size_t first = 0; first < s->queries; first += BAND) {
    const size_t rows = s->queries - first < BAND ? s->queries - first : BAND;
    const float *dy_rows = dy + first * width, *q_rows = q + first * depth;
    const bool adds = first > 0;
    share(s, q, k, first, rows, shares);
    multiply(&(product){shares, 1, keys, dy_rows, width, dv, width, rows, adds}, keys, width);
    multiply(&(product){dy_rows, width, 1, values_by_column, keys, d, keys, width, false}, rows, keys);
    for (size_t i = 0; i < rows; i++) soften_vjp(s, shares + i * keys, d + i * keys);
    multiply(&(product){d, keys, 1, keys_by_row, depth, dq + first * depth, depth, keys, false}, rows, depth);
    multiply(&(product){q_rows, 1, depth, d, keys, dk, keys, rows, adds}, depth, keys);
  }
}

#else

bool cvox_attention_available(void) { return false; }

size_t cvox_attention_scratch(const cvox_attention_problem *s) { return 0; }

void cvox_attention(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, float *scratch, float *y) {}

void cvox_attention_vjp(
    const cvox_attention_problem *s, const float *q, const float *k, const float *v, const float *dy, float *scratch,
    float *dq, float *dk, float *dv) {}

#endif

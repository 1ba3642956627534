#ifndef CVOX_PRODUCTS_H
#define CVOX_PRODUCTS_H

/* Products of small matrices, of which each is in a core's cache. */

#include "CVoxKernels.h"
#include "vector.h"

/* Floats of as many whole vectors as are needed. */
static inline size_t up(size_t count) { return (count + LANES - 1) / LANES * LANES; }

/* What happens to a tile of a product while it is in registers. */
typedef enum {
  ADDED,    /* it is added to the result, one term after the other; those that are zero change nothing */
  SCALED,   /* every row is multiplied by a factor of its own, and lies where its query does */
  SCORED,   /* tables are added; the largest value of every row is kept */
  WEIGHTED, /* the sum of every row's products with weights is kept */
  STRETCHED /* every element is multiplied by a weight of its own */
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
  const float *weights;      /* WEIGHTED and STRETCHED: a matrix like the result */
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
      if (then == STRETCHED) value = mul(value, IN_PART ? load_lanes(last, p->weights + at) : load(p->weights + at));
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

#endif

#include "CVoxKernels.h"
#include "lane_vectors.h"

/* Positions of 8 or 16 lanes are vectors, which the loops below hold in registers; one lane is cut into stripes of 16
 * neighbouring positions, as independent lanes would be. */

enum { STRIPES = 16 };

static void repeat(float value, float stripes[STRIPES]) {
  for (size_t stripe = 0; stripe < STRIPES; stripe++) stripes[stripe] = value;
}

/* The sums of stripes, and what their remainder adds. */
static void add_stripes(
    const double s[STRIPES], const double p[STRIPES], double *restrict sum, double *restrict products) {
  for (size_t stripe = 0; stripe < STRIPES; stripe++) {
    *sum += s[stripe];
    *products += p[stripe];
  }
}

/* --- Moments --- */

#define CVOX_MOMENTS(N)                                                                      \
  CVOX_CLONES                                                                                \
  static void moments_##N(const float *x, size_t count, double *sum, double *squares) {      \
    doubles_##N s = 0, q = 0;                                                                \
    for (size_t at = 0; at < count * N; at += N) {                                           \
      const doubles_##N v = __builtin_convertvector(CVOX_AT(N, x + at), doubles_##N);        \
      s += v;                                                                                \
      q += v * v;                                                                            \
    }                                                                                        \
    *(double_memory_##N *)sum = s;                                                           \
    *(double_memory_##N *)squares = q;                                                       \
  }

CVOX_MOMENTS(8)
CVOX_MOMENTS(16)

CVOX_CLONES
static void moments_of_any(
    const float *restrict x, size_t count, size_t lanes, double *restrict sum, double *restrict squares) {
  for (size_t lane = 0; lane < lanes; lane++) sum[lane] = squares[lane] = 0;
  for (size_t position = 0; position < count; position++)
    for (size_t lane = 0; lane < lanes; lane++) {
      const double v = x[position * lanes + lane];
      sum[lane] += v;
      squares[lane] += v * v;
    }
}

void cvox_moments(const float *x, size_t count, size_t lanes, double *sum, double *squares) {
  double s[STRIPES], q[STRIPES];
  const size_t striped = count / STRIPES * STRIPES;
  switch (lanes) {
  case 1:
    moments_16(x, count / STRIPES, s, q);
    moments_of_any(x + striped, count - striped, 1, sum, squares);
    return add_stripes(s, q, sum, squares);
  case 8: return moments_8(x, count, sum, squares);
  case 16: return moments_16(x, count, sum, squares);
  default: moments_of_any(x, count, lanes, sum, squares);
  }
}

/* --- Forward --- */

/* A value bent at zero. */
#define CVOX_BENT(V, SLOPE) ((V) > 0 ? (V) : (SLOPE) * (V))

#define CVOX_NORMALIZE(N)                                                                                      \
  CVOX_CLONES                                                                                                  \
  static void normalize_##N(                                                                                   \
      const float *x, size_t count, const float *factors, const float *offsets, const float *slopes, float *y) { \
    CVOX_LET(N, factor, factors);                                                                              \
    CVOX_LET(N, offset, offsets);                                                                              \
    CVOX_LET(N, slope, slopes);                                                                                \
    for (size_t at = 0; at < count * N; at += N) {                                                             \
      const floats_##N v = factor * CVOX_AT(N, x + at) + offset;                                               \
      *(memory_##N *)(y + at) = CVOX_BENT(v, slope);                                                           \
    }                                                                                                          \
  }

CVOX_NORMALIZE(8)
CVOX_NORMALIZE(16)

CVOX_CLONES
static void normalize_any(
    const float *x, size_t count, size_t lanes, const float *restrict factor, const float *restrict offset,
    const float *restrict slope, float *y) {
  for (size_t position = 0; position < count; position++)
    _Pragma("clang loop vectorize(assume_safety)")
    for (size_t lane = 0; lane < lanes; lane++) {
      const float v = factor[lane] * x[position * lanes + lane] + offset[lane];
      y[position * lanes + lane] = CVOX_BENT(v, slope[lane]);
    }
}

void cvox_normalize(
    const float *x, size_t count, size_t lanes, const float *factor, const float *offset, const float *slope, float *y) {
  float factors[STRIPES], offsets[STRIPES], slopes[STRIPES];
  const size_t striped = count / STRIPES * STRIPES;
  switch (lanes) {
  case 1:
    repeat(*factor, factors), repeat(*offset, offsets), repeat(*slope, slopes);
    normalize_16(x, count / STRIPES, factors, offsets, slopes, y);
    return normalize_any(x + striped, count - striped, 1, factor, offset, slope, y + striped);
  case 8: return normalize_8(x, count, factor, offset, slope, y);
  case 16: return normalize_16(x, count, factor, offset, slope, y);
  default: normalize_any(x, count, lanes, factor, offset, slope, y);
  }
}

/* --- Back --- */

/* The cotangent before a result was bent. */
#define CVOX_UNBENT(FACTOR, X, OFFSET, SLOPE, DY) (((FACTOR) * (X) + (OFFSET) > 0 ? (DY) : (SLOPE) * (DY)))

/* A cotangent's vector at a position, and a lane of it. */
#define CVOX_WHOLE(N) (row * CVOX_AT(N, dy + at))
#define CVOX_OUTER(N) (row * dy[at / N])
#define CVOX_ANY(DY) ((DY).row[lane] * (DY).values[(DY).is_outer ? position : position * lanes + lane])

/* The cotangent `count` positions further on. */
static cvox_cotangent advanced(cvox_cotangent dy, size_t count) {
  return (cvox_cotangent){dy.values + count, dy.row, dy.is_outer};
}

#define CVOX_PRODUCTS(N, NAME, COTANGENT)                                                            \
  CVOX_CLONES                                                                                        \
  static void products_##NAME(                                                                       \
      const float *x, const float *dy, const float *rows, size_t count, const float *factors,        \
      const float *offsets, const float *slopes, const float *means, double *sum, double *products) { \
    CVOX_LET(N, row, rows);                                                                          \
    CVOX_LET(N, factor, factors);                                                                    \
    CVOX_LET(N, offset, offsets);                                                                    \
    CVOX_LET(N, slope, slopes);                                                                      \
    CVOX_LET(N, mean, means);                                                                        \
    doubles_##N s = 0, p = 0;                                                                        \
    for (size_t at = 0; at < count * N; at += N) {                                                   \
      CVOX_LET(N, own, x + at);                                                                      \
      const floats_##N cotangent = COTANGENT(N);                                                     \
      const floats_##N unbent = CVOX_UNBENT(factor, own, offset, slope, cotangent);                  \
      const doubles_##N d = __builtin_convertvector(unbent, doubles_##N);                            \
      s += d;                                                                                        \
      p += d * __builtin_convertvector(own - mean, doubles_##N);                                     \
    }                                                                                                \
    *(double_memory_##N *)sum = s;                                                                   \
    *(double_memory_##N *)products = p;                                                              \
  }

CVOX_PRODUCTS(8, 8, CVOX_WHOLE)
CVOX_PRODUCTS(8, outer_8, CVOX_OUTER)
CVOX_PRODUCTS(16, 16, CVOX_WHOLE)
CVOX_PRODUCTS(16, outer_16, CVOX_OUTER)

CVOX_CLONES
static void products_of_any(
    const float *restrict x, cvox_cotangent dy, size_t count, size_t lanes, const float *restrict factor,
    const float *restrict offset, const float *restrict slope, const float *restrict mean, double *restrict sum,
    double *restrict products) {
  for (size_t lane = 0; lane < lanes; lane++) sum[lane] = products[lane] = 0;
  for (size_t position = 0; position < count; position++)
    for (size_t lane = 0; lane < lanes; lane++) {
      const float own = x[position * lanes + lane];
      const double d = CVOX_UNBENT(factor[lane], own, offset[lane], slope[lane], CVOX_ANY(dy));
      sum[lane] += d;
      products[lane] += d * (own - mean[lane]);
    }
}

void cvox_centred_products(
    const float *x, cvox_cotangent dy, size_t count, size_t lanes, const float *factor, const float *offset,
    const float *slope, const float *mean, double *sum, double *products) {
  float rows[STRIPES], factors[STRIPES], offsets[STRIPES], slopes[STRIPES], means[STRIPES];
  double s[STRIPES], p[STRIPES];
  const size_t striped = count / STRIPES * STRIPES;
  switch (lanes) {
  case 1:
    repeat(*dy.row, rows), repeat(*factor, factors), repeat(*offset, offsets), repeat(*slope, slopes);
    repeat(*mean, means);
    products_16(x, dy.values, rows, count / STRIPES, factors, offsets, slopes, means, s, p);
    products_of_any(
        x + striped, advanced(dy, striped), count - striped, 1, factor, offset, slope, mean, sum, products);
    return add_stripes(s, p, sum, products);
  case 8:
    return (dy.is_outer ? products_outer_8 : products_8)(
        x, dy.values, dy.row, count, factor, offset, slope, mean, sum, products);
  case 16:
    return (dy.is_outer ? products_outer_16 : products_16)(
        x, dy.values, dy.row, count, factor, offset, slope, mean, sum, products);
  default: products_of_any(x, dy, count, lanes, factor, offset, slope, mean, sum, products);
  }
}

/* Coefficients of some lanes. */
typedef struct {
  const float *row, *factor, *offset, *slope, *mean, *a, *b, *c;
} coefficients;

#define CVOX_VJP(N, NAME, COTANGENT)                                                                   \
  CVOX_CLONES                                                                                          \
  static void vjp_##NAME(                                                                              \
      const float *x, const float *dy, const float *addend, size_t count, const coefficients *k, float *dx) { \
    CVOX_LET(N, row, k->row);                                                                          \
    CVOX_LET(N, factor, k->factor);                                                                    \
    CVOX_LET(N, offset, k->offset);                                                                    \
    CVOX_LET(N, slope, k->slope);                                                                      \
    CVOX_LET(N, mean, k->mean);                                                                        \
    CVOX_LET(N, a, k->a);                                                                              \
    CVOX_LET(N, b, k->b);                                                                              \
    CVOX_LET(N, c, k->c);                                                                              \
    for (size_t at = 0; at < count * N; at += N) {                                                     \
      CVOX_LET(N, own, x + at);                                                                        \
      const floats_##N cotangent = COTANGENT(N);                                                       \
      const floats_##N d = CVOX_UNBENT(factor, own, offset, slope, cotangent);                         \
      floats_##N result = a * d + b * (own - mean) + c;                                                \
      if (addend) result += CVOX_AT(N, addend + at);                                                   \
      *(memory_##N *)(dx + at) = result;                                                               \
    }                                                                                                  \
  }

CVOX_VJP(8, 8, CVOX_WHOLE)
CVOX_VJP(8, outer_8, CVOX_OUTER)
CVOX_VJP(16, 16, CVOX_WHOLE)
CVOX_VJP(16, outer_16, CVOX_OUTER)

CVOX_CLONES
static void vjp_of_any(
    const float *x, cvox_cotangent dy, const float *addend, size_t count, size_t lanes, const coefficients *k,
    float *dx) {
  for (size_t position = 0; position < count; position++)
    _Pragma("clang loop vectorize(assume_safety)")
    for (size_t lane = 0; lane < lanes; lane++) {
      const size_t at = position * lanes + lane;
      const float d = CVOX_UNBENT(k->factor[lane], x[at], k->offset[lane], k->slope[lane], CVOX_ANY(dy));
      const float result = k->a[lane] * d + k->b[lane] * (x[at] - k->mean[lane]) + k->c[lane];
      dx[at] = addend ? result + addend[at] : result;
    }
}

void cvox_normalize_vjp(
    const float *x, cvox_cotangent dy, const float *addend, size_t count, size_t lanes, const float *factor,
    const float *offset, const float *slope, const float *mean, const float *a, const float *b, const float *c,
    float *dx) {
  const coefficients own = {dy.row, factor, offset, slope, mean, a, b, c};
  float stripes[8][STRIPES];
  const coefficients repeated = {stripes[0], stripes[1], stripes[2], stripes[3],
                                 stripes[4], stripes[5], stripes[6], stripes[7]};
  const size_t striped = count / STRIPES * STRIPES;
  switch (lanes) {
  case 1:
    repeat(*dy.row, stripes[0]), repeat(*factor, stripes[1]), repeat(*offset, stripes[2]);
    repeat(*slope, stripes[3]), repeat(*mean, stripes[4]);
    repeat(*a, stripes[5]), repeat(*b, stripes[6]), repeat(*c, stripes[7]);
    vjp_16(x, dy.values, addend, count / STRIPES, &repeated, dx);
    return vjp_of_any(
        x + striped, advanced(dy, striped), addend ? addend + striped : NULL, count - striped, 1, &own, dx + striped);
  case 8: return (dy.is_outer ? vjp_outer_8 : vjp_8)(x, dy.values, addend, count, &own, dx);
  case 16: return (dy.is_outer ? vjp_outer_16 : vjp_16)(x, dy.values, addend, count, &own, dx);
  default: vjp_of_any(x, dy, addend, count, lanes, &own, dx);
  }
}

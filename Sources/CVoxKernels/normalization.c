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

/* What memory holds of a cotangent, its vector at a position and a lane of it. */
#define CVOX_WHOLE(N) (row * CVOX_AT(N, values + at))
#define CVOX_OUTER(N) (row * values[at / N])
#define CVOX_ANY(DY) ((DY).row[lane] * (DY).values[(DY).is_outer ? position : position * lanes + lane])

/* A cotangent's vector that is as it is, and one that a rectifier's derivative is yet to bend. */
#define CVOX_AS_IS(N, HELD) (HELD(N))
#define CVOX_RECTIFIED(N, HELD) (CVOX_BITS(N, signs, at / N) ? HELD(N) : bend * HELD(N))

/* Whether nothing comes of a position: an outer product's plane is mostly zero where a class is small. */
#define CVOX_IS_ZERO_WHOLE(N) false
#define CVOX_IS_ZERO_OUTER(N) (values[at / N] == 0)

/* Coefficients of some lanes. */
typedef struct {
  const float *factor, *offset, *slope, *mean, *a, *b, *c;
} coefficients;

#define CVOX_PRODUCTS(N, NAME, HELD, AS, IS_ZERO)                                                     \
  CVOX_CLONES                                                                                         \
  static void products_##NAME(                                                                        \
      const float *x, const cvox_cotangent *dy, size_t count, const coefficients *k, double *sum,     \
      double *products) {                                                                             \
    CVOX_LET_COTANGENT(N, dy);                                                                        \
    CVOX_LET(N, factor, k->factor);                                                                   \
    CVOX_LET(N, offset, k->offset);                                                                   \
    CVOX_LET(N, slope, k->slope);                                                                     \
    CVOX_LET(N, mean, k->mean);                                                                       \
    doubles_##N s = 0, p = 0;                                                                         \
    for (size_t at = 0; at < count * N; at += N) {                                                    \
      if (IS_ZERO(N)) continue;                                                                       \
      CVOX_LET(N, own, x + at);                                                                       \
      const floats_##N cotangent = AS(N, HELD);                                                       \
      const floats_##N unbent = CVOX_UNBENT(factor, own, offset, slope, cotangent);                   \
      const doubles_##N d = __builtin_convertvector(unbent, doubles_##N);                             \
      s += d;                                                                                         \
      p += d * __builtin_convertvector(own - mean, doubles_##N);                                      \
    }                                                                                                 \
    *(double_memory_##N *)sum = s;                                                                    \
    *(double_memory_##N *)products = p;                                                               \
  }

#define CVOX_VJP(N, NAME, HELD, AS)                                                                   \
  CVOX_CLONES                                                                                         \
  static void vjp_##NAME(                                                                             \
      const float *x, const cvox_cotangent *dy, const float *addend, size_t count, const coefficients *k, \
      float *dx) {                                                                                    \
    CVOX_LET_COTANGENT(N, dy);                                                                        \
    CVOX_LET(N, factor, k->factor);                                                                   \
    CVOX_LET(N, offset, k->offset);                                                                   \
    CVOX_LET(N, slope, k->slope);                                                                     \
    CVOX_LET(N, mean, k->mean);                                                                       \
    CVOX_LET(N, a, k->a);                                                                             \
    CVOX_LET(N, b, k->b);                                                                             \
    CVOX_LET(N, c, k->c);                                                                             \
    for (size_t at = 0; at < count * N; at += N) {                                                    \
      CVOX_LET(N, own, x + at);                                                                       \
      const floats_##N cotangent = AS(N, HELD);                                                       \
      const floats_##N d = CVOX_UNBENT(factor, own, offset, slope, cotangent);                        \
      floats_##N result = a * d + b * (own - mean) + c;                                               \
      if (addend) result += CVOX_AT(N, addend + at);                                                  \
      *(memory_##N *)(dx + at) = result;                                                              \
    }                                                                                                 \
  }

#define CVOX_LET_COTANGENT(N, DY)                                      \
  CVOX_LET(N, row, (DY)->row);                                         \
  const float *const values = (DY)->values, bend = (DY)->bend;         \
  const uint8_t *const signs = (DY)->signs;                            \
  (void)signs, (void)bend

#define CVOX_BACK(N)                                                              \
  CVOX_PRODUCTS(N, whole_##N, CVOX_WHOLE, CVOX_AS_IS, CVOX_IS_ZERO_WHOLE)         \
  CVOX_PRODUCTS(N, outer_##N, CVOX_OUTER, CVOX_AS_IS, CVOX_IS_ZERO_OUTER)         \
  CVOX_PRODUCTS(N, rectified_##N, CVOX_WHOLE, CVOX_RECTIFIED, CVOX_IS_ZERO_WHOLE) \
  CVOX_PRODUCTS(N, rectified_outer_##N, CVOX_OUTER, CVOX_RECTIFIED, CVOX_IS_ZERO_OUTER) \
  CVOX_VJP(N, whole_##N, CVOX_WHOLE, CVOX_AS_IS)                                  \
  CVOX_VJP(N, outer_##N, CVOX_OUTER, CVOX_AS_IS)                                  \
  CVOX_VJP(N, rectified_##N, CVOX_WHOLE, CVOX_RECTIFIED)                          \
  CVOX_VJP(N, rectified_outer_##N, CVOX_OUTER, CVOX_RECTIFIED)

CVOX_BACK(8)
CVOX_BACK(16)

/* The function of those for `N` lanes that reads a cotangent. */
#define CVOX_READER(NAME, N, DY)                                                        \
  ((DY).signs ? ((DY).is_outer ? NAME##_rectified_outer_##N : NAME##_rectified_##N)     \
              : ((DY).is_outer ? NAME##_outer_##N : NAME##_whole_##N))

CVOX_CLONES
static void products_of_any(
    const float *restrict x, cvox_cotangent dy, size_t count, size_t lanes, const coefficients *k, double *restrict sum,
    double *restrict products) {
  for (size_t lane = 0; lane < lanes; lane++) sum[lane] = products[lane] = 0;
  for (size_t position = 0; position < count; position++)
    for (size_t lane = 0; lane < lanes; lane++) {
      const float own = x[position * lanes + lane];
      const double d = CVOX_UNBENT(k->factor[lane], own, k->offset[lane], k->slope[lane], CVOX_ANY(dy));
      sum[lane] += d;
      products[lane] += d * (own - k->mean[lane]);
    }
}

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

/* One lane's coefficients and factor, once per stripe. */
typedef struct {
  float row[STRIPES], of_lane[7][STRIPES];
} repeated;

static coefficients repeat_all(const coefficients *k, const float *row, repeated *r) {
  const float *const own[7] = {k->factor, k->offset, k->slope, k->mean, k->a, k->b, k->c};
  repeat(*row, r->row);
  for (size_t i = 0; i < 7; i++)
    if (own[i]) repeat(*own[i], r->of_lane[i]);
  return (coefficients){r->of_lane[0], r->of_lane[1], r->of_lane[2], r->of_lane[3],
                        r->of_lane[4], r->of_lane[5], r->of_lane[6]};
}

/* The cotangent of one lane, and that `count` positions further on. */
static cvox_cotangent with_row(cvox_cotangent dy, const float *row) {
  return (cvox_cotangent){.values = dy.values, .row = row};
}

static cvox_cotangent advanced(cvox_cotangent dy, size_t count) {
  return (cvox_cotangent){.values = dy.values + count, .row = dy.row, .is_outer = dy.is_outer};
}

void cvox_centred_products(
    const float *x, cvox_cotangent dy, size_t count, size_t lanes, const float *factor, const float *offset,
    const float *slope, const float *mean, double *sum, double *products) {
  const coefficients own = {.factor = factor, .offset = offset, .slope = slope, .mean = mean};
  const size_t striped = count / STRIPES * STRIPES;
  double s[STRIPES], p[STRIPES];
  repeated r;
  switch (lanes) {
  case 1: {
    const coefficients stripes = repeat_all(&own, dy.row, &r);
    const cvox_cotangent first = with_row(dy, r.row);
    products_whole_16(x, &first, count / STRIPES, &stripes, s, p);
    products_of_any(x + striped, advanced(dy, striped), count - striped, 1, &own, sum, products);
    return add_stripes(s, p, sum, products);
  }
  case 8: return CVOX_READER(products, 8, dy)(x, &dy, count, &own, sum, products);
  case 16: return CVOX_READER(products, 16, dy)(x, &dy, count, &own, sum, products);
  default: products_of_any(x, dy, count, lanes, &own, sum, products);
  }
}

void cvox_normalize_vjp(
    const float *x, cvox_cotangent dy, const float *addend, size_t count, size_t lanes, const float *factor,
    const float *offset, const float *slope, const float *mean, const float *a, const float *b, const float *c,
    float *dx) {
  const coefficients own = {factor, offset, slope, mean, a, b, c};
  const size_t striped = count / STRIPES * STRIPES;
  repeated r;
  switch (lanes) {
  case 1: {
    const coefficients stripes = repeat_all(&own, dy.row, &r);
    const cvox_cotangent first = with_row(dy, r.row);
    vjp_whole_16(x, &first, addend, count / STRIPES, &stripes, dx);
    return vjp_of_any(
        x + striped, advanced(dy, striped), addend ? addend + striped : NULL, count - striped, 1, &own, dx + striped);
  }
  case 8: return CVOX_READER(vjp, 8, dy)(x, &dy, addend, count, &own, dx);
  case 16: return CVOX_READER(vjp, 16, dy)(x, &dy, addend, count, &own, dx);
  default: vjp_of_any(x, dy, addend, count, lanes, &own, dx);
  }
}

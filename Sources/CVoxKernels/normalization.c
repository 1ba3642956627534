#include "CVoxKernels.h"
#include "clones.h"

/* A loop over positions and a fixed number of lanes that the compiler can unroll and vectorize. */
#define CVOX_EACH(COUNT, LANES, BODY)                        \
  for (size_t position = 0; position < (COUNT); position++)  \
    for (size_t lane = 0; lane < (LANES); lane++) {          \
      const size_t at = position * (LANES) + lane;           \
      BODY                                                   \
    }

/* Instances of BODY for the lane counts of the usual layouts, and one for any other; one lane is cut into stripes. */
#define CVOX_DISPATCH(COUNT, LANES, BODY)             \
  switch (LANES) {                                    \
  case 8: CVOX_EACH(COUNT, 8, BODY) break;            \
  case 16: CVOX_EACH(COUNT, 16, BODY) break;          \
  default: CVOX_EACH(COUNT, LANES, BODY) break;       \
  }

/* Writes `y`, which may be what is read: an element depends on those at its own place alone. */
#define CVOX_WRITE(COUNT, LANES, VALUE)                                  \
  for (size_t position = 0; position < (COUNT); position++)              \
    _Pragma("clang loop vectorize(assume_safety)")                       \
    for (size_t lane = 0; lane < (LANES); lane++) {                      \
      const size_t at = position * (LANES) + lane;                       \
      y[at] = (VALUE);                                                   \
    }

/* Instances of the above; one lane is a loop over positions with constant coefficients. */
#define CVOX_DISPATCH_WRITE(COUNT, LANES, VALUE)                         \
  switch (LANES) {                                                       \
  case 1: {                                                              \
    enum { lane = 0 };                                                   \
    _Pragma("clang loop vectorize(assume_safety)")                       \
    for (size_t at = 0; at < (COUNT); at++) y[at] = (VALUE);             \
    break;                                                               \
  }                                                                      \
  case 8: CVOX_WRITE(COUNT, 8, VALUE) break;                             \
  case 16: CVOX_WRITE(COUNT, 16, VALUE) break;                           \
  default: CVOX_WRITE(COUNT, LANES, VALUE) break;                        \
  }

enum { STRIPES = 16 };

/* With one lane, neighbouring positions are summed in stripes, as independent lanes would be. */
CVOX_CLONES
static void striped_moments(const float *x, size_t count, double *sum, double *squares) {
  double s[STRIPES] = {0}, q[STRIPES] = {0};
  const size_t whole = count / STRIPES;
  CVOX_EACH(whole, STRIPES, { const double v = x[at]; s[lane] += v; q[lane] += v * v; })
  for (size_t at = whole * STRIPES; at < count; at++) {
    const double v = x[at];
    s[0] += v;
    q[0] += v * v;
  }
  for (size_t stripe = 0; stripe < STRIPES; stripe++) {
    *sum += s[stripe];
    *squares += q[stripe];
  }
}

CVOX_CLONES
static void laned_moments(
    const float *restrict x, size_t count, size_t lanes, double *restrict sum, double *restrict squares) {
  CVOX_DISPATCH(count, lanes, { const double v = x[at]; sum[lane] += v; squares[lane] += v * v; })
}

void cvox_moments(const float *x, size_t count, size_t lanes, double *sum, double *squares) {
  for (size_t lane = 0; lane < lanes; lane++) sum[lane] = squares[lane] = 0;
  if (lanes == 1)
    striped_moments(x, count, sum, squares);
  else
    laned_moments(x, count, lanes, sum, squares);
}

/* A value bent at zero. */
#define CVOX_BENT(V, SLOPE) ((V) > 0 ? (V) : (SLOPE) * (V))

/* The cotangent before a result was bent. */
#define CVOX_UNBENT(DY) ((factor[lane] * x[at] + offset[lane] > 0 ? 1.0f : slope[lane]) * (DY))

CVOX_CLONES
void cvox_normalize(
    const float *x, size_t count, size_t lanes, const float *restrict factor, const float *restrict offset,
    const float *restrict slope, float *y) {
  CVOX_DISPATCH_WRITE(count, lanes, CVOX_BENT(factor[lane] * x[at] + offset[lane], slope[lane]))
}

CVOX_CLONES
static void striped_products(
    const float *x, const float *dy, size_t count, float factor0, float offset0, float slope0, float mean, double *sum,
    double *products) {
  float factor[STRIPES], offset[STRIPES], slope[STRIPES];
  for (size_t lane = 0; lane < STRIPES; lane++) {
    factor[lane] = factor0;
    offset[lane] = offset0;
    slope[lane] = slope0;
  }
  double s[STRIPES] = {0}, p[STRIPES] = {0};
  const size_t whole = count / STRIPES;
  CVOX_EACH(whole, STRIPES, { const double d = CVOX_UNBENT(dy[at]); s[lane] += d; p[lane] += d * (x[at] - mean); })
  for (size_t at = whole * STRIPES; at < count; at++) {
    const size_t lane = 0;
    const double d = CVOX_UNBENT(dy[at]);
    s[0] += d;
    p[0] += d * (x[at] - mean);
  }
  for (size_t stripe = 0; stripe < STRIPES; stripe++) {
    *sum += s[stripe];
    *products += p[stripe];
  }
}

CVOX_CLONES
static void laned_products(
    const float *restrict x, const float *restrict dy, size_t count, size_t lanes, const float *restrict factor,
    const float *restrict offset, const float *restrict slope, const float *restrict mean, double *restrict sum,
    double *restrict products) {
  CVOX_DISPATCH(count, lanes, {
    const double d = CVOX_UNBENT(dy[at]);
    sum[lane] += d;
    products[lane] += d * (x[at] - mean[lane]);
  })
}

void cvox_centred_products(
    const float *x, const float *dy, size_t count, size_t lanes, const float *factor, const float *offset,
    const float *slope, const float *mean, double *sum, double *products) {
  for (size_t lane = 0; lane < lanes; lane++) sum[lane] = products[lane] = 0;
  if (lanes == 1)
    striped_products(x, dy, count, factor[0], offset[0], slope[0], mean[0], sum, products);
  else
    laned_products(x, dy, count, lanes, factor, offset, slope, mean, sum, products);
}

#define CVOX_INPUT_COTANGENT (a[lane] * CVOX_UNBENT(dy[at]) + b[lane] * (x[at] - mean[lane]) + c[lane])

CVOX_CLONES
void cvox_normalize_vjp(
    const float *restrict x, const float *dy, const float *addend, size_t count, size_t lanes,
    const float *restrict factor, const float *restrict offset, const float *restrict slope,
    const float *restrict mean, const float *restrict a, const float *restrict b, const float *restrict c, float *dx) {
  float *y = dx;
  if (addend) {
    CVOX_DISPATCH_WRITE(count, lanes, CVOX_INPUT_COTANGENT + addend[at])
  } else {
    CVOX_DISPATCH_WRITE(count, lanes, CVOX_INPUT_COTANGENT)
  }
}

#include "CVoxKernels.h"
#include "clones.h"

#include <math.h>

static float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }

static float logistic(float x) { return 1 / (1 + expf(-x)); }

static float sign(float x) { return (float)((x > 0) - (x < 0)); }

static float clamp(float x, float least, float most) { return fminf(fmaxf(x, least), most); }

static const float SQRT_HALF = 0.70710678f;  /* sqrt(1 / 2) */
static const float ERF_SLOPE = 1.12837917f;  /* 2 / sqrt(pi) */
static const float GAUSS_PEAK = 0.39894228f; /* 1 / sqrt(2 pi) */
static const float TANH_SLOPE = 0.79788456f; /* sqrt(2 / pi) */
static const float TANH_CUBE = 0.044715f;

static float normal_distribution(float x) { return 0.5f * (1 + erff(x * SQRT_HALF)); }

static float gelu_tanh_argument(float x) { return TANH_SLOPE * (x + TANH_CUBE * x * x * x); }

static float gelu_tanh_slope(float x) {
  const float t = tanhf(gelu_tanh_argument(x));
  return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * TANH_SLOPE * (1 + 3 * TANH_CUBE * x * x);
}

static float mish_slope(float x) {
  const float t = tanhf(softplus(x));
  return t + x * (1 - t * t) * logistic(x);
}

/* A power; its derivative must not be 0 * infinity where the exponent is 0. */
static float power_slope(float x, float exponent) { return exponent == 0 ? 0 : exponent * powf(x, exponent - 1); }

/* Each function of v with parameters a and b: name, value, derivative. */
#define FUNCTIONS(F)                                                                               \
  F(CVOX_ABS, fabsf(v), sign(v))                                                                   \
  F(CVOX_CEIL, ceilf(v), 0)                                                                        \
  F(CVOX_CELU, v > 0 ? v : a * expm1f(v / a), v > 0 ? 1 : expf(v / a))                             \
  F(CVOX_CLIP, clamp(v, a, b), v >= a && v <= b ? 1.f : 0.f)                                       \
  F(CVOX_COS, cosf(v), -sinf(v))                                                                   \
  F(CVOX_ERF, erff(v), ERF_SLOPE *expf(-v *v))                                                     \
  F(CVOX_EXP, expf(v), expf(v))                                                                    \
  F(CVOX_FLOOR, floorf(v), 0)                                                                      \
  F(CVOX_GELU_ERF, v *normal_distribution(v),                                                      \
    normal_distribution(v) + v * GAUSS_PEAK * expf(-0.5f * v * v))                                 \
  F(CVOX_GELU_TANH, 0.5f * v * (1 + tanhf(gelu_tanh_argument(v))), gelu_tanh_slope(v))             \
  F(CVOX_HARD_SIGMOID, clamp(a *v + b, 0, 1), a *v + b > 0 && a * v + b < 1 ? a : 0.f)             \
  F(CVOX_HARD_SWISH, v *clamp(v / 6 + 0.5f, 0, 1), v <= -3 ? 0.f : v >= 3 ? 1.f : v / 3 + 0.5f)    \
  F(CVOX_LOG, logf(v), 1 / v)                                                                      \
  F(CVOX_MISH, v *tanhf(softplus(v)), mish_slope(v))                                               \
  F(CVOX_POWER, powf(v, a), power_slope(v, a))                                                     \
  F(CVOX_RECIPROCAL, 1 / v, -1 / (v * v))                                                          \
  F(CVOX_ROUND, rintf(v), 0)                                                                       \
  F(CVOX_SELU, v > 0 ? b * v : b * a * expm1f(v), v > 0 ? b : b * a * expf(v))                     \
  F(CVOX_SIGN, sign(v), 0)                                                                         \
  F(CVOX_SIN, sinf(v), cosf(v))                                                                    \
  F(CVOX_SOFTPLUS, softplus(v), logistic(v))                                                       \
  F(CVOX_SOFTSIGN, v / (1 + fabsf(v)), 1 / ((1 + fabsf(v)) * (1 + fabsf(v))))                      \
  F(CVOX_SQRT, sqrtf(v), 0.5f / sqrtf(v))                                                          \
  F(CVOX_SQUARE, v *v, 2 * v)                                                                      \
  F(CVOX_THRESHOLDED, v > a ? v : 0, v > a ? 1.f : 0.f)

void cvox_map(cvox_function function, float a, float b, const float *x, size_t count, float *y) {
  switch (function) {
#define VALUE(NAME, F, SLOPE)                  \
  case NAME:                                   \
    for (size_t i = 0; i < count; i++) {       \
      const float v = x[i];                    \
      y[i] = F;                                \
    }                                          \
    break;
    FUNCTIONS(VALUE)
#undef VALUE
  }
}

void cvox_map_vjp(
    cvox_function function, float a, float b, const float *x, const float *dy, size_t count, float *dx) {
  switch (function) {
#define CHAIN(NAME, F, SLOPE)                       \
  case NAME:                                        \
    for (size_t i = 0; i < count; i++) {            \
      const float v = x[i];                         \
      (void)v;                                      \
      dx[i] = (float)(SLOPE) * dy[i];               \
    }                                               \
    break;
    FUNCTIONS(CHAIN)
#undef CHAIN
  }
}

void cvox_power(const float *x, const float *exponent, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = powf(x[i], exponent[i]);
}

void cvox_power_slope(const float *x, const float *exponent, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = power_slope(x[i], exponent[i]);
}

void cvox_exponent_slope(const float *x, const float *power, size_t count, float *y) {
  /* At 0 the power is 0 for every exponent near a positive one. */
  for (size_t i = 0; i < count; i++) y[i] = power[i] == 0 ? 0 : power[i] * logf(x[i]);
}

#define BINARIES(F)                     \
  F(CVOX_ADD, u + v)                    \
  F(CVOX_SUBTRACT, u - v)               \
  F(CVOX_MULTIPLY, u *v)                \
  F(CVOX_DIVIDE, u / v)                 \
  F(CVOX_MAXIMUM, u > v ? u : v)        \
  F(CVOX_MINIMUM, u < v ? u : v)        \
  F(CVOX_AT_LEAST, u >= v ? 1.f : 0.f)  \
  F(CVOX_AT_MOST, u <= v ? 1.f : 0.f)

/* `y` may be `a`: no iteration reads what another writes. */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

CVOX_CLONES
static void combine_pairs(cvox_binary function, const float *a, const float *b, size_t count, float *y) {
  switch (function) {
#define PAIRS(NAME, F)                         \
  case NAME:                                   \
    INDEPENDENT                                \
    for (size_t i = 0; i < count; i++) {       \
      const float u = a[i], v = b[i];          \
      y[i] = F;                                \
    }                                          \
    break;
    BINARIES(PAIRS)
#undef PAIRS
  }
}

CVOX_CLONES
static void combine_with(cvox_binary function, const float *a, const float v, size_t count, float *y) {
  switch (function) {
#define WITH_ONE(NAME, F)                      \
  case NAME:                                   \
    INDEPENDENT                                \
    for (size_t i = 0; i < count; i++) {       \
      const float u = a[i];                    \
      y[i] = F;                                \
    }                                          \
    break;
    BINARIES(WITH_ONE)
#undef WITH_ONE
  }
}

void cvox_combine(cvox_binary function, const float *a, const float *b, size_t count, bool repeats, float *y) {
  if (repeats)
    combine_with(function, a, b[0], count, y);
  else
    combine_pairs(function, a, b, count, y);
}

#include "CVoxKernels.h"
#include "clones.h"

#include <math.h>

enum { STRIPES = 8 };

CVOX_CLONES
void cvox_layer_normalization(
    const float *x, size_t rows, size_t count, double epsilon, const float *restrict scale, const float *restrict shift,
    float *y, float *restrict mean, float *restrict rstd) {
  const size_t whole = count / STRIPES * STRIPES;
  for (size_t row = 0; row < rows; row++) {
    const float *from = x + row * count;
    float *to = y + row * count;
    double sums[STRIPES] = {0}, squares[STRIPES] = {0};
    for (size_t i = 0; i < whole; i += STRIPES)
      for (size_t s = 0; s < STRIPES; s++) {
        const double value = from[i + s];
        sums[s] += value;
        squares[s] += value * value;
      }
    for (size_t i = whole; i < count; i++) {
      const double value = from[i];
      sums[0] += value;
      squares[0] += value * value;
    }
    double sum = 0, square = 0;
    for (size_t s = 0; s < STRIPES; s++) {
      sum += sums[s];
      square += squares[s];
    }
    const double average = sum / (double)count;
    const double variance = fmax(0, square / (double)count - average * average);
    const float m = (float)average, r = (float)(1 / sqrt(variance + epsilon));
    mean[row] = m;
    rstd[row] = r;
    _Pragma("clang loop vectorize(assume_safety)")
    for (size_t i = 0; i < count; i++) to[i] = (from[i] - m) * r * scale[i] + shift[i];
  }
}

CVOX_CLONES
void cvox_layer_normalization_vjp(
    const float *restrict x, const float *dy, const float *addend, size_t rows, size_t count,
    const float *restrict scale, const float *restrict mean, const float *restrict rstd, float *dx) {
  const size_t whole = count / STRIPES * STRIPES;
  for (size_t row = 0; row < rows; row++) {
    const float *from = x + row * count, *cotangent = dy + row * count;
    float *to = dx + row * count;
    const float m = mean[row], r = rstd[row];
    double sums[STRIPES] = {0}, products[STRIPES] = {0};
    for (size_t i = 0; i < whole; i += STRIPES)
      for (size_t s = 0; s < STRIPES; s++) {
        const double scaled = (double)cotangent[i + s] * scale[i + s];
        sums[s] += scaled;
        products[s] += scaled * (from[i + s] - m);
      }
    for (size_t i = whole; i < count; i++) {
      const double scaled = (double)cotangent[i] * scale[i];
      sums[0] += scaled;
      products[0] += scaled * (from[i] - m);
    }
    double sum = 0, product = 0;
    for (size_t s = 0; s < STRIPES; s++) {
      sum += sums[s];
      product += products[s];
    }
    const float a = (float)(sum / (double)count);
    const float b = (float)(product / (double)count * (double)r * (double)r);
    if (addend) {
      const float *more = addend + row * count;
      _Pragma("clang loop vectorize(assume_safety)")
      for (size_t i = 0; i < count; i++) to[i] = r * (cotangent[i] * scale[i] - a - (from[i] - m) * b) + more[i];
    } else {
      _Pragma("clang loop vectorize(assume_safety)")
      for (size_t i = 0; i < count; i++) to[i] = r * (cotangent[i] * scale[i] - a - (from[i] - m) * b);
    }
  }
}

void cvox_row_maxima(const float *x, size_t rows, size_t count, float *y, int32_t *places) {
  for (size_t row = 0; row < rows; row++) {
    const float *from = x + row * count;
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
      if (from[i] > from[best]) best = i;
    y[row] = from[best];
    places[row] = (int32_t)best;
  }
}

void cvox_row_maxima_vjp(const float *dy, const int32_t *places, size_t rows, size_t count, float *dx) {
  for (size_t row = 0; row < rows; row++) {
    float *to = dx + row * count;
    for (size_t i = 0; i < count; i++) to[i] = 0;
    to[places[row]] = dy[row];
  }
}

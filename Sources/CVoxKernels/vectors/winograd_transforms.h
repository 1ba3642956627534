#ifndef CVOX_WINOGRAD_TRANSFORMS_H
#define CVOX_WINOGRAD_TRANSFORMS_H

#include "winograd_axes.h"

/* Tiles and filters of three axes, the slowest of which may differ from the others, x fastest. */

enum { MOST_IN_TILE = MOST_ON_AXIS * MOST_ON_AXIS * MOST_ON_AXIS };

/* A filter [3, 3, 3] of lanes to its points, `point` floats apart. */
WIDE_INLINE void transform_weights(const vector *g, axis_form slowest, axis_form others, float *to, size_t point) {
  const size_t deep = counts_of(slowest).filters, side = counts_of(others).filters;
  vector x[TAPS * TAPS * MOST_ON_AXIS], y[TAPS * MOST_ON_AXIS * MOST_ON_AXIS];
  for (size_t i = 0; i < TAPS * TAPS; i++) filter_points(others, g + 3 * i, 1, x + side * i, 1);
  for (size_t i = 0; i < TAPS; i++)
    for (size_t k = 0; k < side; k++) filter_points(others, x + 3 * side * i + k, side, y + side * side * i + k, side);
  for (size_t i = 0; i < side * side; i++) {
    vector z[MOST_ON_AXIS];
    filter_points(slowest, y + i, side * side, z, 1);
    for (size_t j = 0; j < deep; j++) store(to + (j * side * side + i) * point, z[j]);
  }
}

/* A tile of lanes, values `z`, `y` and LANES floats apart, to its points, `point` floats apart. */
WIDE_INLINE void transform_tile(
    const float *from, size_t z, size_t y, axis_form slowest, axis_form others, float *to, size_t point) {
  const size_t values = counts_of(others).values, side = counts_of(others).points;
  vector planes[MOST_ON_AXIS][MOST_ON_AXIS * MOST_ON_AXIS];
  if (slowest == AXIS_LONG)
    for (size_t j = 0; j < values; j++)
      for (size_t k = 0; k < values; k++) {
        vector d[MOST_ON_AXIS];
        UNROLLED for (size_t i = 0; i < counts_of(slowest).values; i++) d[i] = load(from + i * z + j * y + k * LANES);
        tile_points(slowest, d, 1, planes[0] + j * values + k, MOST_ON_AXIS * MOST_ON_AXIS);
      }
  for (size_t i = 0; i < counts_of(slowest).points; i++) {
    const axis_point p = slowest == AXIS_LONG ? (axis_point){0} : point_of(slowest, i);
    const float *first = from + p.first * z, *second = from + p.second * z;
    const vector sign = splat(p.sign);
    vector d[MOST_ON_AXIS][MOST_ON_AXIS];
    UNROLLED for (size_t k = 0; k < values; k++) {
      vector c[MOST_ON_AXIS];
      UNROLLED for (size_t j = 0; j < values; j++) {
        const size_t at = j * y + k * LANES;
        c[j] = slowest == AXIS_LONG ? planes[i][j * values + k] : fmadd(sign, load(second + at), load(first + at));
      }
      tile_points(others, c, 1, &d[0][k], MOST_ON_AXIS);
    }
    UNROLLED for (size_t j = 0; j < side; j++) {
      vector points[MOST_ON_AXIS];
      tile_points(others, d[j], 1, points, 1);
      UNROLLED for (size_t k = 0; k < side; k++) store(to + ((i * side + j) * side + k) * point, points[k]);
    }
  }
}

/* The results of a tile from its sums, `point` floats apart. */
WIDE_INLINE void tile_results(
    const float *m, size_t point, axis_form slowest, axis_form others, vector bias, vector *out) {
  const size_t deep = counts_of(slowest).sums, side = counts_of(others).sums, columns = counts_of(others).results;
  vector planes[MOST_ON_AXIS][MOST_RESULTS * MOST_RESULTS];
  for (size_t i = 0; i < deep; i++) {
    vector lines[MOST_ON_AXIS][MOST_RESULTS];
    UNROLLED for (size_t j = 0; j < side; j++) {
      vector sums[MOST_ON_AXIS];
      UNROLLED for (size_t k = 0; k < side; k++) sums[k] = load(m + ((i * side + j) * side + k) * point);
      axis_results(others, sums, 1, lines[j], 1);
    }
    UNROLLED for (size_t k = 0; k < columns; k++)
      axis_results(others, &lines[0][k], MOST_RESULTS, planes[i] + k, columns);
  }
  for (size_t k = 0; k < columns * columns; k++) {
    vector results[MOST_RESULTS];
    axis_results(slowest, planes[0] + k, MOST_RESULTS * MOST_RESULTS, results, 1);
    for (size_t i = 0; i < counts_of(slowest).results; i++) out[i * columns * columns + k] = add(results[i], bias);
  }
}

#endif

#ifndef CVOX_WINOGRAD_TRANSFORMS_H
#define CVOX_WINOGRAD_TRANSFORMS_H

#include "winograd_axes.h"

/* Tiles and filters of three axes, the slowest of which may differ from the others, x fastest. */

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

/* Columns that are fetched ahead, into the second cache: in the first they would displace each other. */
enum { COLUMNS_AHEAD = LANES == 16 ? 4 : 0 };

/* A column of a tile's values, `z` and `y` floats apart, to its points along these axes; tiles beside each other share
 * columns. */
WIDE_INLINE void transform_column(
    const float *from, size_t z, size_t y, axis_form slowest, axis_form others, vector *to) {
  const size_t side = counts_of(others).points;
  vector lines[MOST_ON_AXIS][MOST_ON_AXIS];
  UNROLLED for (size_t j = 0; j < counts_of(others).values; j++) {
    vector d[MOST_ON_AXIS];
    UNROLLED for (size_t i = 0; i < counts_of(slowest).values; i++) {
      const float *at = from + i * z + j * y;
      d[i] = load(at);
      if (COLUMNS_AHEAD > 0) _mm_prefetch((const char *)(at + COLUMNS_AHEAD * LANES), _MM_HINT_T1);
    }
    tile_points(slowest, d, 1, lines[0] + j, MOST_ON_AXIS);
  }
  UNROLLED for (size_t i = 0; i < counts_of(slowest).points; i++) tile_points(others, lines[i], 1, to + i * side, 1);
}

/* The columns of a tile to its points, `point` floats apart. */
WIDE_INLINE void transform_columns(
    const vector *const *columns, axis_form slowest, axis_form others, float *to, size_t point) {
  const size_t side = counts_of(others).points;
  for (size_t line = 0; line < counts_of(slowest).points * side; line++) {
    vector d[MOST_ON_AXIS], points[MOST_ON_AXIS];
    UNROLLED for (size_t k = 0; k < counts_of(others).values; k++) d[k] = columns[k][line];
    tile_points(others, d, 1, points, 1);
    UNROLLED for (size_t k = 0; k < side; k++) store(to + (line * side + k) * point, points[k]);
  }
}

/* The results along the two faster axes of a plane's sums, `point` floats apart. */
WIDE_INLINE void plane_results(const float *m, size_t point, axis_form others, vector *to) {
  const size_t side = counts_of(others).sums, results = counts_of(others).results;
  vector lines[MOST_ON_AXIS][MOST_RESULTS];
  UNROLLED for (size_t j = 0; j < side; j++) {
    vector sums[MOST_ON_AXIS];
    UNROLLED for (size_t k = 0; k < side; k++) sums[k] = load(m + (j * side + k) * point);
    axis_results(others, sums, 1, lines[j], 1);
  }
  UNROLLED for (size_t k = 0; k < results; k++) axis_results(others, &lines[0][k], MOST_RESULTS, to + k, results);
}

/* The results of a tile from those of its planes, which follow each other. */
WIDE_INLINE void tile_results(
    const vector *planes, axis_form slowest, axis_form others, vector bias, vector *out) {
  const size_t plane = counts_of(others).results * counts_of(others).results;
  for (size_t k = 0; k < plane; k++) {
    vector results[MOST_RESULTS];
    axis_results(slowest, planes + k, plane, results, 1);
    UNROLLED for (size_t i = 0; i < counts_of(slowest).results; i++) out[i * plane + k] = add(results[i], bias);
  }
}

#endif

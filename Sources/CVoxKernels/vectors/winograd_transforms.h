#ifndef CVOX_WINOGRAD_TRANSFORMS_H
#define CVOX_WINOGRAD_TRANSFORMS_H

#include "convolution.h"

/* The root of a half. */
#define ROOT 0.70710678f

/* Along an axis a tile has two results from four points, F(2, 3), or four from six, F(4, 3). */
enum { LONG_POINTS = 6, LONG_RESULTS = 4, MOST_POINTS = LONG_POINTS * LONG_POINTS * LONG_POINTS };

/* --- Filters --- */

/* Makes four values of three, the filter at 0, 1, -1 and infinity; or six, at 0, at the roots of 1/2 and 2 and their
 * negatives, and at infinity. Among the points of six these lose least.
 * Source: Lavin and Gray, arXiv:1509.09308; Barabasz et al., arXiv:1803.10986 for the choice of points. */
WIDE_INLINE void filter_points(const vector *g, size_t from, size_t count, vector *to, size_t stride) {
  const vector a = g[0], b = g[from], c = g[2 * from];
  to[0] = a;
  if (count == POINTS) {
    const vector half = splat(0.5f), outer = mul(half, add(a, c));
    to[stride] = fmadd(half, b, outer);
    to[2 * stride] = fnmadd(half, b, outer);
  } else {
    const vector near = mul(splat(-2 / 3.0f), fmadd(splat(0.5f), c, a));
    const vector far = mul(splat(1 / 6.0f), fmadd(splat(2), c, a));
    const vector near_odd = splat(-2 * ROOT / 3), far_odd = splat(2 * ROOT / 6);
    to[stride] = fmadd(near_odd, b, near);
    to[2 * stride] = fnmadd(near_odd, b, near);
    to[3 * stride] = fmadd(far_odd, b, far);
    to[4 * stride] = fnmadd(far_odd, b, far);
  }
  to[(count - 1) * stride] = c;
}

/* A filter [3, 3, 3] of lanes to its points [deep, side, side], `point` floats apart. */
WIDE_INLINE void transform_weights(const vector *g, size_t deep, size_t side, float *to, size_t point) {
  vector x[TAPS * TAPS * LONG_POINTS], y[TAPS * LONG_POINTS * LONG_POINTS];
  for (size_t i = 0; i < TAPS * TAPS; i++) filter_points(g + 3 * i, 1, side, x + side * i, 1);
  for (size_t i = 0; i < TAPS; i++)
    for (size_t k = 0; k < side; k++) filter_points(x + 3 * side * i + k, side, side, y + side * side * i + k, side);
  for (size_t i = 0; i < side * side; i++) {
    vector z[LONG_POINTS];
    filter_points(y + i, side * side, deep, z, 1);
    for (size_t j = 0; j < deep; j++) store(to + (j * side * side + i) * point, z[j]);
  }
}

/* --- Tiles --- */

/* Values of an axis, `from` vectors apart, to the points of its transform. */
WIDE_INLINE void tile_points(const vector *d, size_t from, size_t count, vector *to, size_t stride) {
  if (count == POINTS) {
    TILE_POINTS(d[0], d[from], d[2 * from], d[3 * from], p, q, r, s);
    to[0] = p, to[stride] = q, to[2 * stride] = r, to[3 * stride] = s;
  } else {
    const vector two = splat(2), half = splat(0.5f), sum = splat(2.5f);
    const vector root = splat(ROOT), double_root = splat(2 * ROOT);
    const vector b = d[from], c = d[2 * from], e = d[3 * from], f = d[4 * from];
    const vector near = fnmadd(two, c, f), near_odd = fnmadd(two, b, e);
    const vector far = fnmadd(half, c, f), far_odd = fnmadd(half, b, e);
    to[0] = fnmadd(sum, c, add(d[0], f));
    to[stride] = fmadd(root, near_odd, near);
    to[2 * stride] = fnmadd(root, near_odd, near);
    to[3 * stride] = fmadd(double_root, far_odd, far);
    to[4 * stride] = fnmadd(double_root, far_odd, far);
    to[5 * stride] = fnmadd(sum, e, add(b, d[5 * from]));
  }
}

/* A tile [deep, side, side] of lanes, values `z`, `y` and LANES floats apart, to its points, `point` floats apart. */
WIDE_INLINE void transform_tile(
    const float *from, size_t z, size_t y, size_t deep, size_t side, float *to, size_t point) {
  vector planes[LONG_POINTS][LONG_POINTS * LONG_POINTS];
  if (deep == LONG_POINTS)
    for (size_t j = 0; j < side; j++)
      for (size_t k = 0; k < side; k++) {
        vector d[LONG_POINTS];
        UNROLLED for (size_t i = 0; i < deep; i++) d[i] = load(from + i * z + j * y + k * LANES);
        tile_points(d, 1, deep, planes[0] + j * side + k, LONG_POINTS * LONG_POINTS);
      }
  for (size_t i = 0; i < deep; i++) {
    /* Of four points that of the slowest axis is a sum or difference of two planes. */
    const float *a = from + (i == 0 ? 0 : i == 2 ? 2 : 1) * z;
    const float *b = from + (i == 0 || i == 1 ? 2 : i == 2 ? 1 : 3) * z;
    const vector sign = splat(i == 1 ? 1.0f : -1.0f);
    vector d[LONG_POINTS][LONG_POINTS];
    UNROLLED for (size_t k = 0; k < side; k++) {
      vector c[LONG_POINTS];
      UNROLLED for (size_t j = 0; j < side; j++) {
        const size_t at = j * y + k * LANES;
        c[j] = deep == LONG_POINTS ? planes[i][j * side + k]
                                   : fmadd(sign, load(b + at), load(a + at));
      }
      tile_points(c, 1, side, &d[0][k], LONG_POINTS);
    }
    UNROLLED for (size_t j = 0; j < side; j++) {
      vector points[LONG_POINTS];
      tile_points(d[j], 1, side, points, 1);
      UNROLLED for (size_t k = 0; k < side; k++) store(to + ((i * side + j) * side + k) * point, points[k]);
    }
  }
}

/* --- Results --- */

/* Points of an axis, `from` vectors apart, to its results. */
WIDE_INLINE void axis_results(const vector *m, size_t from, size_t count, vector *to, size_t stride) {
  if (count == POINTS) {
    RESULT_PAIR(m[0], m[from], m[2 * from], m[3 * from], p, q);
    to[0] = p, to[stride] = q;
  } else {
    const vector near = add(m[from], m[2 * from]), near_odd = sub(m[from], m[2 * from]);
    const vector far = add(m[3 * from], m[4 * from]), far_odd = sub(m[3 * from], m[4 * from]);
    const vector two = splat(2), half = splat(0.5f), eight = splat(8);
    to[0] = add(m[0], add(near, far));
    to[stride] = mul(splat(ROOT), fmadd(two, far_odd, near_odd));
    to[2 * stride] = fmadd(two, far, mul(half, near));
    to[3 * stride] = fmadd(
        splat(ROOT / 2), fmadd(eight, far_odd, near_odd), m[5 * from]);
  }
}

/* The results of a tile, z, y and x, x fastest. */
WIDE_INLINE void tile_results(
    const float *m, size_t point, size_t deep, size_t side, vector bias, vector *out) {
  const size_t columns = side - 2;
  vector planes[LONG_POINTS][LONG_RESULTS * LONG_RESULTS];
  for (size_t i = 0; i < deep; i++) {
    vector lines[LONG_POINTS][LONG_RESULTS];
    UNROLLED for (size_t j = 0; j < side; j++) {
      vector values[LONG_POINTS];
      UNROLLED for (size_t k = 0; k < side; k++) values[k] = load(m + ((i * side + j) * side + k) * point);
      axis_results(values, 1, side, lines[j], 1);
    }
    UNROLLED for (size_t k = 0; k < columns; k++)
      axis_results(&lines[0][k], LONG_RESULTS, side, planes[i] + k, columns);
  }
  for (size_t k = 0; k < columns * columns; k++) {
    vector results[LONG_RESULTS];
    axis_results(planes[0] + k, LONG_RESULTS * LONG_RESULTS, deep, results, 1);
    for (size_t i = 0; i < deep - 2; i++) out[i * columns * columns + k] = add(results[i], bias);
  }
}

#endif

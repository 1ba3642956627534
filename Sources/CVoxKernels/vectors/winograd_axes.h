#ifndef CVOX_WINOGRAD_AXES_H
#define CVOX_WINOGRAD_AXES_H

#include "convolution.h"

/* Minimal filtering along one axis of a tile: values of the input become points, those of a filter, too; products of
 * points are summed, and the sums become results.
 * Source: Lavin and Gray, arXiv:1509.09308; Barabasz et al., arXiv:1803.10986 for the choice of points. */

typedef enum {
  AXIS_SHORT,   /* F(2, 3): two results, of four values */
  AXIS_LONG,    /* F(4, 3): four results, of six values */
  AXIS_LONGEST, /* F(6, 3): six results, of eight values */
  AXIS_FINER,   /* transposed with stride 2: at even places one tap, at odd ones two, F(2, 2), of the same values */
  AXIS_COARSER  /* with stride 2: one tap sees the values at odd places, F(2, 2) those at even ones */
} axis_form;

typedef struct {
  size_t values, points, filters, sums, results;
} axis_counts;

enum { MOST_ON_AXIS = 8, MOST_RESULTS = 6 };

static inline axis_counts counts_of(axis_form axis) {
  switch (axis) {
  case AXIS_SHORT: return (axis_counts){4, 4, 4, 4, 2};
  case AXIS_LONG: return (axis_counts){6, 6, 6, 6, 4};
  case AXIS_LONGEST: return (axis_counts){8, 8, 8, 8, 6};
  case AXIS_FINER: return (axis_counts){3, 4, 4, 5, 4};
  case AXIS_COARSER: return (axis_counts){5, 5, 4, 3, 2};
  }
}

/* What a filter's point is multiplied with, and the sum to which the product belongs. */
typedef struct {
  size_t point, sum;
} axis_product;

enum { MOST_PRODUCTS = 2 };

/* The products of a filter's point; returns how many. */
static inline size_t products_of(axis_form axis, size_t filter, axis_product out[MOST_PRODUCTS]) {
  static const axis_product finer[4][MOST_PRODUCTS] = {{{0, 0}, {1, 1}}, {{2, 2}}, {{1, 3}}, {{3, 4}}};
  static const axis_product coarser[4][MOST_PRODUCTS] = {{{0, 0}, {1, 2}}, {{2, 0}}, {{3, 1}}, {{4, 2}}};
  if (axis == AXIS_FINER || axis == AXIS_COARSER) {
    const axis_product *from = axis == AXIS_FINER ? finer[filter] : coarser[filter];
    out[0] = from[0], out[1] = from[1];
    return filter == 0 ? 2 : 1;
  }
  out[0] = (axis_product){filter, filter};
  return 1;
}

/* --- Filters --- */

/* The root of a half. */
#define ROOT 0.70710678f

/* A filter to its points: short at 0, 1, -1 and infinity; long at 0, at the roots of 1/2 and 2 and their negatives, and at
 * infinity, of six points those that lose least; longest at 0, 1, 2, 1/2, their negatives and infinity. With stride 2 the
 * middle tap, then the others at 0, 1 and infinity. */
WIDE_INLINE void filter_points(axis_form axis, const vector *g, size_t from, vector *to, size_t stride) {
  const vector a = g[0], b = g[from], c = g[2 * from];
  switch (axis) {
  case AXIS_SHORT: {
    const vector half = splat(0.5f), outer = mul(half, add(a, c));
    to[0] = a, to[stride] = fmadd(half, b, outer), to[2 * stride] = fnmadd(half, b, outer), to[3 * stride] = c;
    break;
  }
  case AXIS_LONG: {
    const vector near = mul(splat(-2 / 3.0f), fmadd(splat(0.5f), c, a));
    const vector far = mul(splat(1 / 6.0f), fmadd(splat(2), c, a));
    const vector near_odd = splat(-2 * ROOT / 3), far_odd = splat(2 * ROOT / 6);
    to[0] = a;
    to[stride] = fmadd(near_odd, b, near);
    to[2 * stride] = fnmadd(near_odd, b, near);
    to[3 * stride] = fmadd(far_odd, b, far);
    to[4 * stride] = fnmadd(far_odd, b, far);
    to[5 * stride] = c;
    break;
  }
  case AXIS_LONGEST: {
    const vector near = mul(splat(-2 / 9.0f), add(a, c)), near_odd = splat(-2 / 9.0f);
    const vector far = mul(splat(1 / 90.0f), fmadd(splat(4), c, a)), far_odd = splat(2 / 90.0f);
    const vector half = mul(splat(8 / 45.0f), fmadd(splat(4), a, c)), half_odd = splat(16 / 45.0f);
    to[0] = a;
    to[stride] = fmadd(near_odd, b, near);
    to[2 * stride] = fnmadd(near_odd, b, near);
    to[3 * stride] = fmadd(far_odd, b, far);
    to[4 * stride] = fnmadd(far_odd, b, far);
    to[5 * stride] = fmadd(half_odd, b, half);
    to[6 * stride] = fnmadd(half_odd, b, half);
    to[7 * stride] = c;
    break;
  }
  case AXIS_FINER: to[0] = b, to[stride] = c, to[2 * stride] = add(a, c), to[3 * stride] = a; break;
  case AXIS_COARSER: to[0] = b, to[stride] = a, to[2 * stride] = add(a, c), to[3 * stride] = c;
  }
}

/* --- Tiles --- */

/* Values of an axis, `from` vectors apart, to the points of its transform. */
WIDE_INLINE void tile_points(axis_form axis, const vector *d, size_t from, vector *to, size_t stride) {
  switch (axis) {
  case AXIS_SHORT: {
    TILE_POINTS(d[0], d[from], d[2 * from], d[3 * from], p, q, r, s);
    to[0] = p, to[stride] = q, to[2 * stride] = r, to[3 * stride] = s;
    break;
  }
  case AXIS_LONG: {
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
    break;
  }
  case AXIS_LONGEST: {
    const vector half = splat(0.5f), four = splat(4), five = splat(5), quarter = splat(0.25f);
    const vector outer = splat(5.25f), inner = splat(4.25f), between = splat(1.25f);
    const vector b = d[from], c = d[2 * from], e = d[3 * from], f = d[4 * from], g = d[5 * from], h = d[6 * from];
    const vector near = fnmadd(inner, f, add(c, h)), near_odd = fnmadd(inner, e, add(b, g));
    const vector far = fnmadd(between, f, fmadd(quarter, c, h)), far_odd = fmadd(four, g, fnmadd(five, e, b));
    const vector close = fnmadd(five, f, fmadd(four, c, h)), close_odd = fmadd(four, b, fnmadd(five, e, g));
    to[0] = fmadd(outer, sub(f, c), sub(d[0], h));
    to[stride] = add(near, near_odd);
    to[2 * stride] = sub(near, near_odd);
    to[3 * stride] = fmadd(half, far_odd, far);
    to[4 * stride] = fnmadd(half, far_odd, far);
    to[5 * stride] = fmadd(half, close_odd, close);
    to[6 * stride] = fnmadd(half, close_odd, close);
    to[7 * stride] = fmadd(outer, sub(e, g), sub(d[7 * from], b));
    break;
  }
  case AXIS_FINER:
    to[0] = d[0], to[stride] = d[from], to[2 * stride] = sub(d[0], d[from]);
    to[3 * stride] = sub(d[2 * from], d[from]);
    break;
  case AXIS_COARSER:
    to[0] = d[from], to[stride] = d[3 * from], to[2 * stride] = sub(d[0], d[2 * from]);
    to[3 * stride] = d[2 * from], to[4 * stride] = sub(d[4 * from], d[2 * from]);
  }
}

/* --- Results --- */

/* Sums of an axis, `from` vectors apart, to its results. */
WIDE_INLINE void axis_results(axis_form axis, const vector *m, size_t from, vector *to, size_t stride) {
  switch (axis) {
  case AXIS_SHORT: {
    RESULT_PAIR(m[0], m[from], m[2 * from], m[3 * from], p, q);
    to[0] = p, to[stride] = q;
    break;
  }
  case AXIS_LONG: {
    const vector near = add(m[from], m[2 * from]), near_odd = sub(m[from], m[2 * from]);
    const vector far = add(m[3 * from], m[4 * from]), far_odd = sub(m[3 * from], m[4 * from]);
    const vector two = splat(2), half = splat(0.5f), eight = splat(8);
    to[0] = add(m[0], add(near, far));
    to[stride] = mul(splat(ROOT), fmadd(two, far_odd, near_odd));
    to[2 * stride] = fmadd(two, far, mul(half, near));
    to[3 * stride] = fmadd(splat(ROOT / 2), fmadd(eight, far_odd, near_odd), m[5 * from]);
    break;
  }
  case AXIS_LONGEST: {
    const vector near = add(m[from], m[2 * from]), near_odd = sub(m[from], m[2 * from]);
    const vector far = add(m[3 * from], m[4 * from]), far_odd = sub(m[3 * from], m[4 * from]);
    const vector close = add(m[5 * from], m[6 * from]), close_odd = sub(m[5 * from], m[6 * from]);
    to[0] = add(add(m[0], near), add(far, close));
    to[stride] = fmadd(splat(2), far_odd, fmadd(splat(0.5f), close_odd, near_odd));
    to[2 * stride] = fmadd(splat(4), far, fmadd(splat(0.25f), close, near));
    to[3 * stride] = fmadd(splat(8), far_odd, fmadd(splat(0.125f), close_odd, near_odd));
    to[4 * stride] = fmadd(splat(16), far, fmadd(splat(0.0625f), close, near));
    to[5 * stride] = add(m[7 * from], fmadd(splat(32), far_odd, fmadd(splat(0.03125f), close_odd, near_odd)));
    break;
  }
  case AXIS_FINER:
    to[0] = m[0], to[stride] = add(m[2 * from], m[3 * from]);
    to[2 * stride] = m[from], to[3 * stride] = add(m[3 * from], m[4 * from]);
    break;
  case AXIS_COARSER: to[0] = add(m[0], m[from]), to[stride] = add(m[from], m[2 * from]);
  }
}

#endif

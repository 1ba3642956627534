#ifndef CVOX_CONVOLUTION_H
#define CVOX_CONVOLUTION_H

#include "../forms.h"
#include "vector.h"

/* What the forms of convolution share. Channels are in blocks of LANES. */

enum { TAPS = 3, WEIGHTS = TAPS * TAPS * TAPS };

static inline size_t blocks(size_t channels) { return (channels + LANES - 1) / LANES; }

/* Blocks of output channels at once, and places times these whose sums fill the vector registers; or some fewer, of which
 * places are multiples more often. */
enum { MOST_AT_ONCE = 3 };
#if LANES == 16
enum { PLACES = 14, PLACES_OF_3 = 9, FEW_PLACES = 8 };
static inline size_t blocks_at_once(size_t outputs) {
  return blocks(outputs) % 3 == 0 ? 3 : blocks(outputs) == 1 ? 1 : 2;
}
#else
enum { PLACES = 6, PLACES_OF_3 = 4, FEW_PLACES = 6 };
static inline size_t blocks_at_once(size_t outputs) { return blocks(outputs) == 1 ? 1 : 2; }
#endif
static inline size_t places_at_once(size_t outputs) { return blocks_at_once(outputs) == 3 ? PLACES_OF_3 : PLACES; }

/* --- Minimal filtering: F(2, 3) along every axis --- */

enum {
  POINTS = 4,  /* values of a tile along an axis: two results need four inputs of a filter of three */
  RESULTS = 2, /* results of a tile along an axis */
  TRANSFORMED = POINTS * POINTS * POINTS
};

static inline size_t tiles_along(const cvox_convolution *w, int axis) {
  return (w->output[axis] + RESULTS - 1) / RESULTS;
}

/* Writes a block's channels of one place, or adds them. */
WIDE_INLINE void write_lanes(const cvox_convolution *c, float *to, vector values) {
  if (c->adds)
    store(to, add(load(to), values));
  else if (c->streams)
    stream(to, values);
  else
    store(to, values);
}

/* Makes what was written past the caches visible to other threads. */
WIDE_INLINE void end_writing(const cvox_convolution *c) {
  if (c->streams) _mm_sfence();
}

/* Writes `count` floats, at most two vectors, those at even places and those at odd ones given apart. */
WIDE_INLINE void write_pair(vector even, vector odd, float *to, size_t count) {
  vector first, second;
  interleave(even, odd, &first, &second);
  if (count >= 2 * LANES) {
    store(to, first), store(to + LANES, second);
  } else {
    store_lanes(first_lanes(count), to, first);
    if (count > LANES) store_lanes(first_lanes(count - LANES), to + LANES, second);
  }
}

/* Four values of an axis to the points of its transform. */
#define TILE_POINTS(A, B, C, D, P, Q, R, S) \
  const vector P = sub(A, C);     \
  const vector Q = add(B, C);     \
  const vector R = sub(C, B);     \
  const vector S = sub(B, D)

/* The two results of an axis from its four points. */
#define RESULT_PAIR(A, B, C, D, P, Q)                     \
  const vector P = add(A, add(B, C)); \
  const vector Q = sub(B, add(C, D))

/* The eight results of a tile, or of LANES tiles, from 64 points that lie `point` floats apart: z, y and x at even and odd
 * places, x fastest. */
WIDE_INLINE void winograd_results(const float *m, size_t point, vector bias, vector out[8]) {
  vector planes[POINTS][4];
  for (size_t i = 0; i < POINTS; i++) {
    vector rows[POINTS][2];
    for (size_t j = 0; j < POINTS; j++) {
      const float *at = m + (i * 16 + j * 4) * point;
      const vector a = load(at), b = load(at + point);
      const vector c = load(at + 2 * point), d = load(at + 3 * point);
      RESULT_PAIR(a, b, c, d, p, q);
      rows[j][0] = p, rows[j][1] = q;
    }
    for (size_t k = 0; k < 2; k++) {
      RESULT_PAIR(rows[0][k], rows[1][k], rows[2][k], rows[3][k], p, q);
      planes[i][k] = p, planes[i][2 + k] = q;
    }
  }
  for (size_t k = 0; k < 4; k++) {
    RESULT_PAIR(planes[0][k], planes[1][k], planes[2][k], planes[3][k], p, q);
    out[k] = add(p, bias), out[4 + k] = add(q, bias);
  }
}

#endif

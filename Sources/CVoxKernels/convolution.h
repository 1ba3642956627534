#ifndef CVOX_CONVOLUTION_H
#define CVOX_CONVOLUTION_H

#include "CVoxKernels.h"
#include "wide.h"

/* --- Forms of convolution --- */

enum { TAPS = 3, WEIGHTS = TAPS * TAPS * TAPS };

typedef struct {
  size_t (*tasks)(const cvox_convolution *);
  size_t (*filter_size)(const cvox_convolution *);
  size_t (*task_size)(const cvox_convolution *);
  void (*filter)(const cvox_convolution *, const float *weights, size_t input, float *filter);
  void (*task)(
      const cvox_convolution *, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
      float *y);
} convolution_form;

extern const convolution_form winograd_blocks, winograd_rows, upsampling, downsampling, few_outputs, patches;

static inline size_t blocks(size_t channels) { return (channels + LANES - 1) / LANES; }

/* Blocks of output channels, and places times these, whose sums fill the vector registers. */
static inline size_t blocks_at_once(size_t outputs) {
  return blocks(outputs) % 3 == 0 ? 3 : blocks(outputs) == 1 ? 1 : 2;
}
static inline size_t places_at_once(size_t outputs) { return blocks_at_once(outputs) == 3 ? 9 : 14; }

/* --- Minimal filtering: F(2, 3) along every axis of a tile that is not long --- */

enum {
  POINTS = 4,  /* values of a tile along an axis: two results need four inputs of a filter of three */
  RESULTS = 2, /* results of a tile along an axis */
  TRANSFORMED = POINTS * POINTS * POINTS
};

static inline size_t tiles_along(const cvox_convolution *w, int axis) {
  return (w->output[axis] + RESULTS - 1) / RESULTS;
}

#if defined(__x86_64__)

/* Which lanes of two vectors, `half` rows of a square of 16 apart, become each of the two that a step of its
 * transposition makes of them. */
WIDE_INLINE void exchanged_lanes(int half, __m512i *first, __m512i *second) {
  int low[LANES], high[LANES];
  for (int i = 0; i < LANES; i++) {
    low[i] = i & half ? LANES + i - half : i;
    high[i] = i & half ? LANES + i : i + half;
  }
  *first = _mm512_loadu_si512(low), *second = _mm512_loadu_si512(high);
}

/* Writes a block's channels of one place, or adds them. */
WIDE_INLINE void write_lanes(const cvox_convolution *c, float *to, __m512 lanes) {
  if (c->adds)
    _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), lanes));
  else if (c->streams)
    _mm512_stream_ps(to, lanes);
  else
    _mm512_storeu_ps(to, lanes);
}

/* Makes what was written past the caches visible to other threads. */
WIDE_INLINE void end_writing(const cvox_convolution *c) {
  if (c->streams) _mm_sfence();
}

/* A square of 16 vectors to the transposed one. */
WIDE_INLINE void transpose(__m512 rows[LANES]) {
  UNROLLED for (int half = 8; half > 0; half /= 2) {
    __m512i first, second;
    exchanged_lanes(half, &first, &second);
    UNROLLED for (int i = 0; i < LANES; i++) {
      if (i & half) continue;
      const __m512 a = rows[i], b = rows[i + half];
      rows[i] = _mm512_permutex2var_ps(a, first, b);
      rows[i + half] = _mm512_permutex2var_ps(a, second, b);
    }
  }
}

/* Writes `count` floats, at most 32, those at even places and those at odd ones given apart. */
WIDE_INLINE void write_pair(__m512 even, __m512 odd, float *to, size_t count) {
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const __mmask16 first = count >= LANES ? 0xffff : (__mmask16)((1u << count) - 1);
  const size_t rest = count > LANES ? count - LANES : 0;
  const __mmask16 second = rest >= LANES ? 0xffff : (__mmask16)((1u << rest) - 1);
  _mm512_mask_storeu_ps(to, first, _mm512_permutex2var_ps(even, low, odd));
  _mm512_mask_storeu_ps(to + LANES, second, _mm512_permutex2var_ps(even, high, odd));
}

/* Four values of an axis to the points of its transform. */
#define TILE_POINTS(A, B, C, D, P, Q, R, S) \
  const __m512 P = _mm512_sub_ps(A, C);     \
  const __m512 Q = _mm512_add_ps(B, C);     \
  const __m512 R = _mm512_sub_ps(C, B);     \
  const __m512 S = _mm512_sub_ps(B, D)

/* The two results of an axis from its four points. */
#define RESULT_PAIR(A, B, C, D, P, Q)                     \
  const __m512 P = _mm512_add_ps(A, _mm512_add_ps(B, C)); \
  const __m512 Q = _mm512_sub_ps(B, _mm512_add_ps(C, D))

/* The eight results of a tile, or of 16 tiles, from 64 points that lie `point` floats apart: z, y and x at even and odd
 * places, x fastest. */
WIDE_INLINE void winograd_results(const float *m, size_t point, __m512 bias, __m512 out[8]) {
  __m512 planes[POINTS][4];
  for (size_t i = 0; i < POINTS; i++) {
    __m512 rows[POINTS][2];
    for (size_t j = 0; j < POINTS; j++) {
      const float *at = m + (i * 16 + j * 4) * point;
      const __m512 a = _mm512_loadu_ps(at), b = _mm512_loadu_ps(at + point);
      const __m512 c = _mm512_loadu_ps(at + 2 * point), d = _mm512_loadu_ps(at + 3 * point);
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
    out[k] = _mm512_add_ps(p, bias), out[4 + k] = _mm512_add_ps(q, bias);
  }
}

#endif

#endif

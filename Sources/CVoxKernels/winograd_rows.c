#include "convolution.h"

#if defined(__x86_64__)

enum {
  MOST_TOGETHER = 12, /* output channels that are summed up at once */
  MOST_INPUTS = CVOX_MOST_CHANNELS_OF_ROWS
};

/* --- Sizes --- */

/* Vectors of tiles along a row. */
static size_t vectors(const cvox_convolution *w) { return (tiles_along(w, 2) + LANES - 1) / LANES; }

static size_t tasks(const cvox_convolution *w) { return tiles_along(w, 0) * tiles_along(w, 1); }

static size_t filter_size(const cvox_convolution *w) { return TRANSFORMED * w->inputs * w->outputs; }

static size_t task_size(const cvox_convolution *w) { return TRANSFORMED * LANES * (w->inputs + w->outputs); }

/* --- Filters --- */

static void filter_points(const float *from, size_t stride, float *to, size_t apart) {
  const float a = from[0], b = from[stride], c = from[2 * stride];
  to[0] = a;
  to[apart] = 0.5f * (a + c + b);
  to[2 * apart] = 0.5f * (a + c - b);
  to[3 * apart] = c;
}

static void transform_filter(const cvox_convolution *w, const float *weights, size_t input, float *filter) {
  for (size_t output = 0; output < w->outputs; output++) {
    const size_t which = w->reversed ? input * w->outputs + output : output * w->inputs + input;
    float g[WEIGHTS], x[TAPS * TAPS * POINTS], y[TAPS * POINTS * POINTS], z[TRANSFORMED];
    for (size_t i = 0; i < WEIGHTS; i++) g[i] = weights[which * WEIGHTS + (w->reversed ? WEIGHTS - 1 - i : i)];
    for (size_t i = 0; i < TAPS * TAPS; i++) filter_points(g + 3 * i, 1, x + 4 * i, 1);
    for (size_t i = 0; i < TAPS; i++)
      for (size_t k = 0; k < POINTS; k++) filter_points(x + 12 * i + k, 4, y + 16 * i + k, 4);
    for (size_t k = 0; k < POINTS * POINTS; k++) filter_points(y + k, 16, z + k, 16);
    for (size_t f = 0; f < TRANSFORMED; f++) filter[(f * w->inputs + input) * w->outputs + output] = z[f];
  }
}

/* --- Tiles --- */

/* A row of the input seen as tiles: which of its elements each load may touch. */
typedef struct {
  int64_t start; /* of the first tile */
  __mmask16 masks[4];
} stretch;

/* Offsets of the loads from the start of a stretch: even and odd elements of two pairs of them are a tile's values. */
static const int64_t OFFSETS[4] = {0, 16, 2, 18};

static stretch stretch_of(const cvox_convolution *w, size_t vector) {
  stretch s = {(int64_t)(vector * LANES * RESULTS) - (int64_t)w->pad[2], {0}};
  for (int i = 0; i < 4; i++)
    for (int lane = 0; lane < LANES; lane++) {
      const int64_t at = s.start + OFFSETS[i] + lane;
      if (at >= 0 && at < (int64_t)w->input[2]) s.masks[i] |= (__mmask16)(1u << lane);
    }
  return s;
}

/* The points along the fastest axis of 16 tiles of a row; gathers in `any` whether they are zero. */
WIDE_INLINE void transform_row(const float *row, const stretch *s, __m512i *any, __m512 out[POINTS]) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  __m512 part[4];
  for (int i = 0; i < 4; i++) {
    part[i] = _mm512_maskz_loadu_ps(s->masks[i], row + s->start + OFFSETS[i]);
    *any = _mm512_or_si512(*any, _mm512_castps_si512(part[i]));
  }
  const __m512 a = _mm512_permutex2var_ps(part[0], even, part[1]), b = _mm512_permutex2var_ps(part[0], odd, part[1]);
  const __m512 c = _mm512_permutex2var_ps(part[2], even, part[3]), d = _mm512_permutex2var_ps(part[2], odd, part[3]);
  TILE_POINTS(a, b, c, d, p, q, r, t);
  out[0] = p, out[1] = q, out[2] = r, out[3] = t;
}

/* 16 tiles of one channel to v, [64, inputs, 16]; false, and nothing written, where they are zero. */
WIDE_INLINE bool transform_tiles(
    const cvox_convolution *w, const float *channel, size_t z, size_t y, const stretch *s, float *v, size_t point) {
  __m512 rows[POINTS * POINTS][POINTS];
  __m512i any = _mm512_setzero_si512();
  for (size_t i = 0; i < POINTS; i++)
    for (size_t j = 0; j < POINTS; j++) {
      const int64_t at_z = (int64_t)(RESULTS * z + i) - (int64_t)w->pad[0];
      const int64_t at_y = (int64_t)(RESULTS * y + j) - (int64_t)w->pad[1];
      __m512 *points = rows[i * POINTS + j];
      if (at_z >= 0 && at_z < (int64_t)w->input[0] && at_y >= 0 && at_y < (int64_t)w->input[1])
        transform_row(channel + ((size_t)at_z * w->input[1] + (size_t)at_y) * w->input[2], s, &any, points);
      else
        points[0] = points[1] = points[2] = points[3] = _mm512_setzero_ps();
    }
  if (_mm512_test_epi32_mask(any, any) == 0) return false;
  for (size_t k = 0; k < POINTS; k++) {
    __m512 d[POINTS][POINTS];
    for (size_t i = 0; i < POINTS; i++) {
      TILE_POINTS(rows[4 * i][k], rows[4 * i + 1][k], rows[4 * i + 2][k], rows[4 * i + 3][k], p, q, r, t);
      d[i][0] = p, d[i][1] = q, d[i][2] = r, d[i][3] = t;
    }
    for (size_t j = 0; j < POINTS; j++) {
      TILE_POINTS(d[0][j], d[1][j], d[2][j], d[3][j], p, q, r, t);
      float *to = v + (j * 4 + k) * point;
      _mm512_storeu_ps(to, p);
      _mm512_storeu_ps(to + 16 * point, q);
      _mm512_storeu_ps(to + 32 * point, r);
      _mm512_storeu_ps(to + 48 * point, t);
    }
  }
  return true;
}

/* --- Products --- */

/* Channels of the input that are not zero. */
typedef struct {
  size_t count;
  uint16_t channels[MOST_INPUTS];
} active;

/* Some output channels of 16 tiles at one point, summed over those channels. */
#define PRODUCT(COUNT)                                                                                    \
  WIDE static void product_##COUNT(                                                                       \
      const float *v, const active *inputs, const float *u, size_t outputs, float *m) {                   \
    __m512 sum[COUNT];                                                                                    \
    UNROLLED for (int i = 0; i < (COUNT); i++) sum[i] = _mm512_setzero_ps();                              \
    for (size_t n = 0; n < inputs->count; n++) {                                                          \
      const __m512 values = _mm512_loadu_ps(v + n * LANES);                                               \
      const float *weights = u + inputs->channels[n] * outputs;                                           \
      UNROLLED for (int i = 0; i < (COUNT); i++) sum[i] =                                                 \
          _mm512_fmadd_ps(_mm512_set1_ps(weights[i]), values, sum[i]);                                    \
    }                                                                                                     \
    UNROLLED for (int i = 0; i < (COUNT); i++) _mm512_storeu_ps(m + i * LANES, sum[i]);                   \
  }

PRODUCT(1)
PRODUCT(2)
PRODUCT(3)
PRODUCT(4)
PRODUCT(5)
PRODUCT(6)
PRODUCT(7)
PRODUCT(8)
PRODUCT(9)
PRODUCT(10)
PRODUCT(11)
PRODUCT(12)

static void (*const PRODUCTS[])(const float *, const active *, const float *, size_t, float *) = {
    product_1, product_2, product_3, product_4,  product_5,  product_6,
    product_7, product_8, product_9, product_10, product_11, product_12,
};

static void multiply(
    const cvox_convolution *w, const float *v, const active *inputs, const float *filter, float *m) {
  const size_t groups = (w->outputs + MOST_TOGETHER - 1) / MOST_TOGETHER;
  for (size_t f = 0; f < TRANSFORMED; f++)
    for (size_t group = 0; group < groups; group++) {
      const size_t first = group * w->outputs / groups, end = (group + 1) * w->outputs / groups;
      PRODUCTS[end - first - 1](
          v + f * w->inputs * LANES, inputs, filter + f * w->inputs * w->outputs + first, w->outputs,
          m + (f * w->outputs + first) * LANES);
    }
}

/* --- Results --- */

/* The results of 16 tiles of one channel from m, [64, outputs, 16]. */
WIDE_INLINE void write_results(
    const cvox_convolution *w, const float *m, size_t point, float bias, size_t z, size_t y, size_t vector,
    float *channel) {
  __m512 out[8];
  winograd_results(m, point, _mm512_set1_ps(bias), out);
  const size_t start = vector * LANES * RESULTS, left = w->output[2] - start;
  for (size_t i = 0; i < RESULTS; i++)
    for (size_t j = 0; j < RESULTS; j++) {
      const size_t at_z = RESULTS * z + i, at_y = RESULTS * y + j;
      if (at_z >= w->output[0] || at_y >= w->output[1]) continue;
      float *to = channel + (at_z * w->output[1] + at_y) * w->output[2] + start;
      write_pair(out[4 * i + 2 * j], out[4 * i + 2 * j + 1], to, left);
    }
}

WIDE static void run(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  const size_t z = task / tiles_along(w, 1), row = task % tiles_along(w, 1);
  const size_t in = w->input[0] * w->input[1] * w->input[2], out = w->output[0] * w->output[1] * w->output[2];
  float *v = scratch, *m = scratch + TRANSFORMED * LANES * w->inputs;
  for (size_t vector = 0; vector < vectors(w); vector++) {
    const stretch s = stretch_of(w, vector);
    /* The cotangent of one class is zero in all other channels, and in its own beyond the organ. */
    active inputs = {0};
    for (size_t i = 0; i < w->inputs; i++)
      if (transform_tiles(w, x + i * in, z, row, &s, v + inputs.count * LANES, w->inputs * LANES))
        inputs.channels[inputs.count++] = (uint16_t)i;
    multiply(w, v, &inputs, filter, m);
    for (size_t o = 0; o < w->outputs; o++)
      write_results(w, m + o * LANES, w->outputs * LANES, bias ? bias[o] : 0, z, row, vector, y + o * out);
  }
}

const convolution_form winograd_rows = {tasks, filter_size, task_size, transform_filter, run};

#else

const convolution_form winograd_rows;

#endif

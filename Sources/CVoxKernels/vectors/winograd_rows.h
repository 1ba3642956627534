#include "convolution.h"

enum {
  VECTORS = 16 / LANES,         /* of tiles along a row that are worked on at once */
  CHUNK = VECTORS * LANES,      /* as many tiles */
  MOST_TOGETHER = 12 / VECTORS, /* output channels that are summed up at once */
  MOST_INPUTS = CVOX_MOST_CHANNELS_OF_ROWS
};

/* --- Sizes --- */

/* Chunks of tiles along a row. */
static size_t chunks(const cvox_convolution *w) { return (tiles_along(w, 2) + CHUNK - 1) / CHUNK; }

static size_t tasks(const cvox_convolution *w) { return tiles_along(w, 0) * tiles_along(w, 1); }

static size_t filter_size(const cvox_convolution *w) { return TRANSFORMED * w->inputs * w->outputs; }

static size_t task_size(const cvox_convolution *w) { return TRANSFORMED * CHUNK * (w->inputs + w->outputs); }

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
  lanes touched[4];
} stretch;

/* Offsets of the loads from the start of a stretch: even and odd elements of two pairs of them are a tile's values. */
static const int64_t OFFSETS[4] = {0, LANES, 2, LANES + 2};

WIDE static stretch stretch_of(const cvox_convolution *w, size_t tile) {
  stretch s = {.start = (int64_t)(tile * RESULTS) - (int64_t)w->pad[2]};
  for (int i = 0; i < 4; i++) {
    uint32_t bits = 0;
    for (int lane = 0; lane < LANES; lane++) {
      const int64_t at = s.start + OFFSETS[i] + lane;
      if (at >= 0 && at < (int64_t)w->input[2]) bits |= 1u << lane;
    }
    s.touched[i] = lanes_of_bits(bits);
  }
  return s;
}

/* The points along the fastest axis of LANES tiles of a row; gathers in `any` whether they are zero. */
WIDE_INLINE void transform_row(const float *row, const stretch *s, vector *any, vector out[POINTS]) {
  vector read[4], a, b, c, d;
  for (int i = 0; i < 4; i++) {
    read[i] = load_lanes(s->touched[i], row + s->start + OFFSETS[i]);
    *any = either(*any, read[i]);
  }
  part(read[0], read[1], &a, &b);
  part(read[2], read[3], &c, &d);
  TILE_POINTS(a, b, c, d, p, q, r, t);
  out[0] = p, out[1] = q, out[2] = r, out[3] = t;
}

/* LANES tiles of one channel to v, [64, inputs, CHUNK]; false, and nothing written, where they are zero. */
WIDE_INLINE bool transform_tiles(
    const cvox_convolution *w, const float *channel, size_t z, size_t y, const stretch *s, float *v, size_t point) {
  vector rows[POINTS * POINTS][POINTS];
  vector any = zero();
  for (size_t i = 0; i < POINTS; i++)
    for (size_t j = 0; j < POINTS; j++) {
      const int64_t at_z = (int64_t)(RESULTS * z + i) - (int64_t)w->pad[0];
      const int64_t at_y = (int64_t)(RESULTS * y + j) - (int64_t)w->pad[1];
      vector *points = rows[i * POINTS + j];
      if (at_z >= 0 && at_z < (int64_t)w->input[0] && at_y >= 0 && at_y < (int64_t)w->input[1])
        transform_row(channel + ((size_t)at_z * w->input[1] + (size_t)at_y) * w->input[2], s, &any, points);
      else
        points[0] = points[1] = points[2] = points[3] = zero();
    }
  if (!has_bits(any)) return false;
  for (size_t k = 0; k < POINTS; k++) {
    vector d[POINTS][POINTS];
    for (size_t i = 0; i < POINTS; i++) {
      TILE_POINTS(rows[4 * i][k], rows[4 * i + 1][k], rows[4 * i + 2][k], rows[4 * i + 3][k], p, q, r, t);
      d[i][0] = p, d[i][1] = q, d[i][2] = r, d[i][3] = t;
    }
    for (size_t j = 0; j < POINTS; j++) {
      TILE_POINTS(d[0][j], d[1][j], d[2][j], d[3][j], p, q, r, t);
      float *to = v + (j * 4 + k) * point;
      store(to, p);
      store(to + 16 * point, q);
      store(to + 32 * point, r);
      store(to + 48 * point, t);
    }
  }
  return true;
}

/* All tiles of a chunk of one channel; false, where they are zero. */
WIDE_INLINE bool transform_chunk(
    const cvox_convolution *w, const float *channel, size_t z, size_t y, const stretch s[VECTORS], float *v) {
  const size_t point = w->inputs * CHUNK;
  bool has_values[VECTORS], any = false;
  for (size_t i = 0; i < VECTORS; i++) {
    has_values[i] = transform_tiles(w, channel, z, y, s + i, v + i * LANES, point);
    any = any || has_values[i];
  }
  for (size_t i = 0; any && i < VECTORS; i++)
    for (size_t f = 0; !has_values[i] && f < TRANSFORMED; f++) store(v + f * point + i * LANES, zero());
  return any;
}

/* --- Products --- */

/* Channels of the input that are not zero. */
typedef struct {
  size_t count;
  uint16_t channels[MOST_INPUTS];
} active;

/* Some output channels of a chunk at one point, summed over those channels. */
#define PRODUCT(COUNT)                                                                                    \
  WIDE static void product_##COUNT(                                                                       \
      const float *v, const active *inputs, const float *u, size_t outputs, float *m) {                   \
    vector sum[COUNT][VECTORS];                                                                           \
    UNROLLED for (int i = 0; i < (COUNT); i++)                                                            \
        UNROLLED for (int j = 0; j < VECTORS; j++) sum[i][j] = zero();                                    \
    for (size_t n = 0; n < inputs->count; n++) {                                                          \
      vector values[VECTORS];                                                                             \
      UNROLLED for (int j = 0; j < VECTORS; j++) values[j] = load(v + n * CHUNK + j * LANES);             \
      const float *weights = u + inputs->channels[n] * outputs;                                           \
      UNROLLED for (int i = 0; i < (COUNT); i++) {                                                        \
        const vector weight = splat(weights[i]);                                                          \
        UNROLLED for (int j = 0; j < VECTORS; j++) sum[i][j] = fmadd(weight, values[j], sum[i][j]);       \
      }                                                                                                   \
    }                                                                                                     \
    UNROLLED for (int i = 0; i < (COUNT); i++)                                                            \
        UNROLLED for (int j = 0; j < VECTORS; j++) store(m + i * CHUNK + j * LANES, sum[i][j]);           \
  }

PRODUCT(1)
PRODUCT(2)
PRODUCT(3)
PRODUCT(4)
PRODUCT(5)
PRODUCT(6)
#if LANES == 16
PRODUCT(7)
PRODUCT(8)
PRODUCT(9)
PRODUCT(10)
PRODUCT(11)
PRODUCT(12)
#endif

static void (*const PRODUCTS[])(const float *, const active *, const float *, size_t, float *) = {
    product_1, product_2, product_3, product_4,  product_5,  product_6,
#if LANES == 16
    product_7, product_8, product_9, product_10, product_11, product_12,
#endif
};

static void multiply(
    const cvox_convolution *w, const float *v, const active *inputs, const float *filter, float *m) {
  const size_t groups = (w->outputs + MOST_TOGETHER - 1) / MOST_TOGETHER;
  for (size_t f = 0; f < TRANSFORMED; f++)
    for (size_t group = 0; group < groups; group++) {
      const size_t first = group * w->outputs / groups, end = (group + 1) * w->outputs / groups;
      PRODUCTS[end - first - 1](
          v + f * w->inputs * CHUNK, inputs, filter + f * w->inputs * w->outputs + first, w->outputs,
          m + (f * w->outputs + first) * CHUNK);
    }
}

/* --- Results --- */

/* The results of LANES tiles of one channel, from `tile` on, from m, [64, outputs, CHUNK]. */
WIDE_INLINE void write_results(
    const cvox_convolution *w, const float *m, size_t point, float bias, size_t z, size_t y, size_t tile,
    float *channel) {
  vector out[8];
  winograd_results(m, point, splat(bias), out);
  const size_t start = tile * RESULTS, left = w->output[2] - start;
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
  float *v = scratch, *m = scratch + TRANSFORMED * CHUNK * w->inputs;
  for (size_t chunk = 0; chunk < chunks(w); chunk++) {
    stretch s[VECTORS];
    for (size_t i = 0; i < VECTORS; i++) s[i] = stretch_of(w, chunk * CHUNK + i * LANES);
    /* The cotangent of one class is zero in all other channels, and in its own beyond the organ. */
    active inputs = {0};
    for (size_t i = 0; i < w->inputs; i++)
      if (transform_chunk(w, x + i * in, z, row, s, v + inputs.count * CHUNK))
        inputs.channels[inputs.count++] = (uint16_t)i;
    multiply(w, v, &inputs, filter, m);
    for (size_t o = 0; o < w->outputs; o++)
      for (size_t i = 0; i < VECTORS && chunk * CHUNK + i * LANES < tiles_along(w, 2); i++)
        write_results(
            w, m + o * CHUNK + i * LANES, w->outputs * CHUNK, bias ? bias[o] : 0, z, row, chunk * CHUNK + i * LANES,
            y + o * out);
  }
}

const convolution_form OF_WIDTH(winograd_rows) = {tasks, filter_size, task_size, transform_filter, run};

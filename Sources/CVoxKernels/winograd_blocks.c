#include "convolution.h"

#include <string.h>

#if defined(__x86_64__)

/* --- Sizes --- */

/* Blocks of output channels that are multiplied at once, and tiles: together they fill the vector registers. */
static size_t width(const cvox_convolution *w) {
  const size_t all = blocks(w->outputs);
  return all % 3 == 0 ? 3 : all == 1 ? 1 : 2;
}

static size_t tile_count(const cvox_convolution *w) {
  return tiles_along(w, 0) * tiles_along(w, 1) * tiles_along(w, 2);
}

static size_t height(const cvox_convolution *w) { return width(w) == 3 ? 9 : 14; }

/* Tiles of a task: their transforms and products stay in a core's cache where channels are few. */
static size_t batch(const cvox_convolution *w) {
  const size_t rows = height(w);
  return tile_count(w) >= 4 * rows * w->threads ? 2 * rows : rows;
}

static size_t tasks(const cvox_convolution *w) { return (tile_count(w) + batch(w) - 1) / batch(w); }

/* Values between the same place of two transformed points; a cache line more than needed, so that points do not all
 * fall into the same set of a cache. */
static size_t step(const cvox_convolution *w, size_t channels) { return (blocks(channels) * batch(w) + 1) * LANES; }

static size_t filter_size(const cvox_convolution *w) {
  return TRANSFORMED * w->inputs * blocks(w->outputs) * LANES;
}

static size_t task_size(const cvox_convolution *w) {
  return TRANSFORMED * (step(w, w->inputs) + step(w, w->outputs));
}

/* --- Filters --- */

/* Makes four values of three: the filter at 0, 1, -1 and infinity. */
WIDE_INLINE void filter_points(__m512 a, __m512 b, __m512 c, __m512 *to, size_t stride) {
  const __m512 half = _mm512_set1_ps(0.5f);
  const __m512 outer = _mm512_add_ps(a, c);
  to[0] = a;
  to[stride] = _mm512_mul_ps(half, _mm512_add_ps(outer, b));
  to[2 * stride] = _mm512_mul_ps(half, _mm512_sub_ps(outer, b));
  to[3 * stride] = c;
}

WIDE static void transform_filter(const cvox_convolution *w, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(w->outputs), group = width(w), point = w->inputs * all * LANES;
  for (size_t block = 0; block < all; block++) {
    const size_t first = block / group * group, together = all - first < group ? all - first : group;
    float *to = filter + (first * w->inputs + input * together + block - first) * LANES;
    const size_t which = w->reversed ? input * all + block : block * w->inputs + input;
    const float *from = weights + which * WEIGHTS * LANES;
    __m512 g[WEIGHTS], x[TAPS * TAPS * POINTS], y[TAPS * POINTS * POINTS], z[TRANSFORMED];
    for (size_t i = 0; i < WEIGHTS; i++)
      g[i] = _mm512_loadu_ps(from + (w->reversed ? WEIGHTS - 1 - i : i) * LANES);
    for (size_t i = 0; i < TAPS * TAPS; i++) filter_points(g[3 * i], g[3 * i + 1], g[3 * i + 2], x + 4 * i, 1);
    for (size_t i = 0; i < TAPS; i++)
      for (size_t j = 0; j < POINTS; j++)
        filter_points(x[12 * i + j], x[12 * i + 4 + j], x[12 * i + 8 + j], y + 16 * i + j, 4);
    for (size_t i = 0; i < POINTS * POINTS; i++) filter_points(y[i], y[16 + i], y[32 + i], z + i, 16);
    for (size_t f = 0; f < TRANSFORMED; f++) _mm512_storeu_ps(to + f * point, z[f]);
  }
}

/* --- Tiles --- */

/* A tile [4, 4, 4] of lanes, values `z`, `y` and 16 floats apart, to 64 points, `point` floats apart. */
WIDE_INLINE void transform_tile(const float *from, size_t z, size_t y, float *to, size_t point) {
  for (size_t i = 0; i < POINTS; i++) {
    /* The point of the slowest axis is a sum or difference of two planes. */
    const float *a = from + (i == 0 ? 0 : i == 2 ? 2 : 1) * z;
    const float *b = from + (i == 0 || i == 1 ? 2 : i == 2 ? 1 : 3) * z;
    const __m512 sign = _mm512_set1_ps(i == 1 ? 1.0f : -1.0f);
    __m512 d[POINTS][POINTS];
    for (size_t j = 0; j < POINTS; j++)
      for (size_t k = 0; k < POINTS; k++)
        d[j][k] = _mm512_fmadd_ps(
            sign, _mm512_loadu_ps(b + j * y + k * LANES), _mm512_loadu_ps(a + j * y + k * LANES));
    for (size_t k = 0; k < POINTS; k++) {
      TILE_POINTS(d[0][k], d[1][k], d[2][k], d[3][k], p, q, r, s);
      d[0][k] = p, d[1][k] = q, d[2][k] = r, d[3][k] = s;
    }
    for (size_t j = 0; j < POINTS; j++) {
      TILE_POINTS(d[j][0], d[j][1], d[j][2], d[j][3], p, q, r, s);
      float *row = to + (i * 16 + j * 4) * point;
      _mm512_storeu_ps(row, p);
      _mm512_storeu_ps(row + point, q);
      _mm512_storeu_ps(row + 2 * point, r);
      _mm512_storeu_ps(row + 3 * point, s);
    }
  }
}

/* Where a tile lies. */
typedef struct {
  size_t at[3];
} place;

static place place_of(const cvox_convolution *w, size_t tile) {
  const size_t x = tiles_along(w, 2), y = tiles_along(w, 1);
  return (place){{tile / x / y, tile / x % y, tile % x}};
}

/* A tile that reaches beyond the input: what lies outside is zero. */
static void gather_tile(const cvox_convolution *w, const float *x, const int64_t *first, float *tile) {
  int64_t from[3], to[3];
  for (int axis = 0; axis < 3; axis++) {
    const int64_t left = (int64_t)w->input[axis] - first[axis];
    from[axis] = first[axis] < 0 ? -first[axis] : 0;
    to[axis] = left < POINTS ? left : POINTS;
  }
  memset(tile, 0, TRANSFORMED * LANES * sizeof *tile);
  if (from[2] >= to[2]) return;
  for (int64_t i = from[0]; i < to[0]; i++)
    for (int64_t j = from[1]; j < to[1]; j++) {
      const int64_t row = (first[0] + i) * (int64_t)w->input[1] + first[1] + j;
      const int64_t start = row * (int64_t)w->input[2] + first[2] + from[2];
      memcpy(
          tile + (i * 16 + j * 4 + from[2]) * LANES, x + start * LANES,
          (size_t)(to[2] - from[2]) * LANES * sizeof *tile);
    }
}

WIDE static void transform_tiles(const cvox_convolution *w, const float *x, size_t first, size_t count, float *v) {
  const size_t plane = w->input[1] * w->input[2], volume = w->input[0] * plane * LANES;
  const size_t point = step(w, w->inputs), tiles = batch(w);
  for (size_t t = 0; t < count; t++) {
    const place p = place_of(w, first + t);
    int64_t from[3];
    bool inside = true;
    for (int axis = 0; axis < 3; axis++) {
      from[axis] = (int64_t)(RESULTS * p.at[axis]) - (int64_t)w->pad[axis];
      inside = inside && from[axis] >= 0 && from[axis] + POINTS <= (int64_t)w->input[axis];
    }
    for (size_t block = 0; block < blocks(w->inputs); block++) {
      const float *channels = x + block * volume;
      float *to = v + (block * tiles + t) * LANES;
      if (inside) {
        const size_t start = ((size_t)from[0] * plane + (size_t)from[1] * w->input[2] + (size_t)from[2]) * LANES;
        transform_tile(channels + start, plane * LANES, w->input[2] * LANES, to, point);
      } else {
        float tile[TRANSFORMED * LANES];
        gather_tile(w, channels, from, tile);
        transform_tile(tile, 16 * LANES, 4 * LANES, to, point);
      }
    }
  }
}

/* --- Products --- */

/* HEIGHT tiles times WIDTH blocks of output channels at one point, summed over all input channels. */
#define PRODUCT(NAME, HEIGHT, WIDTH)                                                                       \
  WIDE static void NAME(                                                                                   \
      const float *v, size_t inputs, size_t v_step, const float *u, float *m, size_t m_step) {             \
    __m512 sum[HEIGHT][WIDTH];                                                                             \
    UNROLLED for (int i = 0; i < (HEIGHT); i++)                                                            \
        UNROLLED for (int j = 0; j < (WIDTH); j++) sum[i][j] = _mm512_setzero_ps();                        \
    for (size_t first = 0; first < inputs; first += LANES, v += v_step)                                    \
      for (size_t lane = 0; lane < LANES && first + lane < inputs; lane++, u += (WIDTH) * LANES) {         \
        __m512 row[WIDTH];                                                                                 \
        UNROLLED for (int j = 0; j < (WIDTH); j++) row[j] = _mm512_loadu_ps(u + j * LANES);                \
        UNROLLED for (int i = 0; i < (HEIGHT); i++) {                                                      \
          const __m512 one = _mm512_set1_ps(v[i * LANES + (int)lane]);                                     \
          UNROLLED for (int j = 0; j < (WIDTH); j++) sum[i][j] = _mm512_fmadd_ps(one, row[j], sum[i][j]);  \
        }                                                                                                  \
      }                                                                                                    \
    UNROLLED for (int j = 0; j < (WIDTH); j++)                                                             \
        UNROLLED for (int i = 0; i < (HEIGHT); i++)                                                        \
            _mm512_storeu_ps(m + (size_t)j * m_step + i * LANES, sum[i][j]);                               \
  }

PRODUCT(product_14x1, 14, 1)
PRODUCT(product_14x2, 14, 2)
PRODUCT(product_9x3, 9, 3)

static void multiply(const cvox_convolution *w, const float *v, const float *filter, float *m) {
  const size_t out = blocks(w->outputs), group = width(w), rows = height(w);
  const size_t column = batch(w) * LANES, v_point = step(w, w->inputs), m_point = step(w, w->outputs);
  for (size_t f = 0; f < TRANSFORMED; f++)
    for (size_t first = 0; first < out; first += group) {
      const size_t together = out - first < group ? out - first : group;
      const float *u = filter + (f * out + first) * w->inputs * LANES;
      for (size_t tile = 0; tile < batch(w); tile += rows) {
        const float *from = v + f * v_point + tile * LANES;
        float *to = m + f * m_point + first * column + tile * LANES;
        if (together == 3)
          product_9x3(from, w->inputs, column, u, to, column);
        else if (together == 2)
          product_14x2(from, w->inputs, column, u, to, column);
        else
          product_14x1(from, w->inputs, column, u, to, column);
      }
    }
}

/* --- Results --- */

WIDE static void write_results(
    const cvox_convolution *w, const float *m, const float *bias, size_t first, size_t count, float *y) {
  const size_t row = w->output[2], plane = w->output[1] * row, volume = w->output[0] * plane;
  const size_t point = step(w, w->outputs), tiles = batch(w);
  for (size_t block = 0; block < blocks(w->outputs); block++) {
    const __m512 b = bias ? _mm512_loadu_ps(bias + block * LANES) : _mm512_setzero_ps();
    for (size_t t = 0; t < count; t++) {
      const place p = place_of(w, first + t);
      __m512 out[8];
      winograd_results(m + (block * tiles + t) * LANES, point, b, out);
      for (size_t i = 0; i < 8; i++) {
        const size_t at[3] = {2 * p.at[0] + i / 4, 2 * p.at[1] + i / 2 % 2, 2 * p.at[2] + i % 2};
        if (at[0] >= w->output[0] || at[1] >= w->output[1] || at[2] >= row) continue;
        _mm512_storeu_ps(y + (block * volume + at[0] * plane + at[1] * row + at[2]) * LANES, out[i]);
      }
    }
  }
}

static void run(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  float *v = scratch, *m = scratch + TRANSFORMED * step(w, w->inputs);
  const size_t first = task * batch(w), left = tile_count(w) - first;
  const size_t count = left < batch(w) ? left : batch(w);
  transform_tiles(w, x, first, count, v);
  multiply(w, v, filter, m);
  write_results(w, m, bias, first, count, y);
}

const convolution_form winograd_blocks = {tasks, filter_size, task_size, transform_filter, run};

#else

const convolution_form winograd_blocks;

#endif

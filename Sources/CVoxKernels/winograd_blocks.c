#include "convolution.h"

#include <string.h>

#if defined(__x86_64__)

/* --- Sizes --- */

/* Along rows a tile has two results, or four: F(4, 3) multiplies a quarter less again. */
enum { LONG_POINTS = 6, LONG_RESULTS = 4 };

static bool is_long(const cvox_convolution *w) { return w->form == CVOX_WINOGRAD_LONG_BLOCKS; }

/* Tiles along rows. */
static size_t row_tiles(const cvox_convolution *w) {
  return is_long(w) ? (w->output[2] + LONG_RESULTS - 1) / LONG_RESULTS : tiles_along(w, 2);
}

/* Values of a transformed tile. */
static size_t points(const cvox_convolution *w) { return POINTS * POINTS * (is_long(w) ? LONG_POINTS : POINTS); }

/* Blocks of output channels that are multiplied at once, and tiles: together they fill the vector registers. */
static size_t width(const cvox_convolution *w) {
  const size_t all = blocks(w->outputs);
  return all % 3 == 0 ? 3 : all == 1 ? 1 : 2;
}

static size_t tile_count(const cvox_convolution *w) { return tiles_along(w, 0) * tiles_along(w, 1) * row_tiles(w); }

static size_t height(const cvox_convolution *w) { return width(w) == 3 ? 9 : 14; }

/* Tiles of a task: their transforms and products stay in a core's cache where channels are few. */
static size_t batch(const cvox_convolution *w) {
  const size_t rows = height(w);
  return !is_long(w) && tile_count(w) >= 4 * rows * w->threads ? 2 * rows : rows;
}

static size_t tasks(const cvox_convolution *w) { return (tile_count(w) + batch(w) - 1) / batch(w); }

/* Values between the same place of two transformed points; a cache line more than needed, so that points do not all
 * fall into the same set of a cache. */
static size_t step(const cvox_convolution *w, size_t channels) { return (blocks(channels) * batch(w) + 1) * LANES; }

static size_t filter_size(const cvox_convolution *w) { return points(w) * w->inputs * blocks(w->outputs) * LANES; }

static size_t task_size(const cvox_convolution *w) {
  return points(w) * (step(w, w->inputs) + step(w, w->outputs));
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

/* Makes six values of three: the filter at 0, 1, -1, 2, -2 and infinity. */
WIDE_INLINE void long_filter_points(__m512 a, __m512 b, __m512 c, __m512 *to) {
  const __m512 sixth = _mm512_set1_ps(1.0f / 6), twelfth = _mm512_set1_ps(1.0f / 12);
  const __m512 outer = _mm512_add_ps(a, c);
  const __m512 far = _mm512_fmadd_ps(_mm512_set1_ps(1.0f / 24), a, _mm512_mul_ps(sixth, c));
  to[0] = _mm512_mul_ps(_mm512_set1_ps(0.25f), a);
  to[1] = _mm512_mul_ps(_mm512_set1_ps(-1.0f / 6), _mm512_add_ps(outer, b));
  to[2] = _mm512_mul_ps(sixth, _mm512_sub_ps(b, outer));
  to[3] = _mm512_fmadd_ps(twelfth, b, far);
  to[4] = _mm512_fnmadd_ps(twelfth, b, far);
  to[5] = c;
}

/* A filter [3, 3, 3] of lanes to its points, `point` floats apart; `row` of them along rows. */
WIDE_INLINE void transform_weights(const __m512 *g, size_t row, float *to, size_t point) {
  __m512 x[TAPS * TAPS * LONG_POINTS], y[TAPS * POINTS * LONG_POINTS];
  for (size_t i = 0; i < TAPS * TAPS; i++) {
    if (row == LONG_POINTS)
      long_filter_points(g[3 * i], g[3 * i + 1], g[3 * i + 2], x + row * i);
    else
      filter_points(g[3 * i], g[3 * i + 1], g[3 * i + 2], x + row * i, 1);
  }
  for (size_t i = 0; i < TAPS; i++)
    for (size_t j = 0; j < row; j++) {
      const __m512 *from = x + 3 * row * i + j;
      filter_points(from[0], from[row], from[2 * row], y + 4 * row * i + j, row);
    }
  const size_t plane = POINTS * row;
  for (size_t i = 0; i < plane; i++) {
    __m512 z[POINTS];
    filter_points(y[i], y[plane + i], y[2 * plane + i], z, 1);
    for (size_t j = 0; j < POINTS; j++) _mm512_storeu_ps(to + (j * plane + i) * point, z[j]);
  }
}

WIDE static void transform_filter(const cvox_convolution *w, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(w->outputs), group = width(w), point = w->inputs * all * LANES;
  for (size_t block = 0; block < all; block++) {
    const size_t first = block / group * group, together = all - first < group ? all - first : group;
    float *to = filter + (first * w->inputs + input * together + block - first) * LANES;
    const size_t which = w->reversed ? input * all + block : block * w->inputs + input;
    const float *from = weights + which * WEIGHTS * LANES;
    __m512 g[WEIGHTS];
    for (size_t i = 0; i < WEIGHTS; i++)
      g[i] = _mm512_loadu_ps(from + (w->reversed ? WEIGHTS - 1 - i : i) * LANES);
    if (is_long(w))
      transform_weights(g, LONG_POINTS, to, point);
    else
      transform_weights(g, POINTS, to, point);
  }
}

/* --- Tiles --- */

/* Six values of an axis to the points of its transform. */
WIDE_INLINE void long_tile_points(const __m512 *d, float *to, size_t point) {
  const __m512 two = _mm512_set1_ps(2), four = _mm512_set1_ps(4), five = _mm512_set1_ps(5);
  const __m512 a = _mm512_fnmadd_ps(four, d[2], d[4]), b = _mm512_fnmadd_ps(four, d[1], d[3]);
  const __m512 c = _mm512_sub_ps(d[4], d[2]), e = _mm512_sub_ps(d[3], d[1]);
  _mm512_storeu_ps(to, _mm512_fmadd_ps(four, d[0], _mm512_fnmadd_ps(five, d[2], d[4])));
  _mm512_storeu_ps(to + point, _mm512_add_ps(a, b));
  _mm512_storeu_ps(to + 2 * point, _mm512_sub_ps(a, b));
  _mm512_storeu_ps(to + 3 * point, _mm512_fmadd_ps(two, e, c));
  _mm512_storeu_ps(to + 4 * point, _mm512_fnmadd_ps(two, e, c));
  _mm512_storeu_ps(to + 5 * point, _mm512_fmadd_ps(four, d[1], _mm512_fnmadd_ps(five, d[3], d[5])));
}

/* A tile [4, 4, row] of lanes, values `z`, `y` and 16 floats apart, to its points, `point` floats apart. */
WIDE_INLINE void transform_tile(const float *from, size_t z, size_t y, size_t row, float *to, size_t point) {
  for (size_t i = 0; i < POINTS; i++) {
    /* The point of the slowest axis is a sum or difference of two planes. */
    const float *a = from + (i == 0 ? 0 : i == 2 ? 2 : 1) * z;
    const float *b = from + (i == 0 || i == 1 ? 2 : i == 2 ? 1 : 3) * z;
    const __m512 sign = _mm512_set1_ps(i == 1 ? 1.0f : -1.0f);
    __m512 d[POINTS][LONG_POINTS];
    UNROLLED for (size_t k = 0; k < row; k++) {
      __m512 c[POINTS];
      UNROLLED for (size_t j = 0; j < POINTS; j++) {
        const size_t at = j * y + k * LANES;
        c[j] = _mm512_fmadd_ps(sign, _mm512_loadu_ps(b + at), _mm512_loadu_ps(a + at));
      }
      TILE_POINTS(c[0], c[1], c[2], c[3], p, q, r, s);
      d[0][k] = p, d[1][k] = q, d[2][k] = r, d[3][k] = s;
    }
    UNROLLED for (size_t j = 0; j < POINTS; j++) {
      float *points = to + (i * POINTS + j) * row * point;
      if (row == LONG_POINTS) {
        long_tile_points(d[j], points, point);
      } else {
        TILE_POINTS(d[j][0], d[j][1], d[j][2], d[j][3], p, q, r, s);
        _mm512_storeu_ps(points, p);
        _mm512_storeu_ps(points + point, q);
        _mm512_storeu_ps(points + 2 * point, r);
        _mm512_storeu_ps(points + 3 * point, s);
      }
    }
  }
}

/* Where a tile lies. */
typedef struct {
  size_t at[3];
} place;

static place place_of(const cvox_convolution *w, size_t tile) {
  const size_t x = row_tiles(w), y = tiles_along(w, 1);
  return (place){{tile / x / y, tile / x % y, tile % x}};
}

/* A tile [4, 4, row] that reaches beyond the input: what lies outside is zero. */
static void gather_tile(const cvox_convolution *w, const float *x, const int64_t *first, size_t row, float *tile) {
  const int64_t extents[3] = {POINTS, POINTS, (int64_t)row};
  int64_t from[3], to[3];
  for (int axis = 0; axis < 3; axis++) {
    const int64_t left = (int64_t)w->input[axis] - first[axis];
    from[axis] = first[axis] < 0 ? -first[axis] : 0;
    to[axis] = left < extents[axis] ? left : extents[axis];
  }
  memset(tile, 0, POINTS * POINTS * row * LANES * sizeof *tile);
  if (from[2] >= to[2]) return;
  for (int64_t i = from[0]; i < to[0]; i++)
    for (int64_t j = from[1]; j < to[1]; j++) {
      const int64_t start = ((first[0] + i) * (int64_t)w->input[1] + first[1] + j) * (int64_t)w->input[2];
      memcpy(
          tile + ((i * POINTS + j) * (int64_t)row + from[2]) * LANES, x + (start + first[2] + from[2]) * LANES,
          (size_t)(to[2] - from[2]) * LANES * sizeof *tile);
    }
}

WIDE_INLINE void transform_tiles(
    const cvox_convolution *w, const float *x, size_t first, size_t count, size_t row, float *v) {
  const size_t plane = w->input[1] * w->input[2], volume = w->input[0] * plane * LANES;
  const size_t point = step(w, w->inputs), tiles = batch(w);
  const size_t reach[3] = {POINTS, POINTS, row}, results[3] = {RESULTS, RESULTS, row - TAPS + 1};
  for (size_t t = 0; t < count; t++) {
    const place p = place_of(w, first + t);
    int64_t from[3];
    bool inside = true;
    for (int axis = 0; axis < 3; axis++) {
      from[axis] = (int64_t)(results[axis] * p.at[axis]) - (int64_t)w->pad[axis];
      inside = inside && from[axis] >= 0 && from[axis] + (int64_t)reach[axis] <= (int64_t)w->input[axis];
    }
    for (size_t block = 0; block < blocks(w->inputs); block++) {
      const float *channels = x + block * volume;
      float *to = v + (block * tiles + t) * LANES;
      if (inside) {
        const size_t start = ((size_t)from[0] * plane + (size_t)from[1] * w->input[2] + (size_t)from[2]) * LANES;
        transform_tile(channels + start, plane * LANES, w->input[2] * LANES, row, to, point);
      } else {
        float tile[POINTS * POINTS * LONG_POINTS * LANES];
        gather_tile(w, channels, from, row, tile);
        transform_tile(tile, POINTS * row * LANES, row * LANES, row, to, point);
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
  for (size_t f = 0; f < points(w); f++)
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

/* The sixteen results of a long tile from its points: z, y and x, x fastest. */
WIDE_INLINE void long_results(const float *m, size_t point, __m512 bias, __m512 out[16]) {
  const __m512 two = _mm512_set1_ps(2), four = _mm512_set1_ps(4), eight = _mm512_set1_ps(8);
  UNROLLED for (size_t k = 0; k < 16; k++) out[k] = bias;
  UNROLLED for (size_t i = 0; i < POINTS; i++) {
    __m512 rows[POINTS][LONG_RESULTS];
    UNROLLED for (size_t j = 0; j < POINTS; j++) {
      const float *at = m + (i * POINTS + j) * LONG_POINTS * point;
      const __m512 a = _mm512_loadu_ps(at + point), b = _mm512_loadu_ps(at + 2 * point);
      const __m512 c = _mm512_loadu_ps(at + 3 * point), d = _mm512_loadu_ps(at + 4 * point);
      const __m512 near = _mm512_add_ps(a, b), odd = _mm512_sub_ps(a, b);
      const __m512 far = _mm512_add_ps(c, d), far_odd = _mm512_sub_ps(c, d);
      rows[j][0] = _mm512_add_ps(_mm512_loadu_ps(at), _mm512_add_ps(near, far));
      rows[j][1] = _mm512_fmadd_ps(two, far_odd, odd);
      rows[j][2] = _mm512_fmadd_ps(four, far, near);
      rows[j][3] = _mm512_fmadd_ps(eight, far_odd, _mm512_add_ps(odd, _mm512_loadu_ps(at + 5 * point)));
    }
    UNROLLED for (size_t k = 0; k < LONG_RESULTS; k++) {
      RESULT_PAIR(rows[0][k], rows[1][k], rows[2][k], rows[3][k], p, q);
      if (i < 3) out[k] = _mm512_add_ps(out[k], p), out[4 + k] = _mm512_add_ps(out[4 + k], q);
      if (i == 1) out[8 + k] = _mm512_add_ps(out[8 + k], p), out[12 + k] = _mm512_add_ps(out[12 + k], q);
      if (i > 1) out[8 + k] = _mm512_sub_ps(out[8 + k], p), out[12 + k] = _mm512_sub_ps(out[12 + k], q);
    }
  }
}

WIDE_INLINE void write_results(
    const cvox_convolution *w, const float *m, const float *bias, size_t first, size_t count, size_t along, float *y) {
  const size_t row = w->output[2], plane = w->output[1] * row, volume = w->output[0] * plane;
  const size_t point = step(w, w->outputs), tiles = batch(w);
  for (size_t block = 0; block < blocks(w->outputs); block++) {
    const __m512 b = bias ? _mm512_loadu_ps(bias + block * LANES) : _mm512_setzero_ps();
    for (size_t t = 0; t < count; t++) {
      const place p = place_of(w, first + t);
      const float *from = m + (block * tiles + t) * LANES;
      __m512 out[RESULTS * RESULTS * LONG_RESULTS];
      if (along == LONG_RESULTS)
        long_results(from, point, b, out);
      else
        winograd_results(from, point, b, out);
      for (size_t i = 0; i < RESULTS * RESULTS * along; i++) {
        const size_t at[3] = {
            2 * p.at[0] + i / (2 * along), 2 * p.at[1] + i / along % 2, along * p.at[2] + i % along};
        if (at[0] >= w->output[0] || at[1] >= w->output[1] || at[2] >= row) continue;
        _mm512_storeu_ps(y + (block * volume + at[0] * plane + at[1] * row + at[2]) * LANES, out[i]);
      }
    }
  }
}

/* One task; `row` points of a tile lie along rows. */
WIDE_INLINE void run_tiles(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, size_t row,
    float *scratch, float *y) {
  float *v = scratch, *m = scratch + points(w) * step(w, w->inputs);
  const size_t first = task * batch(w), left = tile_count(w) - first;
  const size_t count = left < batch(w) ? left : batch(w);
  transform_tiles(w, x, first, count, row, v);
  multiply(w, v, filter, m);
  write_results(w, m, bias, first, count, row - TAPS + 1, y);
}

WIDE static void run(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  if (is_long(w))
    run_tiles(w, x, filter, bias, task, LONG_POINTS, scratch, y);
  else
    run_tiles(w, x, filter, bias, task, POINTS, scratch, y);
}

const convolution_form winograd_blocks = {tasks, filter_size, task_size, transform_filter, run};

#else

const convolution_form winograd_blocks;

#endif

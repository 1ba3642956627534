#include "convolution.h"

#include <string.h>

/* The root of a half. */
#define ROOT 0.70710678f

#if defined(__x86_64__)

/* --- Sizes --- */

/* Along an axis a tile has two results from four points, F(2, 3), or four from six, F(4, 3). */
enum { LONG_POINTS = 6, LONG_RESULTS = 4, MOST_POINTS = LONG_POINTS * LONG_POINTS * LONG_POINTS };

static size_t results_along(const cvox_convolution *w, int axis) {
  /* The first axis along which tiles are long. */
  const int first = w->form == CVOX_WINOGRAD_LARGE_BLOCKS ? 0 : w->form == CVOX_WINOGRAD_LONG_BLOCKS ? 1 : 3;
  return axis < first ? RESULTS : LONG_RESULTS;
}

static size_t points_along(const cvox_convolution *w, int axis) { return results_along(w, axis) + TAPS - 1; }

static size_t tiles(const cvox_convolution *w, int axis) {
  return (w->output[axis] + results_along(w, axis) - 1) / results_along(w, axis);
}

/* Values of a transformed tile. */
static size_t points(const cvox_convolution *w) {
  return points_along(w, 0) * points_along(w, 1) * points_along(w, 2);
}

/* Blocks of output channels that are multiplied at once, and tiles: together they fill the vector registers. */
static size_t width(const cvox_convolution *w) {
  const size_t all = blocks(w->outputs);
  return all % 3 == 0 ? 3 : all == 1 ? 1 : 2;
}

static size_t tile_count(const cvox_convolution *w) { return tiles(w, 0) * tiles(w, 1) * tiles(w, 2); }

static size_t height(const cvox_convolution *w) { return width(w) == 3 ? 9 : 14; }

/* Tiles of a task: their transforms and products stay in a core's cache where channels are few. */
static size_t batch(const cvox_convolution *w) {
  const size_t rows = height(w);
  return w->form == CVOX_WINOGRAD_BLOCKS && tile_count(w) >= 4 * rows * w->threads ? 2 * rows : rows;
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

/* Makes four values of three, the filter at 0, 1, -1 and infinity; or six, at 0, at the roots of 1/2 and 2 and their
 * negatives, and at infinity. Among the points of six these lose least.
 * Source: Lavin and Gray, arXiv:1509.09308; Barabasz et al., arXiv:1803.10986 for the choice of points. */
WIDE_INLINE void filter_points(const __m512 *g, size_t from, size_t count, __m512 *to, size_t stride) {
  const __m512 a = g[0], b = g[from], c = g[2 * from];
  to[0] = a;
  if (count == POINTS) {
    const __m512 half = _mm512_set1_ps(0.5f), outer = _mm512_mul_ps(half, _mm512_add_ps(a, c));
    to[stride] = _mm512_fmadd_ps(half, b, outer);
    to[2 * stride] = _mm512_fnmadd_ps(half, b, outer);
  } else {
    const __m512 near = _mm512_mul_ps(_mm512_set1_ps(-2 / 3.0f), _mm512_fmadd_ps(_mm512_set1_ps(0.5f), c, a));
    const __m512 far = _mm512_mul_ps(_mm512_set1_ps(1 / 6.0f), _mm512_fmadd_ps(_mm512_set1_ps(2), c, a));
    const __m512 near_odd = _mm512_set1_ps(-2 * ROOT / 3), far_odd = _mm512_set1_ps(2 * ROOT / 6);
    to[stride] = _mm512_fmadd_ps(near_odd, b, near);
    to[2 * stride] = _mm512_fnmadd_ps(near_odd, b, near);
    to[3 * stride] = _mm512_fmadd_ps(far_odd, b, far);
    to[4 * stride] = _mm512_fnmadd_ps(far_odd, b, far);
  }
  to[(count - 1) * stride] = c;
}

/* A filter [3, 3, 3] of lanes to its points [deep, side, side], `point` floats apart. */
WIDE_INLINE void transform_weights(const __m512 *g, size_t deep, size_t side, float *to, size_t point) {
  __m512 x[TAPS * TAPS * LONG_POINTS], y[TAPS * LONG_POINTS * LONG_POINTS];
  for (size_t i = 0; i < TAPS * TAPS; i++) filter_points(g + 3 * i, 1, side, x + side * i, 1);
  for (size_t i = 0; i < TAPS; i++)
    for (size_t k = 0; k < side; k++) filter_points(x + 3 * side * i + k, side, side, y + side * side * i + k, side);
  for (size_t i = 0; i < side * side; i++) {
    __m512 z[LONG_POINTS];
    filter_points(y + i, side * side, deep, z, 1);
    for (size_t j = 0; j < deep; j++) _mm512_storeu_ps(to + (j * side * side + i) * point, z[j]);
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
    switch (w->form) {
    case CVOX_WINOGRAD_LARGE_BLOCKS: transform_weights(g, LONG_POINTS, LONG_POINTS, to, point); break;
    case CVOX_WINOGRAD_LONG_BLOCKS: transform_weights(g, POINTS, LONG_POINTS, to, point); break;
    default: transform_weights(g, POINTS, POINTS, to, point);
    }
  }
}

/* --- Tiles --- */

/* Values of an axis, `from` vectors apart, to the points of its transform. */
WIDE_INLINE void tile_points(const __m512 *d, size_t from, size_t count, __m512 *to, size_t stride) {
  if (count == POINTS) {
    TILE_POINTS(d[0], d[from], d[2 * from], d[3 * from], p, q, r, s);
    to[0] = p, to[stride] = q, to[2 * stride] = r, to[3 * stride] = s;
  } else {
    const __m512 two = _mm512_set1_ps(2), half = _mm512_set1_ps(0.5f), sum = _mm512_set1_ps(2.5f);
    const __m512 root = _mm512_set1_ps(ROOT), double_root = _mm512_set1_ps(2 * ROOT);
    const __m512 b = d[from], c = d[2 * from], e = d[3 * from], f = d[4 * from];
    const __m512 near = _mm512_fnmadd_ps(two, c, f), near_odd = _mm512_fnmadd_ps(two, b, e);
    const __m512 far = _mm512_fnmadd_ps(half, c, f), far_odd = _mm512_fnmadd_ps(half, b, e);
    to[0] = _mm512_fnmadd_ps(sum, c, _mm512_add_ps(d[0], f));
    to[stride] = _mm512_fmadd_ps(root, near_odd, near);
    to[2 * stride] = _mm512_fnmadd_ps(root, near_odd, near);
    to[3 * stride] = _mm512_fmadd_ps(double_root, far_odd, far);
    to[4 * stride] = _mm512_fnmadd_ps(double_root, far_odd, far);
    to[5 * stride] = _mm512_fnmadd_ps(sum, e, _mm512_add_ps(b, d[5 * from]));
  }
}

/* A tile [deep, side, side] of lanes, values `z`, `y` and 16 floats apart, to its points, `point` floats apart. */
WIDE_INLINE void transform_tile(
    const float *from, size_t z, size_t y, size_t deep, size_t side, float *to, size_t point) {
  __m512 planes[LONG_POINTS][LONG_POINTS * LONG_POINTS];
  if (deep == LONG_POINTS)
    for (size_t j = 0; j < side; j++)
      for (size_t k = 0; k < side; k++) {
        __m512 d[LONG_POINTS];
        UNROLLED for (size_t i = 0; i < deep; i++) d[i] = _mm512_loadu_ps(from + i * z + j * y + k * LANES);
        tile_points(d, 1, deep, planes[0] + j * side + k, LONG_POINTS * LONG_POINTS);
      }
  for (size_t i = 0; i < deep; i++) {
    /* Of four points that of the slowest axis is a sum or difference of two planes. */
    const float *a = from + (i == 0 ? 0 : i == 2 ? 2 : 1) * z;
    const float *b = from + (i == 0 || i == 1 ? 2 : i == 2 ? 1 : 3) * z;
    const __m512 sign = _mm512_set1_ps(i == 1 ? 1.0f : -1.0f);
    __m512 d[LONG_POINTS][LONG_POINTS];
    UNROLLED for (size_t k = 0; k < side; k++) {
      __m512 c[LONG_POINTS];
      UNROLLED for (size_t j = 0; j < side; j++) {
        const size_t at = j * y + k * LANES;
        c[j] = deep == LONG_POINTS ? planes[i][j * side + k]
                                   : _mm512_fmadd_ps(sign, _mm512_loadu_ps(b + at), _mm512_loadu_ps(a + at));
      }
      tile_points(c, 1, side, &d[0][k], LONG_POINTS);
    }
    UNROLLED for (size_t j = 0; j < side; j++) {
      __m512 points[LONG_POINTS];
      tile_points(d[j], 1, side, points, 1);
      UNROLLED for (size_t k = 0; k < side; k++) _mm512_storeu_ps(to + ((i * side + j) * side + k) * point, points[k]);
    }
  }
}

/* Where a tile lies. */
typedef struct {
  size_t at[3];
} place;

static place place_of(const cvox_convolution *w, size_t tile) {
  const size_t x = tiles(w, 2), y = tiles(w, 1);
  return (place){{tile / x / y, tile / x % y, tile % x}};
}

/* A tile [deep, side, side] that reaches beyond the input: what lies outside is zero. */
static void gather_tile(
    const cvox_convolution *w, const float *x, const int64_t *first, size_t deep, size_t side,
    float *tile) {
  const int64_t extents[3] = {(int64_t)deep, (int64_t)side, (int64_t)side};
  int64_t from[3], to[3];
  for (int axis = 0; axis < 3; axis++) {
    const int64_t left = (int64_t)w->input[axis] - first[axis];
    from[axis] = first[axis] < 0 ? -first[axis] : 0;
    to[axis] = left < extents[axis] ? left : extents[axis];
  }
  memset(tile, 0, deep * side * side * LANES * sizeof *tile);
  if (from[2] >= to[2]) return;
  for (int64_t i = from[0]; i < to[0]; i++)
    for (int64_t j = from[1]; j < to[1]; j++) {
      const int64_t start = ((first[0] + i) * (int64_t)w->input[1] + first[1] + j) * (int64_t)w->input[2];
      memcpy(
          tile + ((i * extents[1] + j) * extents[2] + from[2]) * LANES, x + (start + first[2] + from[2]) * LANES,
          (size_t)(to[2] - from[2]) * LANES * sizeof *tile);
    }
}

WIDE_INLINE void transform_tiles(
    const cvox_convolution *w, const float *x, size_t first, size_t count, size_t deep, size_t side,
    float *v) {
  const size_t plane = w->input[1] * w->input[2], volume = w->input[0] * plane * LANES;
  const size_t point = step(w, w->inputs), together = batch(w);
  const size_t reach[3] = {deep, side, side};
  for (size_t t = 0; t < count; t++) {
    const place p = place_of(w, first + t);
    int64_t from[3];
    bool inside = true;
    for (int axis = 0; axis < 3; axis++) {
      from[axis] = (int64_t)((reach[axis] - TAPS + 1) * p.at[axis]) - (int64_t)w->pad[axis];
      inside = inside && from[axis] >= 0 && from[axis] + (int64_t)reach[axis] <= (int64_t)w->input[axis];
    }
    for (size_t block = 0; block < blocks(w->inputs); block++) {
      const float *channels = x + block * volume;
      float *to = v + (block * together + t) * LANES;
      float tile[MOST_POINTS * LANES];
      if (inside) {
        const size_t start = ((size_t)from[0] * plane + (size_t)from[1] * w->input[2] + (size_t)from[2]) * LANES;
        transform_tile(channels + start, plane * LANES, w->input[2] * LANES, deep, side, to, point);
      } else {
        gather_tile(w, channels, from, deep, side, tile);
        transform_tile(tile, side * side * LANES, side * LANES, deep, side, to, point);
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

/* Points of an axis, `from` vectors apart, to its results. */
WIDE_INLINE void axis_results(const __m512 *m, size_t from, size_t count, __m512 *to, size_t stride) {
  if (count == POINTS) {
    RESULT_PAIR(m[0], m[from], m[2 * from], m[3 * from], p, q);
    to[0] = p, to[stride] = q;
  } else {
    const __m512 near = _mm512_add_ps(m[from], m[2 * from]), near_odd = _mm512_sub_ps(m[from], m[2 * from]);
    const __m512 far = _mm512_add_ps(m[3 * from], m[4 * from]), far_odd = _mm512_sub_ps(m[3 * from], m[4 * from]);
    const __m512 two = _mm512_set1_ps(2), half = _mm512_set1_ps(0.5f), eight = _mm512_set1_ps(8);
    to[0] = _mm512_add_ps(m[0], _mm512_add_ps(near, far));
    to[stride] = _mm512_mul_ps(_mm512_set1_ps(ROOT), _mm512_fmadd_ps(two, far_odd, near_odd));
    to[2 * stride] = _mm512_fmadd_ps(two, far, _mm512_mul_ps(half, near));
    to[3 * stride] = _mm512_fmadd_ps(
        _mm512_set1_ps(ROOT / 2), _mm512_fmadd_ps(eight, far_odd, near_odd), m[5 * from]);
  }
}

/* The results of a tile, z, y and x, x fastest. */
WIDE_INLINE void tile_results(
    const float *m, size_t point, size_t deep, size_t side, __m512 bias, __m512 *out) {
  const size_t columns = side - 2;
  __m512 planes[LONG_POINTS][LONG_RESULTS * LONG_RESULTS];
  for (size_t i = 0; i < deep; i++) {
    __m512 lines[LONG_POINTS][LONG_RESULTS];
    UNROLLED for (size_t j = 0; j < side; j++) {
      __m512 values[LONG_POINTS];
      UNROLLED for (size_t k = 0; k < side; k++) values[k] = _mm512_loadu_ps(m + ((i * side + j) * side + k) * point);
      axis_results(values, 1, side, lines[j], 1);
    }
    UNROLLED for (size_t k = 0; k < columns; k++)
      axis_results(&lines[0][k], LONG_RESULTS, side, planes[i] + k, columns);
  }
  for (size_t k = 0; k < columns * columns; k++) {
    __m512 results[LONG_RESULTS];
    axis_results(planes[0] + k, LONG_RESULTS * LONG_RESULTS, deep, results, 1);
    for (size_t i = 0; i < deep - 2; i++) out[i * columns * columns + k] = _mm512_add_ps(results[i], bias);
  }
}

WIDE_INLINE void write_results(
    const cvox_convolution *w, const float *m, const float *bias, size_t first, size_t count, size_t deep, size_t side,
    float *y) {
  const size_t row = w->output[2], plane = w->output[1] * row, volume = w->output[0] * plane;
  const size_t point = step(w, w->outputs), together = batch(w);
  const size_t extents[3] = {deep - 2, side - 2, side - 2};
  for (size_t block = 0; block < blocks(w->outputs); block++) {
    const __m512 b = bias ? _mm512_loadu_ps(bias + block * LANES) : _mm512_setzero_ps();
    for (size_t t = 0; t < count; t++) {
      const place p = place_of(w, first + t);
      __m512 out[LONG_RESULTS * LONG_RESULTS * LONG_RESULTS];
      tile_results(m + (block * together + t) * LANES, point, deep, side, b, out);
      for (size_t i = 0; i < extents[0]; i++)
        for (size_t j = 0; j < extents[1]; j++)
          for (size_t k = 0; k < extents[2]; k++) {
            const size_t at[3] = {
                extents[0] * p.at[0] + i, extents[1] * p.at[1] + j, extents[2] * p.at[2] + k};
            if (at[0] >= w->output[0] || at[1] >= w->output[1] || at[2] >= row) continue;
            float *to = y + (block * volume + at[0] * plane + at[1] * row + at[2]) * LANES;
            const __m512 result = out[(i * extents[1] + j) * extents[2] + k];
            _mm512_storeu_ps(to, w->adds ? _mm512_add_ps(_mm512_loadu_ps(to), result) : result);
          }
    }
  }
}

/* One task with tiles of [deep, side, side] points. */
WIDE_INLINE void run_tiles(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, size_t deep,
    size_t side, float *scratch, float *y) {
  float *v = scratch, *m = scratch + points(w) * step(w, w->inputs);
  const size_t first = task * batch(w), left = tile_count(w) - first;
  const size_t count = left < batch(w) ? left : batch(w);
  transform_tiles(w, x, first, count, deep, side, v);
  multiply(w, v, filter, m);
  write_results(w, m, bias, first, count, deep, side, y);
}

WIDE static void run(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  switch (w->form) {
  case CVOX_WINOGRAD_LARGE_BLOCKS:
    return run_tiles(w, x, filter, bias, task, LONG_POINTS, LONG_POINTS, scratch, y);
  case CVOX_WINOGRAD_LONG_BLOCKS: return run_tiles(w, x, filter, bias, task, POINTS, LONG_POINTS, scratch, y);
  default: run_tiles(w, x, filter, bias, task, POINTS, POINTS, scratch, y);
  }
}

const convolution_form winograd_blocks = {tasks, filter_size, task_size, transform_filter, run};

#else

const convolution_form winograd_blocks;

#endif

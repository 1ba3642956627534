#include "winograd_tiles.h"
#include "winograd_transforms.h"

#include <string.h>

/* --- Filters --- */

/* The filters from one channel that is read to a block of those that are written, tap by tap. */
WIDE_INLINE void gather_filters(
    const cvox_convolution *w, const float *weights, size_t input, size_t block, vector g[WEIGHTS]) {
  const size_t first = block * LANES, channels = w->outputs - first < LANES ? w->outputs - first : LANES;
  /* With stride 1 the derivative is a convolution, too, with the taps in opposite order. */
  const bool flips = w->reversed && !is_strided(w);
  const size_t apart = w->reversed ? WEIGHTS : w->inputs * WEIGHTS;
  const float *from = weights + (w->reversed ? input * w->outputs + first : first * w->inputs + input) * WEIGHTS;
  /* Squares of taps, the last of which ends with the last tap. */
  for (size_t tap = 0;; tap = tap + 2 * LANES <= WEIGHTS ? tap + LANES : WEIGHTS - LANES) {
    vector square[LANES];
    for (size_t lane = 0; lane < LANES; lane++)
      square[lane] = lane < channels ? load(from + lane * apart + tap) : zero();
    transpose_square(square);
    for (size_t i = 0; i < LANES; i++) g[flips ? WEIGHTS - 1 - tap - i : tap + i] = square[i];
    if (tap == WEIGHTS - LANES) break;
  }
}

/* The points of a filter lie far apart, so whole lines of memory are written there. */
WIDE static void transform_filter(const cvox_convolution *w, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(w->outputs), group = blocks_at_once(w->outputs), count = filters(w);
  for (size_t first = 0; first < all; first += group) {
    const size_t together = all - first < group ? all - first : group, line = together * LANES;
    float lines[MOST_AT_ONCE * MOST_POINTS * LANES];
    for (size_t block = 0; block < together; block++) {
      vector g[WEIGHTS];
      gather_filters(w, weights, input, first + block, g);
#define TRANSFORM(SLOWEST, OTHERS) transform_weights(g, SLOWEST, OTHERS, lines + block * LANES, line)
      WITH_AXES(w, TRANSFORM)
    }
    float *to = filter + (first * w->inputs + input * together) * LANES;
    for (size_t point = 0; point < count; point++, to += w->inputs * all * LANES)
      for (size_t k = 0; k < line; k += LANES) store(to + k, load(lines + point * line + k));
  }
}

/* --- Tiles --- */

/* What tiles read of the input: a tile's first value lies at `first`, perhaps before the input. */
typedef struct {
  int64_t first[3];
  bool inside; /* along the two slower axes */
} tile_input;

static tile_input input_of_tile(const cvox_convolution *w, size_t tile) {
  const place p = place_of(w, tile);
  tile_input input = {.inside = true};
  for (int axis = 0; axis < 3; axis++) {
    input.first[axis] = first_value(w, axis, p.at[axis]);
    if (axis < 2 && (input.first[axis] < 0 || input.first[axis] + (int64_t)reach(w, axis) > (int64_t)w->input[axis]))
      input.inside = false;
  }
  return input;
}

/* The column [deep, side] of a tile at x, a place of the input; what lies outside along the other axes is zero. */
WIDE static void gather_column(
    const cvox_convolution *w, const float *channels, const tile_input *tile, size_t x, size_t deep, size_t side,
    float *column) {
  for (size_t i = 0; i < deep; i++)
    for (size_t j = 0; j < side; j++, column += LANES) {
      const int64_t z = tile->first[0] + (int64_t)(i * w->dilation[0]);
      const int64_t y = tile->first[1] + (int64_t)(j * w->dilation[1]);
      const bool inside = z >= 0 && z < (int64_t)w->input[0] && y >= 0 && y < (int64_t)w->input[1];
      const size_t row = inside ? (size_t)z * w->input[1] + (size_t)y : 0;
      store(column, inside ? load(channels + (row * w->input[2] + x) * LANES) : zero());
    }
}

/* The points of a tile's column at x. */
WIDE_INLINE void column_at(
    const cvox_convolution *w, const float *channels, const tile_input *tile, int64_t x, axis_form slowest,
    axis_form others, vector *to) {
  const size_t row = w->input[2] * LANES, plane = w->input[1] * row;
  const size_t deep = counts_of(slowest).values, side = counts_of(others).values;
  if (x < 0 || x >= (int64_t)w->input[2]) {
    for (size_t i = 0; i < counts_of(slowest).points * counts_of(others).points; i++) to[i] = zero();
  } else if (tile->inside) {
    const float *from = channels + (size_t)tile->first[0] * plane + (size_t)tile->first[1] * row + (size_t)x * LANES;
    transform_column(from, w->dilation[0] * plane, w->dilation[1] * row, slowest, others, to);
  } else {
    float column[MOST_ON_AXIS * MOST_ON_AXIS * LANES];
    gather_column(w, channels, tile, (size_t)x, deep, side, column);
    transform_column(column, side * LANES, LANES, slowest, others, to);
  }
}

WIDE_INLINE void transform_tiles(
    const cvox_convolution *w, const float *x, size_t first, size_t count, axis_form slowest,
    axis_form others, float *v) {
  const size_t volume = w->input[0] * w->input[1] * w->input[2] * LANES;
  const size_t point = step(w, w->inputs), together = batch(w), row = tiles(w, 2);
  const size_t side = counts_of(others).values;
  tile_input inputs[MOST_TILES];
  for (size_t t = 0; t < count; t++) inputs[t] = input_of_tile(w, first + t);
  vector memory[MOST_POINTS];
  for (size_t block = 0; block < blocks(w->inputs); block++) {
    const vector *columns[MOST_ON_AXIS];
    size_t next = 0;
    for (size_t t = 0; t < count; t++) {
      /* A tile beside the one before begins with that one's last columns. */
      const bool follows = t > 0 && (first + t) % row != 0 && w->dilation[2] == 1;
      const size_t on = follows ? (size_t)(inputs[t].first[2] - inputs[t - 1].first[2]) : side;
      for (size_t k = 0; k < side; k++)
        if (k + on < side) {
          columns[k] = columns[k + on];
        } else {
          vector *column = memory + next++ % side * counts_of(slowest).points * counts_of(others).points;
          const int64_t at = inputs[t].first[2] + (int64_t)(k * w->dilation[2]);
          column_at(w, x + block * volume, inputs + t, at, slowest, others, column);
          columns[k] = column;
        }
      transform_columns(columns, slowest, others, v + (block * together + t) * LANES, point);
    }
  }
}

/* --- Products --- */

/* One input channel of HEIGHT tiles times WIDTH blocks of output channels. */
#define ADD_CHANNEL(LANE, HEIGHT, WIDTH)                                                    \
  {                                                                                         \
    vector row[WIDTH];                                                                      \
    UNROLLED for (int j = 0; j < (WIDTH); j++) row[j] = load(u + j * LANES);                \
    UNROLLED for (int i = 0; i < (HEIGHT); i++) {                                           \
      const vector one = splat(v[i * LANES + (int)(LANE)]);                                 \
      UNROLLED for (int j = 0; j < (WIDTH); j++) sum[i][j] = fmadd(one, row[j], sum[i][j]); \
    }                                                                                       \
    u += (WIDTH) * LANES;                                                                   \
  }

/* HEIGHT tiles times WIDTH blocks of output channels at one point, summed over all input channels, eight of them without
 * a branch. */
#define PRODUCT(NAME, HEIGHT, WIDTH)                                                                      \
  WIDE static void NAME(                                                                                  \
      const float *v, size_t inputs, size_t v_step, const float *u, bool adds, float *m, size_t m_step) { \
    vector sum[HEIGHT][WIDTH];                                                                            \
    UNROLLED for (int i = 0; i < (HEIGHT); i++)                                                           \
        UNROLLED for (int j = 0; j < (WIDTH); j++)                                                        \
            sum[i][j] = adds ? load(m + (size_t)j * m_step + i * LANES) : zero();                         \
    for (; inputs >= LANES; inputs -= LANES, v += v_step)                                                 \
      for (size_t eight = 0; eight < LANES; eight += 8)                                                   \
        UNROLLED for (size_t lane = 0; lane < 8; lane++) ADD_CHANNEL(eight + lane, HEIGHT, WIDTH)         \
    for (size_t lane = 0; lane < inputs; lane++) ADD_CHANNEL(lane, HEIGHT, WIDTH)                         \
    UNROLLED for (int j = 0; j < (WIDTH); j++)                                                            \
        UNROLLED for (int i = 0; i < (HEIGHT); i++)                                                       \
            store(m + (size_t)j * m_step + i * LANES, sum[i][j]);                                         \
  }

PRODUCT(product_1, PLACES, 1)
PRODUCT(product_2, PLACES, 2)
PRODUCT(product_3, PLACES_OF_3, 3)
PRODUCT(product_of_few_1, FEW_PLACES, 1)
PRODUCT(product_of_few_2, FEW_PLACES, 2)
PRODUCT(product_of_few_3, FEW_PLACES, 3)

/* All tiles of a task, `rows` at once, at one of their points times one point of all filters; `adds` to the sums that are
 * there. */
WIDE static void multiply_point(
    const cvox_convolution *w, const float *v, const float *filter, size_t count, size_t rows, bool adds, float *m) {
  const size_t out = blocks(w->outputs), group = blocks_at_once(w->outputs);
  const size_t apart = count * LANES;
  const bool few = rows == FEW_PLACES;
  for (size_t first = 0; first < out; first += group) {
    const size_t together = out - first < group ? out - first : group;
    const float *u = filter + first * w->inputs * LANES;
    for (size_t tile = 0; tile < count; tile += rows) {
      const float *from = v + tile * LANES;
      float *to = m + first * apart + tile * LANES;
      if (together == 3)
        (few ? product_of_few_3 : product_3)(from, w->inputs, apart, u, adds, to, apart);
      else if (together == 2)
        (few ? product_of_few_2 : product_2)(from, w->inputs, apart, u, adds, to, apart);
      else
        (few ? product_of_few_1 : product_1)(from, w->inputs, apart, u, adds, to, apart);
    }
  }
}

/* The sums of a plane of all tiles of a task. */
WIDE_INLINE void multiply_plane(
    const cvox_convolution *w, const float *v, const float *filter, size_t plane, axis_form slowest, axis_form others,
    float *m) {
  const size_t v_point = step(w, w->inputs), m_point = step(w, w->outputs), together = batch(w);
  const size_t rows = tiles_at_once(w);
  const axis_counts deep = counts_of(slowest), side = counts_of(others);
  const size_t square = side.filters * side.filters;
  const bool adds = slowest == AXIS_COARSER;
  if (adds) memset(m, 0, sums_of_plane(w) * m_point * sizeof *m);
  for (size_t f = 0; f < deep.filters * square; f++) {
    axis_product z[MOST_PRODUCTS], y[MOST_PRODUCTS], x[MOST_PRODUCTS];
    const size_t in_z = products_of(slowest, f / square, z);
    const size_t in_y = products_of(others, f % square / side.filters, y);
    const size_t in_x = products_of(others, f % side.filters, x);
    for (size_t i = 0; i < in_z; i++) {
      if (z[i].sum != plane) continue;
      for (size_t j = 0; j < in_y; j++)
        for (size_t k = 0; k < in_x; k++) {
          const size_t point = (z[i].point * side.points + y[j].point) * side.points + x[k].point;
          const size_t sum = y[j].sum * side.sums + x[k].sum;
          const float *u = filter + f * w->inputs * blocks(w->outputs) * LANES;
          multiply_point(w, v + point * v_point, u, together, rows, adds, m + sum * m_point);
        }
    }
  }
}

/* The planes of all tiles of a task, whose sums become results while a core's cache has them. */
WIDE_INLINE void multiply(
    const cvox_convolution *w, const float *filter, size_t count, axis_form slowest, axis_form others, const room *r) {
  const size_t point = step(w, w->outputs), together = batch(w), all = counts_of(slowest).sums;
  const size_t results = counts_of(others).results * counts_of(others).results;
  for (size_t plane = 0; plane < all; plane++) {
    multiply_plane(w, r->v, filter, plane, slowest, others, r->m);
    for (size_t block = 0; block < blocks(w->outputs); block++)
      for (size_t t = 0; t < count; t++) {
        const size_t tile = block * together + t;
        plane_results(r->m + tile * LANES, point, others, r->planes + (tile * all + plane) * results);
      }
  }
}

/* --- Results --- */

WIDE_INLINE void write_results(
    const cvox_convolution *w, const vector *planes, const float *bias, size_t first, size_t count, axis_form slowest,
    axis_form others, float *y) {
  const size_t row = w->output[2], plane = w->output[1] * row, volume = w->output[0] * plane;
  const size_t together = batch(w), size = results_of_planes(w);
  const size_t side = counts_of(others).results, extents[3] = {counts_of(slowest).results, side, side};
  const size_t d[3] = {w->dilation[0], w->dilation[1], w->dilation[2]};
  place places[MOST_TILES];
  for (size_t t = 0; t < count; t++) places[t] = place_of(w, first + t);
  for (size_t block = 0; block < blocks(w->outputs); block++) {
    const vector b = bias ? load(bias + block * LANES) : zero();
    for (size_t t = 0; t < count; t++) {
      const place p = places[t];
      vector out[MOST_RESULTS * MOST_RESULTS * MOST_RESULTS];
      tile_results(planes + (block * together + t) * size, slowest, others, b, out);
      for (size_t i = 0, z = p.at[0]; i < extents[0] && z < w->output[0]; i++, z += d[0])
        for (size_t j = 0, column = p.at[1]; j < extents[1] && column < w->output[1]; j++, column += d[1])
          for (size_t k = 0, x = p.at[2]; k < extents[2] && x < row; k++, x += d[2]) {
            float *to = y + (block * volume + z * plane + column * row + x) * LANES;
            write_lanes(w, to, out[(i * extents[1] + j) * extents[2] + k]);
          }
    }
  }
}

/* One task. */
WIDE_INLINE void run_tiles(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, axis_form slowest,
    axis_form others, float *scratch, float *y) {
  room r;
  divide(w, scratch, &r);
  const size_t first = task * batch(w), left = tile_count(w) - first;
  const size_t count = left < batch(w) ? left : batch(w);
  transform_tiles(w, x, first, count, slowest, others, r.v);
  multiply(w, filter, count, slowest, others, &r);
  write_results(w, r.planes, bias, first, count, slowest, others, y);
  end_writing(w);
}

WIDE static void run(
    const cvox_convolution *w, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
#define RUN(SLOWEST, OTHERS) run_tiles(w, x, filter, bias, task, SLOWEST, OTHERS, scratch, y)
  WITH_AXES(w, RUN)
}

const convolution_form OF_WIDTH(winograd_blocks) = {tasks, filter_size, task_size, transform_filter, run};

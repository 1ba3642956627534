#include "convolution.h"

/* Stride 1, from blocks of channels to few: a result is a sum over the lanes of its neighbours. Blocks of results would
 * be mostly padding. */

/* Results of a row at once: with the taps of an axis their sums fill the vector registers, or are as many as a sum of
 * lanes takes; fewer would wait for each other. */
#if LANES == 16
enum { TOGETHER = 16 };
#else
enum { TOGETHER = 12 };
#endif

/* Rows of a task, which read most of the same rows. All of them go through one block of inputs before the next: unless they
 * are very long, a core's cache has what that takes, and the sums. */
enum { ROWS = 16 };

static size_t rows_of_plane(const cvox_convolution *c) { return (c->output[1] + ROWS - 1) / ROWS; }

static size_t tasks(const cvox_convolution *c) { return c->output[0] * rows_of_plane(c); }

static size_t filter_size(const cvox_convolution *c) { return c->outputs * blocks(c->inputs) * WEIGHTS * LANES; }

/* Floats of the sums of a row. */
static size_t sums_size(const cvox_convolution *c) {
  return (c->output[2] + TOGETHER - 1) / TOGETHER * TOGETHER * LANES;
}

static size_t task_size(const cvox_convolution *c) { return c->outputs * ROWS * sums_size(c); }

/* [outputs, blocks of inputs, 27, LANES], zeros where there is no channel. */
static void prepare(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  const size_t lane = input % LANES, end = input + 1 == c->inputs ? LANES : lane + 1;
  for (size_t o = 0; o < c->outputs; o++) {
    const float *from = weights + (c->reversed ? input * c->outputs + o : o * c->inputs + input) * WEIGHTS;
    float *to = filter + (o * blocks(c->inputs) + input / LANES) * WEIGHTS * LANES;
    for (size_t tap = 0; tap < WEIGHTS; tap++) {
      to[tap * LANES + lane] = from[c->reversed ? WEIGHTS - 1 - tap : tap];
      for (size_t rest = lane + 1; rest < end; rest++) to[tap * LANES + rest] = 0;
    }
  }
}

/* Lane i of the result is the sum of the lanes of vector i. */
WIDE_INLINE vector sums_of_rows(const vector *from) {
  vector rows[LANES];
  UNROLLED for (int i = 0; i < LANES; i++) rows[i] = from[i];
  UNROLLED for (int half = LANES / 2; half > 0; half /= 2)
    UNROLLED for (int i = 0; i < half; i++) {
      vector first, second;
      exchange(half, rows[i], rows[i + half], &first, &second);
      rows[i] = add(first, second);
    }
  return rows[0];
}

/* Adds what a row of inputs gives to some results through the three taps of the last axis. */
WIDE_INLINE void add_row(
    const float *row, int64_t first, int64_t length, bool is_inside, const float *taps, vector sum[TOGETHER]) {
  const vector left = load(taps), middle = load(taps + LANES);
  const vector right = load(taps + 2 * LANES);
  UNROLLED for (int64_t i = 0; i < TOGETHER + TAPS - 1; i++) {
    const int64_t at = first + i;
    if (!is_inside && (at < 0 || at >= length)) continue;
    const vector x = load(row + at * LANES);
    if (i < TOGETHER) sum[i] = fmadd(x, left, sum[i]);
    if (i >= 1 && i < TOGETHER + 1) sum[i - 1] = fmadd(x, middle, sum[i - 1]);
    if (i >= 2) sum[i - 2] = fmadd(x, right, sum[i - 2]);
  }
}

/* Adds what a block of inputs gives to some results of a row of one channel. */
WIDE_INLINE void add_block(
    const cvox_convolution *c, const float *x, const float *taps, size_t z, size_t y, size_t start, vector *sum) {
  const size_t row_size = c->input[2] * LANES, plane_size = c->input[1] * row_size;
  const int64_t first = (int64_t)start - (int64_t)c->pad[2], length = (int64_t)c->input[2];
  const bool is_inside = first >= 0 && first + TOGETHER + TAPS - 1 <= length;
  for (size_t tap = 0; tap < TAPS * TAPS; tap++, taps += TAPS * LANES) {
    const int64_t in_z = (int64_t)(z + tap / TAPS) - (int64_t)c->pad[0];
    const int64_t in_y = (int64_t)(y + tap % TAPS) - (int64_t)c->pad[1];
    if (in_z < 0 || in_z >= (int64_t)c->input[0] || in_y < 0 || in_y >= (int64_t)c->input[1]) continue;
    const float *row = x + (size_t)in_z * plane_size + (size_t)in_y * row_size;
    if (is_inside)
      add_row(row, first, length, true, taps, sum);
    else
      add_row(row, first, length, false, taps, sum);
  }
}

/* Writes at most `left` results, each the sum of a vector's lanes. */
WIDE_INLINE void write_some(const cvox_convolution *c, const vector *sum, float bias, size_t left, float *to) {
  UNROLLED for (size_t i = 0; i < TOGETHER; i += LANES) {
    if (i >= left) break;
    const size_t most = TOGETHER - i;
    const lanes some = first_lanes(left - i < most ? left - i : most);
    const vector before = c->adds ? load_lanes(some, to + i) : splat(bias);
    store_lanes(some, to + i, add(sums_of_rows(sum + i), before));
  }
}

/* Adds a block of inputs to the sums of a row of one channel; with the last block they become results. */
WIDE static void add_to_row(
    const cvox_convolution *c, const float *x, const float *taps, size_t z, size_t y, bool is_first, bool is_last,
    float bias, float *sums, float *to) {
  for (size_t start = 0; start < c->output[2]; start += TOGETHER, sums += TOGETHER * LANES) {
    vector sum[2 * LANES];
    UNROLLED for (size_t i = 0; i < 2 * LANES; i++)
        sum[i] = is_first || i >= TOGETHER ? zero() : load(sums + i * LANES);
    add_block(c, x, taps, z, y, start, sum);
    if (is_last)
      write_some(c, sum, bias, c->output[2] - start, to + start);
    else
      UNROLLED for (size_t i = 0; i < TOGETHER; i++) store(sums + i * LANES, sum[i]);
  }
}

/* The results of some rows of all channels. */
static void task(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  const size_t z = task / rows_of_plane(c), first = task % rows_of_plane(c) * ROWS, left = c->output[1] - first;
  const size_t rows = left < ROWS ? left : ROWS, all = blocks(c->inputs);
  const size_t volume = c->input[0] * c->input[1] * c->input[2] * LANES;
  for (size_t block = 0; block < all; block++)
    for (size_t row = first; row < first + rows; row++)
      for (size_t o = 0; o < c->outputs; o++)
        add_to_row(
            c, x + block * volume, filter + (o * all + block) * WEIGHTS * LANES, z, row, block == 0, block + 1 == all,
            bias ? bias[o] : 0, scratch + (o * ROWS + row - first) * sums_size(c),
            y + ((o * c->output[0] + z) * c->output[1] + row) * c->output[2]);
}

const convolution_form OF_WIDTH(few_outputs) = {tasks, filter_size, task_size, prepare, task};

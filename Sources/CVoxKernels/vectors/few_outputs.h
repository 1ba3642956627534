#include "convolution.h"

/* Stride 1, from blocks of channels to few: a result is a sum over the lanes of its neighbours. Blocks of results would
 * be mostly padding. */

/* Results of a row at once: with the taps of an axis their sums fill the vector registers. */
enum { TOGETHER = LANES };

static size_t tasks(const cvox_convolution *c) { return c->output[0] * c->output[1]; }

static size_t filter_size(const cvox_convolution *c) { return c->outputs * blocks(c->inputs) * WEIGHTS * LANES; }

static size_t task_size(const cvox_convolution *c) { return 1; }

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
WIDE_INLINE vector sums_of_rows(vector rows[TOGETHER]) {
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

/* The results of one row of all channels. */
WIDE static void task(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  const size_t out_z = task / c->output[1], out_y = task % c->output[1], length = c->output[2];
  const size_t row_size = c->input[2] * LANES, plane_size = c->input[1] * row_size;
  const size_t volume = c->output[0] * c->output[1] * length;
  for (size_t o = 0; o < c->outputs; o++) {
    const float *channel = filter + o * blocks(c->inputs) * WEIGHTS * LANES;
    float *to = y + o * volume + task * length;
    for (size_t start = 0; start < length; start += TOGETHER) {
      const int64_t first = (int64_t)start - (int64_t)c->pad[2];
      const bool is_inside = first >= 0 && first + TOGETHER + TAPS - 1 <= (int64_t)c->input[2];
      vector sum[TOGETHER];
      UNROLLED for (size_t i = 0; i < TOGETHER; i++) sum[i] = zero();
      for (size_t block = 0; block < blocks(c->inputs); block++)
        for (size_t tap = 0; tap < TAPS * TAPS; tap++) {
          const int64_t in_z = (int64_t)(out_z + tap / TAPS) - (int64_t)c->pad[0];
          const int64_t in_y = (int64_t)(out_y + tap % TAPS) - (int64_t)c->pad[1];
          if (in_z < 0 || in_z >= (int64_t)c->input[0] || in_y < 0 || in_y >= (int64_t)c->input[1]) continue;
          const float *row = x + (block * c->input[0] + (size_t)in_z) * plane_size + (size_t)in_y * row_size;
          const float *taps = channel + (block * TAPS * TAPS + tap) * TAPS * LANES;
          if (is_inside)
            add_row(row, first, (int64_t)c->input[2], true, taps, sum);
          else
            add_row(row, first, (int64_t)c->input[2], false, taps, sum);
        }
      const lanes some = first_lanes(length - start);
      const vector before = c->adds ? load_lanes(some, to + start) : splat(bias ? bias[o] : 0);
      store_lanes(some, to + start, add(sums_of_rows(sum), before));
    }
  }
}

const convolution_form OF_WIDTH(few_outputs) = {tasks, filter_size, task_size, prepare, task};

#include "places.h"

/* Transposed with stride 2, from blocks to blocks. Place f of the finer end sees place (f + pad - k) / 2 of the coarser one
 * through tap k, where that is whole: results at even and at odd places of a row see their own taps, and lie two places
 * apart. */

static size_t chunks(const cvox_convolution *c) {
  return ((c->output[2] + 1) / 2 + MOST_PLACES - 1) / MOST_PLACES;
}

static size_t tasks(const cvox_convolution *c) { return c->output[0] * c->output[1] * chunks(c); }

static size_t filter_size(const cvox_convolution *c) { return WEIGHTS * c->inputs * blocks(c->outputs) * LANES; }

static size_t task_size(const cvox_convolution *c) { return sums_and_spare_size(c); }

static void prepare(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  prepare_taps(c, WEIGHTS, weights, input, filter);
}

/* The place of the coarser end that a place sees through a tap; -1 where there is none. */
static int64_t seen(const cvox_convolution *c, int axis, size_t place, size_t tap) {
  const int64_t twice = (int64_t)(place + c->pad[axis]) - (int64_t)tap;
  return twice < 0 || twice % 2 || twice / 2 >= (int64_t)c->input[axis] ? -1 : twice / 2;
}

/* Adds to the results at places first, first + 2, ... of a row what a row of inputs gives through one tap. */
static void add_tap(
    const cvox_convolution *c, const float *x, const size_t at[2], size_t first, size_t count, size_t tap,
    const float *filter, float *spare, float *sums) {
  /* The first of them sees this place, which may lie outside, the next one its neighbour. */
  const int64_t twice = (int64_t)(first + c->pad[2]) - (int64_t)tap, start = twice / 2, length = (int64_t)c->input[2];
  if (twice % 2) return;
  const int64_t from = start < 0 ? -start : 0, end = length - start < (int64_t)count ? length - start : (int64_t)count;
  if (from >= end) return;
  const size_t place[3] = {at[0], at[1], (size_t)(start + from)};
  const row inputs = row_at(c->input, false, place, 1);
  add_row(c, x, &inputs, (size_t)(end - from), filter, spare, sums + (size_t)from * LANES);
}

/* Two by MOST_PLACES places of a row. */
WIDE static void run(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  float *sums = scratch, *spare = scratch + sums_size(c);
  const size_t line = task / chunks(c), start = task % chunks(c) * 2 * MOST_PLACES;
  const size_t z = line / c->output[1], row_of_plane = line % c->output[1];
  for (size_t first = start; first < start + 2 && first < c->output[2]; first++) {
    const size_t left = (c->output[2] - first + 1) / 2, count = left < MOST_PLACES ? left : MOST_PLACES;
    begin_sums(c, bias, count, sums);
    for (size_t tap = 0; tap < WEIGHTS; tap++) {
      const int64_t in_z = seen(c, 0, z, tap / TAPS / TAPS), in_y = seen(c, 1, row_of_plane, tap / TAPS % TAPS);
      if (in_z < 0 || in_y < 0) continue;
      const size_t at[2] = {(size_t)in_z, (size_t)in_y};
      add_tap(
          c, x, at, first, count, tap % TAPS, filter + tap * c->inputs * blocks(c->outputs) * LANES, spare, sums);
    }
    for (size_t block = 0; block < blocks(c->outputs); block++) {
      const size_t plane = block * c->output[0] * c->output[1] * c->output[2];
      float *to = y + (plane + line * c->output[2] + first) * LANES;
      for (size_t i = 0; i < count; i++)
        write_lanes(c, to + 2 * i * LANES, load(sums + (block * COLUMN + i) * LANES));
    }
  }
  end_writing(c);
}

const convolution_form OF_WIDTH(upsampling_blocks) = {tasks, filter_size, task_size, prepare, run};

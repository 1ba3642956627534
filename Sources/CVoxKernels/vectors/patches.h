#include "places.h"

/* Kernels as long as their steps: patches of the finer end that do not overlap, each belonging to one place of the
 * coarser end. Gathering, a result is a sum over its patch; scattering, a patch of results is made of one input. With
 * steps of one both are a matrix times the channels of every place. */

static bool gathers(const cvox_convolution *c) { return c->form == CVOX_GATHERED_PATCHES; }

static const size_t *coarse(const cvox_convolution *c) { return gathers(c) ? c->output : c->input; }

static size_t taps(const cvox_convolution *c) { return c->step[0] * c->step[1] * c->step[2]; }

static size_t chunks(const cvox_convolution *c) { return (coarse(c)[2] + MOST_PLACES - 1) / MOST_PLACES; }

static size_t tasks(const cvox_convolution *c) { return coarse(c)[0] * coarse(c)[1] * chunks(c); }

static size_t filter_size(const cvox_convolution *c) { return taps(c) * c->inputs * blocks(c->outputs) * LANES; }

static size_t task_size(const cvox_convolution *c) { return sums_and_spare_size(c); }

static void prepare(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  prepare_taps(c, taps(c), weights, input, filter);
}

/* --- Results --- */

/* Writes the sums of a row to places in planes that follow each other. */
WIDE_INLINE void write_planes(
    const cvox_convolution *c, const float *sums, const row *to, size_t count, float *y) {
  for (size_t output = 0; output < c->outputs; output += LANES)
    for (size_t first = 0; first < count; first += LANES) {
      const bool is_whole = count - first >= LANES;
      const lanes some = first_lanes(count - first);
      vector rows[LANES];
      UNROLLED for (size_t i = 0; i < LANES; i++)
          rows[i] = load(sums + (output / LANES * COLUMN + first + i) * LANES);
      transpose_square(rows);
      for (size_t lane = 0; lane < LANES && output + lane < c->outputs; lane++) {
        float *at = y + to->start + output / LANES * to->block + lane * to->lane + first;
        const vector values = c->adds ? add(load_lanes(some, at), rows[lane]) : rows[lane];
        if (is_whole)
          store(at, values);
        else
          store_lanes(some, at, values);
      }
    }
}

WIDE static void write_row(const cvox_convolution *c, const float *sums, const row *to, size_t count, float *y) {
  if (to->place == 1) return write_planes(c, sums, to, count, y);
  for (size_t block = 0; block < blocks(c->outputs); block++)
    for (size_t i = 0; i < count; i++) {
      float *at = y + to->start + block * to->block + i * to->place;
      const float *from = sums + (block * COLUMN + i) * LANES;
      if (to->lane == 1) {
        write_lanes(c, at, load(from));
      } else {
        for (size_t lane = 0; lane < LANES && block * LANES + lane < c->outputs; lane++)
          at[lane * to->lane] = c->adds ? at[lane * to->lane] + from[lane] : from[lane];
      }
    }
}

/* Up to MOST_PLACES places of a row of the coarser end. */
WIDE static void run(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  float *sums = scratch, *spare = scratch + sums_size(c);
  const size_t line = task / chunks(c), first = task % chunks(c) * MOST_PLACES, left = coarse(c)[2] - first;
  const size_t count = left < MOST_PLACES ? left : MOST_PLACES;
  const size_t at[3] = {line / coarse(c)[1], line % coarse(c)[1], first};
  const row own =
      gathers(c) ? row_at(c->output, c->output_in_planes, at, 1) : row_at(c->input, c->input_in_planes, at, 1);
  if (gathers(c)) begin_sums(c, bias, count, sums);
  for (size_t tap = 0; tap < taps(c); tap++) {
    const size_t inside[3] = {
        tap / c->step[2] / c->step[1], tap / c->step[2] % c->step[1], tap % c->step[2]};
    size_t fine[3];
    for (int axis = 0; axis < 3; axis++) fine[axis] = at[axis] * c->step[axis] + inside[axis];
    const float *own_filter = filter + tap * c->inputs * blocks(c->outputs) * LANES;
    if (gathers(c)) {
      const row from = row_at(c->input, c->input_in_planes, fine, c->step[2]);
      add_row(c, x, &from, count, own_filter, spare, sums);
    } else {
      const row to = row_at(c->output, c->output_in_planes, fine, c->step[2]);
      begin_sums(c, bias, count, sums);
      add_row(c, x, &own, count, own_filter, spare, sums);
      write_row(c, sums, &to, count, y);
    }
  }
  if (gathers(c)) write_row(c, sums, &own, count, y);
  end_writing(c);
}

const convolution_form OF_WIDTH(patches) = {tasks, filter_size, task_size, prepare, run};

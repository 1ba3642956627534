#include "convolution.h"

#include <string.h>

/* Kernels as long as their steps: patches of the finer end that do not overlap, each belonging to one place of the
 * coarser end. Gathering, a result is a sum over its patch; scattering, a patch of results is made of one input. With
 * steps of one both are a matrix times the channels of every place. */

enum {
  /* Of a task: what fills the registers goes into it without rest. */
  MOST_PLACES = LANES == 16 ? 126 : 120,
  COLUMN = 128, /* places that a block of a task's sums has room for */
  BEHIND = 16   /* places behind the last one that may be computed along, at most */
};

static bool gathers(const cvox_convolution *c) { return c->form == CVOX_GATHERED_PATCHES; }

static const size_t *coarse(const cvox_convolution *c) { return gathers(c) ? c->output : c->input; }

static size_t taps(const cvox_convolution *c) { return c->step[0] * c->step[1] * c->step[2]; }

static size_t chunks(const cvox_convolution *c) { return (coarse(c)[2] + MOST_PLACES - 1) / MOST_PLACES; }

static size_t tasks(const cvox_convolution *c) { return coarse(c)[0] * coarse(c)[1] * chunks(c); }

static size_t filter_size(const cvox_convolution *c) { return taps(c) * c->inputs * blocks(c->outputs) * LANES; }

static size_t sums_size(const cvox_convolution *c) { return blocks(c->outputs) * COLUMN * LANES; }

static size_t task_size(const cvox_convolution *c) { return sums_size(c) + blocks(c->inputs) * LANES * LANES; }

/* [taps, groups of blocks of outputs, inputs, blocks of the group, LANES]. */
static void prepare(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(c->outputs), group = blocks_at_once(c->outputs), point = c->inputs * all * LANES;
  for (size_t block = 0; block < all; block++) {
    const size_t first = block / group * group, together = all - first < group ? all - first : group;
    float *to = filter + (first * c->inputs + input * together + block - first) * LANES;
    for (size_t lane = 0; lane < LANES; lane++) {
      const size_t output = block * LANES + lane;
      const size_t from = (c->reversed ? input * c->outputs + output : output * c->inputs + input) * taps(c);
      for (size_t tap = 0; tap < taps(c); tap++)
        to[tap * point + lane] = output < c->outputs ? weights[from + tap] : 0;
    }
  }
}

/* --- Places --- */

/* Places of a row: where the first channel of the first one lies, and the steps to the next place, to the next channel
 * of a block and to the next block. */
typedef struct {
  size_t start, place, lane, block;
} row;

static row row_at(const size_t extents[3], bool in_planes, const size_t at[3], size_t step) {
  const size_t volume = extents[0] * extents[1] * extents[2];
  const size_t start = (at[0] * extents[1] + at[1]) * extents[2] + at[2];
  return in_planes ? (row){start, step, volume, LANES * volume}
                   : (row){start * LANES, step * LANES, 1, LANES * volume};
}

/* --- Products --- */

/* Adds HEIGHT places times WIDTH blocks of output channels, summed over all input channels. */
#define PRODUCT(NAME, HEIGHT, WIDTH)                                                                         \
  WIDE_INLINE void NAME##_of(                                                                                \
      const float *x, size_t place, size_t lane, size_t block, size_t inputs, const float *u, float *sums) { \
    vector sum[HEIGHT][WIDTH];                                                                               \
    UNROLLED for (size_t j = 0; j < (WIDTH); j++)                                                            \
        UNROLLED for (size_t i = 0; i < (HEIGHT); i++)                                                       \
            sum[i][j] = load(sums + (j * COLUMN + i) * LANES);                                    \
    for (size_t first = 0; first < inputs; first += LANES, x += block) {                                     \
      const float *channel = x;                                                                              \
      for (size_t k = first; k < inputs && k < first + LANES; k++, channel += lane, u += (WIDTH) * LANES) {  \
        /* The places after these, one by one: more than the processor waits for by itself. */               \
        _mm_prefetch((const char *)(x + ((HEIGHT) + k - first) * place), _MM_HINT_T0);                       \
        vector out[WIDTH];                                                                                   \
        UNROLLED for (size_t j = 0; j < (WIDTH); j++) out[j] = load(u + j * LANES);               \
        UNROLLED for (size_t i = 0; i < (HEIGHT); i++) {                                                     \
          const vector one = splat(channel[i * place]);                                             \
          UNROLLED for (size_t j = 0; j < (WIDTH); j++) sum[i][j] = fmadd(one, out[j], sum[i][j]); \
        }                                                                                                    \
      }                                                                                                      \
    }                                                                                                        \
    UNROLLED for (size_t j = 0; j < (WIDTH); j++)                                                            \
        UNROLLED for (size_t i = 0; i < (HEIGHT); i++)                                                       \
            store(sums + (j * COLUMN + i) * LANES, sum[i][j]);                                    \
  }                                                                                                          \
  /* Instances for the usual distances of places, which then are part of the instructions. */                \
  WIDE static void NAME(const float *x, const row *r, size_t inputs, const float *u, float *sums) {          \
    if (r->place == 1)                                                                                       \
      NAME##_of(x, 1, r->lane, r->block, inputs, u, sums);                                                   \
    else if (r->lane == 1 && r->place == LANES)                                                              \
      NAME##_of(x, LANES, 1, r->block, inputs, u, sums);                                                     \
    else if (r->lane == 1 && r->place == 2 * LANES)                                                          \
      NAME##_of(x, 2 * LANES, 1, r->block, inputs, u, sums);                                                 \
    else                                                                                                     \
      NAME##_of(x, r->place, r->lane, r->block, inputs, u, sums);                                            \
  }

PRODUCT(product_1, PLACES, 1)
PRODUCT(product_2, PLACES, 2)
PRODUCT(product_3, PLACES_OF_3, 3)

/* A few places in blocks of channels, zeros behind them. */
static row packed(const float *x, const row *from, size_t count, size_t inputs, float *to) {
  memset(to, 0, blocks(inputs) * LANES * LANES * sizeof *to);
  for (size_t k = 0; k < inputs; k++) {
    const float *channel = x + k / LANES * from->block + k % LANES * from->lane;
    for (size_t i = 0; i < count; i++) to[(k / LANES * LANES + i) * LANES + k % LANES] = channel[i * from->place];
  }
  return (row){0, LANES, 1, LANES * LANES};
}

/* Adds what the places of a row give through one tap. */
static void add_row(
    const cvox_convolution *c, const float *x, const row *from, size_t count, const float *filter, float *spare,
    float *sums) {
  const size_t all = blocks(c->outputs), group = blocks_at_once(c->outputs), height = places_at_once(c->outputs);
  for (size_t place = 0; place < count; place += height) {
    const float *start = x + from->start + place * from->place;
    row r = *from;
    if (count - place < height) {
      r = packed(start, from, count - place, c->inputs, spare);
      start = spare;
    }
    for (size_t first = 0; first < all; first += group) {
      const size_t together = all - first < group ? all - first : group;
      const float *u = filter + first * c->inputs * LANES;
      float *to = sums + (first * COLUMN + place) * LANES;
      if (together == 3)
        product_3(start, &r, c->inputs, u, to);
      else if (together == 2)
        product_2(start, &r, c->inputs, u, to);
      else
        product_1(start, &r, c->inputs, u, to);
    }
  }
}

/* --- Sums --- */

/* Starts the sums of some places, and of those behind them that are computed along. */
WIDE static void begin_sums(const cvox_convolution *c, const float *bias, size_t count, float *sums) {
  const size_t end = count + BEHIND < COLUMN ? count + BEHIND : COLUMN;
  for (size_t block = 0; block < blocks(c->outputs); block++) {
    const vector first = bias ? load(bias + block * LANES) : zero();
    for (size_t i = 0; i < end; i++) store(sums + (block * COLUMN + i) * LANES, first);
  }
}

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

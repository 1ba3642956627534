#include "convolution.h"

#include <string.h>

/* Stride 2, few channels at the finer end.
 *
 * Up: along an axis, results at every other place see one input through the middle tap, those between see two inputs
 * through the outer taps; which of a pair of places is which, the padding says. Down: each result sees three inputs. */

enum {
  MARGIN = LANES, /* zeros before and after a packed row */
  AT_ONCE = 6,    /* of a row of results at once, where it is in blocks */
#if LANES == 16
  VECTORS = 3,  /* of inputs of a row at once */
  TOGETHER = 4, /* output channels at once */
  GROUP = 4     /* blocks of channels at once */
#else
  VECTORS = 2,
  TOGETHER = 3,
  GROUP = 2
#endif
};

/* The other input that results between two of them see, relative to the input of their pair. */
static int64_t neighbour(const cvox_convolution *c, int axis) { return c->pad[axis] ? 1 : -1; }

/* The taps of that pair's own input and of the other one. */
static size_t own_tap(const cvox_convolution *c, int axis) { return c->pad[axis] ? 2 : 0; }

static size_t pairs(const cvox_convolution *c, int axis) { return (c->output[axis] + 1) / 2; }

static size_t chunks(size_t count, size_t size) { return (count + size - 1) / size; }

/* The weights of a pair of channels. */
static const float *weights_of(const cvox_convolution *c, const float *weights, size_t input, size_t output) {
  return weights + (c->reversed ? input * c->outputs + output : output * c->inputs + input) * WEIGHTS;
}

/* --- Up --- */

/* Floats of a packed row. */
static size_t row_size(const cvox_convolution *c) {
  return 2 * MARGIN + VECTORS * LANES * chunks(pairs(c, 2), VECTORS * LANES);
}

static size_t tasks_up(const cvox_convolution *c) { return pairs(c, 0) * pairs(c, 1); }

static size_t filter_size_up(const cvox_convolution *c) { return WEIGHTS * c->inputs * c->outputs; }

static size_t task_size_up(const cvox_convolution *c) { return 4 * blocks(c->inputs) * LANES * row_size(c); }

/* [9, inputs, outputs, 3]. */
static void prepare_up(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  for (size_t tap = 0; tap < TAPS * TAPS; tap++)
    for (size_t o = 0; o < c->outputs; o++)
      for (size_t k = 0; k < TAPS; k++)
        filter[((tap * c->inputs + input) * c->outputs + o) * TAPS + k] =
            weights_of(c, weights, input, o)[tap * TAPS + k];
}

/* LANES vectors to the transposed ones, `stride` floats apart. */
WIDE_INLINE void transpose_to(const float *from, size_t count, float *to, size_t stride) {
  vector rows[LANES];
  for (size_t i = 0; i < LANES; i++) rows[i] = i < count ? load(from + i * LANES) : zero();
  transpose_square(rows);
  for (size_t i = 0; i < LANES; i++) store(to + i * stride, rows[i]);
}

/* A row of all channels, [channels padded to blocks, row_size], zeros around it; all zeros outside the input. */
WIDE static void pack_row(const cvox_convolution *c, const float *x, int64_t z, int64_t y, float *to) {
  const size_t size = row_size(c), length = c->input[2];
  const bool inside = z >= 0 && z < (int64_t)c->input[0] && y >= 0 && y < (int64_t)c->input[1];
  memset(to, 0, blocks(c->inputs) * LANES * size * sizeof *to);
  if (!inside) return;
  const size_t volume = c->input[0] * c->input[1] * length * LANES;
  const size_t start = ((size_t)z * c->input[1] + (size_t)y) * length * LANES;
  for (size_t block = 0; block < blocks(c->inputs); block++)
    for (size_t at = 0; at < length && MARGIN + at + LANES <= size; at += LANES)
      transpose_to(
          x + block * volume + start + at * LANES, length - at, to + block * LANES * size + MARGIN + at, size);
}

/* Adds what one row of inputs gives to some output channels: through the middle tap to results of one input, through
 * the outer taps to those of two. */
#define ADD_ROW(COUNT)                                                                                             \
  WIDE_INLINE void add_row_##COUNT(                                                                                \
      const float *row, size_t size, size_t inputs, const float *u, size_t outputs, int64_t other, size_t own,     \
      vector single[COUNT][VECTORS], vector twice[COUNT][VECTORS]) {                                               \
    for (size_t i = 0; i < inputs; i++, row += size, u += outputs * TAPS) {                                        \
      vector here[VECTORS], there[VECTORS];                                                                        \
      UNROLLED for (int v = 0; v < VECTORS; v++) {                                                                 \
        here[v] = load(row + v * LANES);                                                                \
        there[v] = load(row + v * LANES + other);                                                       \
      }                                                                                                            \
      UNROLLED for (int o = 0; o < (COUNT); o++) {                                                                 \
        const vector middle = splat(u[o * TAPS + 1]);                                                     \
        const vector mine = splat(u[o * TAPS + own]), its = splat(u[o * TAPS + 2 - own]);        \
        UNROLLED for (int v = 0; v < VECTORS; v++) {                                                               \
          single[o][v] = fmadd(middle, here[v], single[o][v]);                                           \
          twice[o][v] = fmadd(mine, here[v], twice[o][v]);                                               \
          twice[o][v] = fmadd(its, there[v], twice[o][v]);                                               \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

/* Rows that a row of results sees, and the taps through which. */
typedef struct {
  size_t count;
  const float *rows[4];
  size_t taps[4];
} sights;

/* A stretch of a row of results of some output channels. */
#define WRITE_ROW(COUNT)                                                                                           \
  WIDE static void write_row_##COUNT(                                                                              \
      const cvox_convolution *c, const sights *s, size_t at, const float *filter, const float *bias, size_t first, \
      float *row) {                                                                                                \
    const size_t volume = c->output[0] * c->output[1] * c->output[2], left = c->output[2] - 2 * at;                \
    vector single[COUNT][VECTORS], twice[COUNT][VECTORS];                                                          \
    UNROLLED for (int o = 0; o < (COUNT); o++) {                                                                   \
      const vector start = splat(bias ? bias[first + (size_t)o] : 0);                                     \
      UNROLLED for (int v = 0; v < VECTORS; v++) single[o][v] = twice[o][v] = start;                               \
    }                                                                                                              \
    for (size_t i = 0; i < s->count; i++)                                                                          \
      add_row_##COUNT(                                                                                             \
          s->rows[i] + at, row_size(c), c->inputs, filter + (s->taps[i] * c->inputs * c->outputs + first) * TAPS,  \
          c->outputs, neighbour(c, 2), own_tap(c, 2), single, twice);                                              \
    UNROLLED for (int o = 0; o < (COUNT); o++)                                                                     \
        UNROLLED for (int v = 0; v < VECTORS; v++) {                                                               \
      const size_t done = (size_t)v * 2 * LANES;                                                                   \
      if (done >= left) break;                                                                                     \
      float *to = row + (first + (size_t)o) * volume + 2 * at + done;                                              \
      if (c->pad[2])                                                                                               \
        write_pair(single[o][v], twice[o][v], to, left - done);                                                    \
      else                                                                                                         \
        write_pair(twice[o][v], single[o][v], to, left - done);                                                    \
    }                                                                                                              \
  }

ADD_ROW(1)
ADD_ROW(2)
ADD_ROW(3)
ADD_ROW(4)
WRITE_ROW(1)
WRITE_ROW(2)
WRITE_ROW(3)
WRITE_ROW(4)

static void (*const WRITE_ROWS[])(
    const cvox_convolution *, const sights *, size_t, const float *, const float *, size_t, float *) = {
    write_row_1, write_row_2, write_row_3, write_row_4};

/* Two by two rows of results. */
static void run_up(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  const size_t z = task / pairs(c, 1), row = task % pairs(c, 1);
  const size_t packed = blocks(c->inputs) * LANES * row_size(c), groups = chunks(c->outputs, TOGETHER);
  for (size_t i = 0; i < 4; i++)
    pack_row(
        c, x, (int64_t)z + (i / 2 ? neighbour(c, 0) : 0), (int64_t)row + (i % 2 ? neighbour(c, 1) : 0),
        scratch + i * packed);
  for (size_t i = 0; i < 4; i++) {
    const size_t at[2] = {2 * z + i / 2, 2 * row + i % 2};
    if (at[0] >= c->output[0] || at[1] >= c->output[1]) continue;
    /* Even places see one input where there is padding, odd ones where there is none. */
    size_t seen[2], taps[2][2];
    for (int axis = 0; axis < 2; axis++) {
      const bool one = (at[axis] % 2 == 0) == (c->pad[axis] != 0);
      seen[axis] = one ? 1 : 2;
      taps[axis][0] = one ? 1 : own_tap(c, axis);
      taps[axis][1] = 2 - own_tap(c, axis);
    }
    sights s = {0};
    for (size_t j = 0; j < seen[0]; j++)
      for (size_t k = 0; k < seen[1]; k++) {
        s.rows[s.count] = scratch + (2 * j + k) * packed + MARGIN;
        s.taps[s.count++] = taps[0][j] * TAPS + taps[1][k];
      }
    float *to = y + (at[0] * c->output[1] + at[1]) * c->output[2];
    for (size_t start = 0; start < pairs(c, 2); start += VECTORS * LANES)
      for (size_t group = 0; group < groups; group++) {
        const size_t first = group * c->outputs / groups, end = (group + 1) * c->outputs / groups;
        WRITE_ROWS[end - first - 1](c, &s, start, filter, bias, first, to);
      }
  }
}

const convolution_form OF_WIDTH(upsampling) = {tasks_up, filter_size_up, task_size_up, prepare_up, run_up};

/* --- Down --- */

/* Floats of a copied row. */
static size_t copy_size(const cvox_convolution *c) {
  return 2 * MARGIN + 2 * AT_ONCE * chunks(c->output[2], AT_ONCE);
}

static size_t tasks_down(const cvox_convolution *c) { return c->output[0] * c->output[1]; }

static size_t filter_size_down(const cvox_convolution *c) {
  return WEIGHTS * c->inputs * blocks(c->outputs) * LANES;
}

static size_t task_size_down(const cvox_convolution *c) { return TAPS * TAPS * c->inputs * copy_size(c); }

/* [inputs, 27, outputs padded to blocks]. */
static void prepare_down(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(c->outputs) * LANES;
  for (size_t tap = 0; tap < WEIGHTS; tap++)
    for (size_t o = 0; o < all; o++)
      filter[(input * WEIGHTS + tap) * all + o] = o < c->outputs ? weights_of(c, weights, input, o)[tap] : 0;
}

/* Some blocks of channels at some places: the sum over all inputs and taps. */
#define GATHER(COUNT)                                                                                              \
  WIDE static void gather_##COUNT(                                                                                 \
      const float *rows, size_t size, size_t inputs, const float *u, size_t all, float *to, size_t volume,         \
      size_t places) {                                                                                             \
    vector sum[AT_ONCE][COUNT];                                                                                     \
    UNROLLED for (int p = 0; p < AT_ONCE; p++)                                                                      \
        UNROLLED for (int b = 0; b < (COUNT); b++) sum[p][b] = zero();                                \
    for (size_t i = 0; i < inputs * TAPS * TAPS; i++, rows += size)                                                \
      UNROLLED for (int k = 0; k < TAPS; k++, u += all) {                                                          \
        vector weights[COUNT];                                                                                     \
        UNROLLED for (int b = 0; b < (COUNT); b++) weights[b] = load(u + b * LANES);                    \
        UNROLLED for (int p = 0; p < AT_ONCE; p++) {                                                                \
          const vector value = splat(rows[2 * p + k]);                                                    \
          UNROLLED for (int b = 0; b < (COUNT); b++) sum[p][b] = fmadd(value, weights[b], sum[p][b]);    \
        }                                                                                                          \
      }                                                                                                            \
    UNROLLED for (int p = 0; p < AT_ONCE; p++)                                                                      \
        UNROLLED for (int b = 0; b < (COUNT); b++)                                                                 \
            if ((size_t)p < places) store(to + (size_t)b * volume + p * LANES, sum[p][b]);              \
  }

GATHER(1)
GATHER(2)
GATHER(3)
GATHER(4)

static void (*const GATHERS[])(
    const float *, size_t, size_t, const float *, size_t, float *, size_t, size_t) = {
    gather_1, gather_2, gather_3, gather_4};

/* One row of results. */
static void run_down(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  (void)bias;
  const size_t z = task / c->output[1], row = task % c->output[1], size = copy_size(c);
  const size_t from = c->input[0] * c->input[1] * c->input[2], length = c->input[2];
  for (size_t i = 0; i < c->inputs; i++)
    for (size_t tap = 0; tap < TAPS * TAPS; tap++) {
      float *copy = scratch + (i * TAPS * TAPS + tap) * size;
      const int64_t at_z = (int64_t)(2 * z + tap / TAPS) - (int64_t)c->pad[0];
      const int64_t at_y = (int64_t)(2 * row + tap % TAPS) - (int64_t)c->pad[1];
      memset(copy, 0, size * sizeof *copy);
      if (at_z < 0 || at_z >= (int64_t)c->input[0] || at_y < 0 || at_y >= (int64_t)c->input[1]) continue;
      const size_t room = size - MARGIN, copied = length < room ? length : room;
      memcpy(
          copy + MARGIN, x + i * from + ((size_t)at_z * c->input[1] + (size_t)at_y) * length, copied * sizeof *copy);
    }
  const size_t all = blocks(c->outputs), volume = c->output[0] * c->output[1] * c->output[2] * LANES;
  const size_t start = (z * c->output[1] + row) * c->output[2] * LANES;
  for (size_t place = 0; place < c->output[2]; place += AT_ONCE)
    for (size_t block = 0; block < all; block += GROUP) {
      const size_t together = all - block < GROUP ? all - block : GROUP, left = c->output[2] - place;
      GATHERS[together - 1](
          scratch + MARGIN + 2 * place - c->pad[2], size, c->inputs, filter + block * LANES, all * LANES,
          y + block * volume + start + place * LANES, volume, left < AT_ONCE ? left : AT_ONCE);
    }
}

const convolution_form OF_WIDTH(downsampling) = {tasks_down, filter_size_down, task_size_down, prepare_down, run_down};

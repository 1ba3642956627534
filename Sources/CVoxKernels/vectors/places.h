#ifndef CVOX_PLACES_H
#define CVOX_PLACES_H

#include "convolution.h"

#include <string.h>

/* Sums for the places of a row, tap by tap: a matrix times the channels of every place. */

enum {
  /* Places of a row at once: those whose sums are in registers go into it without rest. */
  MOST_PLACES = 120,
  COLUMN = 128, /* places that a block of sums has room for */
  BEHIND = 16   /* places behind the last one that may be computed along, at most */
};

static inline size_t sums_size(const cvox_convolution *c) { return blocks(c->outputs) * COLUMN * LANES; }

/* Floats of the sums and of a few places in blocks. */
static inline size_t sums_and_spare_size(const cvox_convolution *c) {
  return sums_size(c) + blocks(c->inputs) * LANES * LANES;
}

/* --- Filters --- */

/* What one channel that is read does, to [taps, groups of blocks of outputs, inputs, blocks of the group, LANES]. */
static inline void prepare_taps(
    const cvox_convolution *c, size_t taps, const float *weights, size_t input, float *filter) {
  const size_t all = blocks(c->outputs), group = blocks_at_once(c->outputs), point = c->inputs * all * LANES;
  for (size_t block = 0; block < all; block++) {
    const size_t first = block / group * group, together = all - first < group ? all - first : group;
    float *to = filter + (first * c->inputs + input * together + block - first) * LANES;
    for (size_t lane = 0; lane < LANES; lane++) {
      const size_t output = block * LANES + lane;
      const size_t from = (c->reversed ? input * c->outputs + output : output * c->inputs + input) * taps;
      for (size_t tap = 0; tap < taps; tap++)
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

static inline row row_at(const size_t extents[3], bool in_planes, const size_t at[3], size_t step) {
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

PRODUCT(product_1, FEW_PLACES, 1)
PRODUCT(product_2, FEW_PLACES, 2)
PRODUCT(product_3, FEW_PLACES, 3)

/* A few places in blocks of channels, zeros behind them. */
static inline row packed(const float *x, const row *from, size_t count, size_t inputs, float *to) {
  memset(to, 0, blocks(inputs) * LANES * LANES * sizeof *to);
  for (size_t k = 0; k < inputs; k++) {
    const float *channel = x + k / LANES * from->block + k % LANES * from->lane;
    for (size_t i = 0; i < count; i++) to[(k / LANES * LANES + i) * LANES + k % LANES] = channel[i * from->place];
  }
  return (row){0, LANES, 1, LANES * LANES};
}

/* Adds what the places of a row give through one tap. */
static inline void add_row(
    const cvox_convolution *c, const float *x, const row *from, size_t count, const float *filter, float *spare,
    float *sums) {
  const size_t all = blocks(c->outputs), group = blocks_at_once(c->outputs);
  for (size_t place = 0; place < count; place += FEW_PLACES) {
    const float *start = x + from->start + place * from->place;
    row r = *from;
    if (count - place < FEW_PLACES) {
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
WIDE static inline void begin_sums(const cvox_convolution *c, const float *bias, size_t count, float *sums) {
  const size_t end = count + BEHIND < COLUMN ? count + BEHIND : COLUMN;
  for (size_t block = 0; block < blocks(c->outputs); block++) {
    const vector first = bias ? load(bias + block * LANES) : zero();
    for (size_t i = 0; i < end; i++) store(sums + (block * COLUMN + i) * LANES, first);
  }
}

#endif

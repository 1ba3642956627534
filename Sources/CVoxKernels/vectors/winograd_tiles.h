#ifndef CVOX_WINOGRAD_TILES_H
#define CVOX_WINOGRAD_TILES_H

#include "winograd_axes.h"

/* The tiles of a convolution: how many, how tasks share them and where they lie. */

/* --- Sizes --- */

enum {
  MOST_TILES = 36,                                              /* of a task */
  MOST_POINTS = (MOST_ON_AXIS - 2) * MOST_ON_AXIS * MOST_ON_AXIS, /* of a tile or filter, long along the slowest axis */
  BEYOND_CACHES = 12 << 20 /* bytes of filters that are not there any more when they are read again */
};

/* Carries out ACTION with the forms of a tile's slowest axis and of the others, each a constant. */
#define WITH_AXES(W, ACTION)                                                  \
  switch ((W)->form) {                                                        \
  case CVOX_WINOGRAD_UPSAMPLING: ACTION(AXIS_FINER, AXIS_FINER); break;       \
  case CVOX_WINOGRAD_DOWNSAMPLING: ACTION(AXIS_COARSER, AXIS_COARSER); break; \
  case CVOX_WINOGRAD_LARGE_BLOCKS: ACTION(AXIS_LONG, AXIS_LONG); break;       \
  case CVOX_WINOGRAD_LARGEST_BLOCKS: ACTION(AXIS_LONG, AXIS_LONGEST); break;  \
  case CVOX_WINOGRAD_LONG_BLOCKS: ACTION(AXIS_SHORT, AXIS_LONG); break;       \
  default: ACTION(AXIS_SHORT, AXIS_SHORT);                                    \
  }

static axis_form axis_of(const cvox_convolution *w, int axis) {
#define CHOOSE(SLOWEST, OTHERS) return axis == 0 ? SLOWEST : OTHERS
  WITH_AXES(w, CHOOSE)
}

/* Whether one end is twice as fine as the other. */
static bool is_strided(const cvox_convolution *w) {
  return w->form == CVOX_WINOGRAD_UPSAMPLING || w->form == CVOX_WINOGRAD_DOWNSAMPLING;
}

static axis_counts along(const cvox_convolution *w, int axis) { return counts_of(axis_of(w, axis)); }

/* Along an axis with dilation d results at places d apart are a grid of their own, to which tiles belong; all d grids have
 * as many tiles as the largest. */
static size_t tiles(const cvox_convolution *w, int axis) {
  const size_t d = w->dilation[axis], grid = (w->output[axis] + d - 1) / d;
  const size_t results = along(w, axis).results;
  return d * ((grid + results - 1) / results);
}

/* Of a tile. */
static size_t points(const cvox_convolution *w) {
  return along(w, 0).points * along(w, 1).points * along(w, 2).points;
}

/* Along the two faster axes. */
static size_t sums_of_plane(const cvox_convolution *w) { return along(w, 1).sums * along(w, 2).sums; }

/* Of a tile, before they become results along the slowest axis. */
static size_t results_of_planes(const cvox_convolution *w) {
  return along(w, 0).sums * along(w, 1).results * along(w, 2).results;
}

/* Points of a filter. */
static size_t filters(const cvox_convolution *w) {
  return along(w, 0).filters * along(w, 1).filters * along(w, 2).filters;
}

static size_t tile_count(const cvox_convolution *w) { return tiles(w, 0) * tiles(w, 1) * tiles(w, 2); }

static size_t filter_size(const cvox_convolution *w) { return filters(w) * w->inputs * blocks(w->outputs) * LANES; }

static bool is_beyond_caches(const cvox_convolution *w) { return filter_size(w) * sizeof(float) >= BEYOND_CACHES; }

/* How tiles are shared out where filters are read from memory every time. */
typedef struct {
  size_t at_once; /* whose sums are in registers */
  size_t batch;   /* of a task */
  size_t cost;    /* of a thread's tasks, in tiles */
} sharing;

/* Of more tiles there are fewer tasks, but threads may wait for each other in the end. To read the filters takes as long as
 * some tiles. */
static sharing share(const cvox_convolution *w, size_t at_once) {
  const size_t reading = 4;
  sharing found = {at_once, at_once, SIZE_MAX};
  for (size_t some = at_once; some <= MOST_TILES; some += at_once) {
    const size_t parts = (tile_count(w) + some - 1) / some;
    const size_t cost = (parts + w->threads - 1) / w->threads * (some + reading);
    if (cost < found.cost) found.batch = some, found.cost = cost;
  }
  return found;
}

static sharing fittest(const cvox_convolution *w) {
  const sharing most = share(w, places_at_once(w->outputs)), few = share(w, FEW_PLACES);
  return few.cost < most.cost ? few : most;
}

static size_t tiles_at_once(const cvox_convolution *w) {
  return is_beyond_caches(w) ? fittest(w).at_once : places_at_once(w->outputs);
}

/* Tiles of a task: as few as there are registers for, so that what a task works in stays near; with vectors of 16 twice as
 * many where points are few and filters are read often. */
static size_t batch(const cvox_convolution *w) {
  if (is_beyond_caches(w)) return fittest(w).batch;
  const size_t rows = places_at_once(w->outputs);
  const bool pays = LANES == 16 && w->form == CVOX_WINOGRAD_BLOCKS && tile_count(w) >= 4 * rows * w->threads;
  return pays ? 2 * rows : rows;
}

static size_t tasks(const cvox_convolution *w) { return (tile_count(w) + batch(w) - 1) / batch(w); }

/* Values between the same place of two transformed points: an odd number of lines of memory, so that tiles two by two
 * share a line at all of them, and points do not all fall into the same sets of a cache. */
static size_t step(const cvox_convolution *w, size_t channels) {
  return (blocks(channels) * batch(w) * LANES / 16 | 1) * 16;
}

/* What a task works in, in whole lines of memory: the points of its tiles, the sums of one plane of them, the results of all
 * planes. */
typedef struct {
  float *v, *m;
  vector *planes; /* [blocks, tiles, planes, results along the faster axes] */
} room;

static size_t divide(const cvox_convolution *w, float *start, room *r) {
  float *end = start;
  r->v = end, end += points(w) * step(w, w->inputs);
  r->m = end, end += sums_of_plane(w) * step(w, w->outputs);
  r->planes = (vector *)end, end += (blocks(w->outputs) * batch(w) * results_of_planes(w) + 1) / 2 * 2 * LANES;
  return (size_t)(end - start);
}

static size_t task_size(const cvox_convolution *w) {
  room r;
  float nothing;
  return divide(w, &nothing, &r);
}

/* --- Places --- */

/* Where the first of a tile's results lies; the others follow in steps of the dilation. */
typedef struct {
  size_t at[3];
} place;

/* Tiles of grids beside each other follow each other, for they share lines of memory. */
static place place_of(const cvox_convolution *w, size_t tile) {
  const size_t x = tiles(w, 2), y = tiles(w, 1);
  place p = {{tile / x / y, tile / x % y, tile % x}};
  for (int axis = 0; axis < 3; axis++) {
    const size_t d = w->dilation[axis];
    p.at[axis] = p.at[axis] / d * d * along(w, axis).results + p.at[axis] % d;
  }
  return p;
}

/* Where the first value lies of the tile whose first result lies at a place; before the input, where it is padded. */
static int64_t first_value(const cvox_convolution *w, int axis, size_t at) {
  switch (axis_of(w, axis)) {
  case AXIS_FINER: return (int64_t)at / 2;
  case AXIS_COARSER: return 2 * (int64_t)at - (int64_t)w->pad[axis];
  default: return (int64_t)at - (int64_t)w->pad[axis];
  }
}

/* Places of the input from the first to the last value of a tile. */
static size_t reach(const cvox_convolution *w, int axis) {
  return (along(w, axis).values - 1) * w->dilation[axis] + 1;
}

#endif

#include "CVoxKernels.h"
#include "clones.h"

#include <string.h>

CVOX_CLONES
static void weighted_rows(
    const float *restrict x, size_t inner, const int32_t *restrict indices, const float *restrict weights, size_t taps,
    bool adds, float *restrict y) {
  if (!adds)
    for (size_t i = 0; i < inner; i++) y[i] = weights[0] * x[(size_t)indices[0] * inner + i];
  for (size_t tap = adds ? 0 : 1; tap < taps; tap++) {
    const float *row = x + (size_t)indices[tap] * inner;
    const float weight = weights[tap];
    for (size_t i = 0; i < inner; i++) y[i] += weight * row[i];
  }
}

static void weighted_elements(
    const float *restrict x, const int32_t *restrict starts, const int32_t *restrict indices,
    const float *restrict weights, size_t first, size_t end, bool adds, float *restrict y) {
  for (size_t j = first; j < end; j++) {
    float sum = adds ? y[j] : 0;
    for (int32_t tap = starts[j]; tap < starts[j + 1]; tap++) sum += weights[tap] * x[indices[tap]];
    y[j] = sum;
  }
}

void cvox_axis_map(const cvox_axis *axis, const float *x, size_t first, size_t end, bool adds, float *y) {
  const size_t inner = axis->inner;
  size_t row = first;
  while (row < end) {
    const size_t outer = row / axis->outputs, j = row % axis->outputs;
    const float *from = x + outer * axis->inputs * inner;
    if (inner == 1) {
      const size_t rest = axis->outputs - j < end - row ? axis->outputs - j : end - row;
      weighted_elements(from, axis->starts, axis->indices, axis->weights, j, j + rest, adds, y + outer * axis->outputs);
      row += rest;
      continue;
    }
    const int32_t start = axis->starts[j], taps = axis->starts[j + 1] - start;
    float *to = y + row * inner;
    if (taps == 0) {
      if (!adds) memset(to, 0, inner * sizeof *to);
    } else if (!adds && taps == 1 && axis->weights[start] == 1)
      memcpy(to, from + (size_t)axis->indices[start] * inner, inner * sizeof *to);
    else
      weighted_rows(from, inner, axis->indices + start, axis->weights + start, (size_t)taps, adds, to);
    row++;
  }
}

CVOX_CLONES
static void add_row(const float *restrict x, size_t count, float *restrict y) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}

void cvox_copy(const cvox_box *box, const float *x, size_t first, size_t end, bool adds, float *y) {
  int64_t index[CVOX_MAX_RANK] = {0};
  const int rank = box->rank, last = rank - 1;
  int64_t from = 0, to = 0;
  size_t rest = first;
  for (int axis = last - 1; axis >= 0; axis--) {
    index[axis] = (int64_t)(rest % (size_t)box->extents[axis]);
    rest /= (size_t)box->extents[axis];
    from += index[axis] * box->from[axis];
    to += index[axis] * box->to[axis];
  }
  const int64_t count = box->extents[last], step = box->from[last], stride = box->to[last];
  for (size_t row = first; row < end; row++) {
    const float *source = x + from;
    float *target = y + to;
    if (adds && step == 1 && stride == 1)
      add_row(source, (size_t)count, target);
    else if (adds)
      for (int64_t i = 0; i < count; i++) target[i * stride] += source[i * step];
    else if (step == 1 && stride == 1)
      memcpy(target, source, (size_t)count * sizeof *target);
    else
      for (int64_t i = 0; i < count; i++) target[i * stride] = source[i * step];
    for (int axis = last - 1; axis >= 0; axis--) {
      from += box->from[axis];
      to += box->to[axis];
      if (++index[axis] < box->extents[axis]) break;
      from -= index[axis] * box->from[axis];
      to -= index[axis] * box->to[axis];
      index[axis] = 0;
    }
  }
}

CVOX_CLONES
void cvox_fill(float value, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = value;
}

CVOX_CLONES
void cvox_select(
    const float *restrict condition, const float *restrict a, const float *restrict b, size_t count,
    float *restrict y) {
  for (size_t i = 0; i < count; i++) y[i] = condition[i] != 0 ? a[i] : b[i];
}

#include "convolution.h"

#if defined(__x86_64__)
bool cvox_convolution_available(void) { return __builtin_cpu_supports("avx512f"); }
#else
bool cvox_convolution_available(void) { return false; }
#endif

static const convolution_form *form_of(const cvox_convolution *c) {
  switch (c->form) {
  case CVOX_WINOGRAD_BLOCKS:
  case CVOX_WINOGRAD_LONG_BLOCKS:
  case CVOX_WINOGRAD_LARGE_BLOCKS: return &winograd_blocks;
  case CVOX_WINOGRAD_ROWS: return &winograd_rows;
  case CVOX_UPSAMPLING: return &upsampling;
  case CVOX_DOWNSAMPLING: return &downsampling;
  case CVOX_FEW_OUTPUTS: return &few_outputs;
  case CVOX_GATHERED_PATCHES:
  case CVOX_SCATTERED_PATCHES: return &patches;
  }
}

size_t cvox_convolution_tasks(const cvox_convolution *c) { return form_of(c)->tasks(c); }

size_t cvox_convolution_filter_size(const cvox_convolution *c) { return form_of(c)->filter_size(c); }

size_t cvox_convolution_task_size(const cvox_convolution *c) { return form_of(c)->task_size(c); }

void cvox_convolution_filter(const cvox_convolution *c, const float *weights, size_t input, float *filter) {
  form_of(c)->filter(c, weights, input, filter);
}

void cvox_convolution_task(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {
  form_of(c)->task(c, x, filter, bias, task, scratch, y);
}

#include "forms.h"

#if defined(__x86_64__)

static const convolution_form *form_of(const cvox_convolution *c) {
#define OF_LANES(FORM) (c->lanes == 16 ? &FORM##_16 : &FORM##_8)
  switch (c->form) {
  case CVOX_WINOGRAD_BLOCKS:
  case CVOX_WINOGRAD_LONG_BLOCKS:
  case CVOX_WINOGRAD_LARGE_BLOCKS:
  case CVOX_WINOGRAD_LARGEST_BLOCKS:
  case CVOX_WINOGRAD_UPSAMPLING:
  case CVOX_WINOGRAD_DOWNSAMPLING: return OF_LANES(winograd_blocks);
  case CVOX_WINOGRAD_ROWS: return OF_LANES(winograd_rows);
  case CVOX_UPSAMPLING: return OF_LANES(upsampling);
  case CVOX_UPSAMPLING_BLOCKS: return OF_LANES(upsampling_blocks);
  case CVOX_DOWNSAMPLING: return OF_LANES(downsampling);
  case CVOX_FEW_OUTPUTS: return OF_LANES(few_outputs);
  case CVOX_GATHERED_PATCHES:
  case CVOX_SCATTERED_PATCHES: return OF_LANES(patches);
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

#else

size_t cvox_convolution_tasks(const cvox_convolution *c) { return 0; }

size_t cvox_convolution_filter_size(const cvox_convolution *c) { return 0; }

size_t cvox_convolution_task_size(const cvox_convolution *c) { return 0; }

void cvox_convolution_filter(const cvox_convolution *c, const float *weights, size_t input, float *filter) {}

void cvox_convolution_task(
    const cvox_convolution *c, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
    float *y) {}

#endif

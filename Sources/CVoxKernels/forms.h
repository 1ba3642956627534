#ifndef CVOX_FORMS_H
#define CVOX_FORMS_H

#include "CVoxKernels.h"

/* A way to carry out a convolution. */
typedef struct {
  size_t (*tasks)(const cvox_convolution *);
  size_t (*filter_size)(const cvox_convolution *);
  size_t (*task_size)(const cvox_convolution *);
  void (*filter)(const cvox_convolution *, const float *weights, size_t input, float *filter);
  void (*task)(
      const cvox_convolution *, const float *x, const float *filter, const float *bias, size_t task, float *scratch,
      float *y);
} convolution_form;

/* Every way in vectors of 16 floats, and of 8. */
extern const convolution_form winograd_blocks_16, winograd_rows_16, upsampling_16, upsampling_blocks_16, downsampling_16,
    few_outputs_16, patches_16;
extern const convolution_form winograd_blocks_8, winograd_rows_8, upsampling_8, upsampling_blocks_8, downsampling_8,
    few_outputs_8, patches_8;

#endif

#ifndef CVOXKERNELS_H
#define CVOXKERNELS_H

/* Loops that oneDNN has no primitive for.
 *
 * A tensor is seen as blocks of `count` positions times `lanes` channels, the lanes next to each other:
 * lanes is 1 for C order, 8 or 16 for channel-blocked layouts, the number of channels for channels-last.
 * Functions work on one stretch of positions; they allocate nothing, start no thread and keep no state.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sum[l] = sum of x, squares[l] = sum of x * x, over the positions of lane l, in double precision. */
void cvox_moments(const float *x, size_t count, size_t lanes, double *sum, double *squares);

/* y = factor[l] * x + offset[l]. */
void cvox_affine(
    const float *x, size_t count, size_t lanes, const float *factor, const float *offset, float *y);

/* sum[l] = sum of dy, products[l] = sum of dy * (x - mean[l]), in double precision. */
void cvox_centred_products(
    const float *x, const float *dy, size_t count, size_t lanes, const float *mean, double *sum, double *products);

/* dx = a[l] * dy + b[l] * (x - mean[l]) + c[l]. */
void cvox_normalization_vjp(
    const float *x, const float *dy, size_t count, size_t lanes, const float *mean, const float *a, const float *b,
    const float *c, float *dx);

#ifdef __cplusplus
}
#endif

#endif

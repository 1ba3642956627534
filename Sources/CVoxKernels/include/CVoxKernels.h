#ifndef CVOXKERNELS_H
#define CVOXKERNELS_H

/* Loops that oneDNN has no primitive for, or a slower one.
 *
 * Functions work on a part of a tensor; they allocate nothing, start no thread and keep no state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Channels ---
 *
 * A tensor is seen as blocks of `count` positions times `lanes` channels, the lanes next to each other:
 * lanes is 1 for C order, 8 or 16 for channel-blocked layouts, the number of channels for channels-last.
 * Functions work on one stretch of positions.
 */

/* sum[l] = sum of x, squares[l] = sum of x * x, over the positions of lane l, in double precision. */
void cvox_moments(const float *x, size_t count, size_t lanes, double *sum, double *squares);

/* y = v where v = factor[l] * x + offset[l] is positive, slope[l] * v elsewhere; `y` may be `x`. */
void cvox_normalize(
    const float *x, size_t count, size_t lanes, const float *factor, const float *offset, const float *slope, float *y);

/* y = factor[l] * plane, one value per position, or that added to what is there. */
void cvox_outer_product(const float *plane, size_t count, size_t lanes, const float *factor, bool adds, float *y);

/* A cotangent: row[l] times the values of every lane, or, where it is an outer product, times one value per position.
 * Where there are signs, of 8 or 16 lanes, a bit per element, it is that where they are set, `bend` times that
 * elsewhere. */
typedef struct {
  const float *values, *row;
  const uint8_t *signs;
  float bend;
  bool is_outer;
} cvox_cotangent;

/* With d = dy where that v is positive, slope[l] * dy elsewhere:
 * sum[l] = sum of d, products[l] = sum of d * (x - mean[l]), in double precision. */
void cvox_centred_products(
    const float *x, cvox_cotangent dy, size_t count, size_t lanes, const float *factor, const float *offset,
    const float *slope, const float *mean, double *sum, double *products);

/* dx = a[l] * d + b[l] * (x - mean[l]) + c[l] + addend, which may be NULL; `dx` may be `dy` or the addend. */
void cvox_normalize_vjp(
    const float *x, cvox_cotangent dy, const float *addend, size_t count, size_t lanes, const float *factor,
    const float *offset, const float *slope, const float *mean, const float *a, const float *b, const float *c,
    float *dx);

/* --- Rows: `rows` stretches of `count` elements, one after the other --- */

/* y = (x - mean) * rstd * scale + shift, mean and rstd = 1 / sqrt(var + epsilon) of each row; `y` may be `x`. */
void cvox_layer_normalization(
    const float *x, size_t rows, size_t count, double epsilon, const float *scale, const float *shift, float *y,
    float *mean, float *rstd);

/* dx = rstd * (g - mean of g - xhat * mean of g * xhat) + addend, g = scale * dy; the addend may be NULL, and `dx` may be
 * `dy` or the addend. */
void cvox_layer_normalization_vjp(
    const float *x, const float *dy, const float *addend, size_t rows, size_t count, const float *scale,
    const float *mean, const float *rstd, float *dx);

/* The largest element of each row, the first one where several are equal, and its place. */
void cvox_row_maxima(const float *x, size_t rows, size_t count, float *y, int32_t *places);

/* dx = dy at the places, 0 elsewhere. */
void cvox_row_maxima_vjp(const float *dy, const int32_t *places, size_t rows, size_t count, float *dx);

/* --- Places --- */

/* A sparse linear map along one axis of a tensor [outer, inputs, inner] to [outer, outputs, inner].
 * Output j is the sum of weights[k] times input indices[k], k from starts[j] to starts[j + 1] - 1. */
typedef struct {
  size_t inputs, outputs, inner;
  const int32_t *starts, *indices;
  const float *weights;
} cvox_axis;

/* Rows first to end - 1 of the outer * outputs rows of the output, or what is added to them. */
void cvox_axis_map(const cvox_axis *axis, const float *x, size_t first, size_t end, bool adds, float *y);

enum { CVOX_MAX_RANK = 12 };

/* A box of elements that lie `from` apart in one tensor and `to` apart in another. */
typedef struct {
  int rank; /* from 1 */
  int64_t extents[CVOX_MAX_RANK], from[CVOX_MAX_RANK], to[CVOX_MAX_RANK];
} cvox_box;

/* Copies rows first to end - 1 of the box, or adds them, a row being its last axis; x and y point to the box's first
 * element. */
void cvox_copy(const cvox_box *box, const float *x, size_t first, size_t end, bool adds, float *y);

/* y = value. */
void cvox_fill(float value, size_t count, float *y);

/* y = a where the condition is not 0, b elsewhere. */
void cvox_select(const float *condition, const float *a, const float *b, size_t count, float *y);

/* --- Elements --- */

/* Functions of one value with parameters a and b. */
typedef enum {
  CVOX_ABS,
  CVOX_CEIL,
  CVOX_CELU, /* a: alpha */
  CVOX_CLIP, /* a: least, b: most value */
  CVOX_COS,
  CVOX_ERF,
  CVOX_EXP,
  CVOX_FLOOR,
  CVOX_GELU_ERF,
  CVOX_GELU_TANH,
  CVOX_HARD_SIGMOID, /* a * x + b between 0 and 1 */
  CVOX_HARD_SWISH,
  CVOX_LOG,
  CVOX_MISH,
  CVOX_POWER, /* a: exponent */
  CVOX_RECIPROCAL,
  CVOX_ROUND, /* halves to even */
  CVOX_SELU,  /* a: alpha, b: gamma */
  CVOX_SIGN,
  CVOX_SIN,
  CVOX_SOFTPLUS,
  CVOX_SOFTSIGN,
  CVOX_SQRT,
  CVOX_SQUARE,
  CVOX_THRESHOLDED /* a: threshold */
} cvox_function;

/* y = f(x). */
void cvox_map(cvox_function function, float a, float b, const float *x, size_t count, float *y);

/* dx = f'(x) * dy. */
void cvox_map_vjp(
    cvox_function function, float a, float b, const float *x, const float *dy, size_t count, float *dx);

/* A function of two values; the last two are 1 where the first is at least, or at most, the second, else 0. */
typedef enum {
  CVOX_ADD,
  CVOX_SUBTRACT,
  CVOX_MULTIPLY,
  CVOX_DIVIDE,
  CVOX_MAXIMUM,
  CVOX_MINIMUM,
  CVOX_AT_LEAST,
  CVOX_AT_MOST
} cvox_binary;

/* y[i] = f(a[i], b[i]), or f(a[i], b[0]) where b is repeated. */
void cvox_combine(cvox_binary function, const float *a, const float *b, size_t count, bool repeats, float *y);

/* y = x ^ exponent, and its derivatives by x and, from the power itself, by the exponent. */
void cvox_power(const float *x, const float *exponent, size_t count, float *y);
void cvox_power_slope(const float *x, const float *exponent, size_t count, float *y);
void cvox_exponent_slope(const float *x, const float *power, size_t count, float *y);

/* --- Vectors --- */

/* Floats of the widest vectors that convolutions and attention below can use on this processor: 16 of AVX-512, 8 of AVX2,
 * or 0, where there is nothing below. */
size_t cvox_most_lanes(void);

/* --- Convolutions of 3 x 3 x 3, and of kernels that do not overlap ---
 *
 * Channels are in C order or in blocks, of 16 channels in vectors of 16 floats and of 8 in vectors of 8.
 *
 * Minimal filtering, 3 x 3 x 3 and stride 1: eight results of a tile take 64 products per pair of channels where the
 * definition takes 216, the 32 of a long tile 144 instead of 864, the 64 of a large one 216 instead of 1728, the 144 of
 * one of the largest 384 instead of 3888. Relative to the largest value a layer's errors are about 3e-7, 1.5e-6, 3e-6 and
 * 1.5e-5. With stride 2 eight places of the coarser end and the 64 of the finer one take 125 products instead of 216, with
 * errors of about 3e-7. Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
 */

typedef enum {
  CVOX_WINOGRAD_BLOCKS,         /* input and output in blocks, whose padding is zero */
  CVOX_WINOGRAD_LONG_BLOCKS,    /* the same with tiles of four results along the two faster axes */
  CVOX_WINOGRAD_LARGE_BLOCKS,   /* the same with tiles of four results along every axis */
  CVOX_WINOGRAD_LARGEST_BLOCKS, /* the same with tiles of four results along the slowest axis, six along the others */
  CVOX_WINOGRAD_UPSAMPLING,     /* transposed with stride 2 and pad 1, from blocks to blocks */
  CVOX_WINOGRAD_DOWNSAMPLING,   /* stride 2, from blocks to blocks */
  CVOX_WINOGRAD_ROWS,           /* input and output in C order: better where channels would fill blocks badly */
  CVOX_UPSAMPLING,              /* transposed with stride 2, from blocks to C order */
  CVOX_UPSAMPLING_BLOCKS,       /* the same to blocks */
  CVOX_DOWNSAMPLING,            /* stride 2, from C order to blocks, without bias */
  CVOX_FEW_OUTPUTS,             /* stride 1, from blocks to C order */
  CVOX_GATHERED_PATCHES,        /* kernels as long as their steps, no padding: a result for every patch of the input */
  CVOX_SCATTERED_PATCHES        /* transposed: a patch of results for every place of the input */
} cvox_convolution_form;

/* A convolution, or the derivative of one, which reads what that wrote and writes what that read: the derivative of one
 * that goes up goes down. */
typedef struct {
  cvox_convolution_form form;
  size_t lanes;               /* floats of a vector, 16 or 8, and channels of a block */
  bool reversed;              /* the derivative */
  bool adds;                  /* results are added to what is there: from blocks with stride 1 or to blocks, patches */
  bool streams;               /* results are more than caches hold: blocks of them go past these */
  size_t inputs, outputs;     /* channels that are read and written */
  size_t input[3], output[3]; /* extents */
  size_t dilation[3];         /* of minimal filtering in blocks; 1 is dense */
  size_t pad[3];              /* zeros before the input, at most 2 dilations; with stride 2 at most 1, at the finer end */
  size_t step[3];             /* of patches: they fill the finer end */
  bool input_in_planes, output_in_planes; /* of patches: in C order, and not in blocks */
  size_t threads;             /* that share the tasks */
} cvox_convolution;

/* Channels that CVOX_WINOGRAD_ROWS reads at most. */
enum { CVOX_MOST_CHANNELS_OF_ROWS = 48 };

/* Channels that CVOX_FEW_OUTPUTS is fit to write. */
enum { CVOX_MOST_FEW_OUTPUTS = 4 };

size_t cvox_convolution_tasks(const cvox_convolution *convolution);

/* Floats of the filter as tasks want it, and of the memory that a task works in. */
size_t cvox_convolution_filter_size(const cvox_convolution *convolution);
size_t cvox_convolution_task_size(const cvox_convolution *convolution);

/* Prepares what the filter does to one channel that is read. Weights are [O, I, taps] in C order, O being the output of
 * the convolution itself and I its input. */
void cvox_convolution_filter(const cvox_convolution *convolution, const float *weights, size_t input, float *filter);

/* The results of one task; bias, where there is one, has a value for every channel, padding included. */
void cvox_convolution_task(
    const cvox_convolution *convolution, const float *x, const float *filter, const float *bias, size_t task,
    float *scratch, float *y);

/* --- Rectifiers: bit i of word w of `signs` says whether element 32 w + i is positive --- */

/* y = x where positive, slope * x elsewhere; `y` may be `x`. */
void cvox_rectify(const float *x, size_t count, float slope, float *y, uint32_t *signs);

/* dx = dy where x was positive, slope * dy elsewhere; `dx` may be `dy`. */
void cvox_rectify_vjp(const uint32_t *signs, const float *dy, size_t count, float slope, float *dx);

/* --- Attention: queries [N, D], keys [D, M] and values [M, E] to results [N, E] --- */

enum { CVOX_MOST_ADDENDS = 4 };

typedef struct {
  size_t lanes;                              /* floats of a vector, 16 or 8 */
  size_t queries, keys;                      /* N, M */
  size_t depth, width;                       /* D, E */
  float scale;                               /* of the products of queries and keys */
  size_t addends;                            /* tables [N, M] that are added to them */
  const float *addend[CVOX_MOST_ADDENDS];    /* NULL where all of a table is zero */
} cvox_attention_problem;

/* Floats of the memory that one call works in. */
size_t cvox_attention_scratch(const cvox_attention_problem *problem);

/* y = softmax(scale q k + addends) v, the softmax over the keys. */
void cvox_attention(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, float *scratch, float *y);

/* A cotangent of the result, and the cotangents of queries, keys and values that it becomes. */
typedef struct {
  const float *dy;
  float *dq, *dk, *dv;
} cvox_attention_cotangent;

/* Its derivatives along some cotangents; shares of the keys are computed again, band by band, for all of them. Queries whose
 * results have a cotangent of zero in all of them are left out: their own is zero. */
void cvox_attention_vjp(
    const cvox_attention_problem *problem, const float *q, const float *k, const float *v, size_t count,
    const cvox_attention_cotangent *cotangents, float *scratch);

/* --- Perceptrons of two layers: rows [C] to rows [E] by way of hidden ones [H] --- */

typedef struct {
  size_t lanes;                   /* floats of a vector, 16 or 8 */
  size_t inputs, hidden, outputs; /* C, H, E */
  const float *first;             /* weights [C, H] */
  const float *first_bias;        /* [H] */
  const float *first_back;        /* the transposed weights [H, C], read by the VJP alone */
  const float *second;            /* weights [H, E], of the VJP transposed, [E, H] */
  const float *second_bias;       /* [E], or NULL; not read by the VJP */
} cvox_perceptron;

/* Floats of the memory that one call works in. */
size_t cvox_perceptron_scratch(const cvox_perceptron *perceptron);

/* y = gelu(x first + first_bias) second + second_bias, gelu(h) being h times the normal distribution at h, of `count`
 * rows from `first` on. */
void cvox_perceptron_rows(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, float *scratch, float *y);

/* A cotangent of the results [rows, E], and that of the inputs [rows, C] that it becomes. */
typedef struct {
  const float *dy;
  float *dx;
} cvox_perceptron_cotangent;

/* Its derivatives along some cotangents, of `count` rows from `first` on; what is hidden is computed again, band by
 * band, for all of them. */
void cvox_perceptron_vjp(
    const cvox_perceptron *perceptron, const float *x, size_t first, size_t count, size_t cotangents,
    const cvox_perceptron_cotangent *own, float *scratch);

#ifdef __cplusplus
}
#endif

#endif

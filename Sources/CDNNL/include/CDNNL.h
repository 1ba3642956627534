#ifndef CDNNL_H
#define CDNNL_H

/* oneDNN behind plain C: layouts (memory descriptors) and kernels (primitives with their bound memory).
 *
 * Every function that makes something returns NULL and fills `error` when it fails; no C++ exception leaves.
 * All values are 32-bit floats on the CPU engine. A layout argument that is NULL means "whatever the kernel likes best".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cdnnl_layout cdnnl_layout;
typedef struct cdnnl_kernel cdnnl_kernel;

typedef struct {
  char text[256];
  bool unsupported; /* no implementation for this shape, as opposed to a fault */
} cdnnl_error;

enum { CDNNL_MAX_RANK = 12, CDNNL_MAX_SPATIAL = 3 };

/* What a memory is to a kernel. CDNNL_SOURCES + i is input i of a concatenation. */
typedef enum {
  CDNNL_SRC,
  CDNNL_SRC1,
  CDNNL_DST,
  CDNNL_WEIGHTS,
  CDNNL_BIAS,
  CDNNL_MEAN,
  CDNNL_VARIANCE,
  CDNNL_SCALE,
  CDNNL_SHIFT,
  CDNNL_WORKSPACE,
  CDNNL_SCRATCHPAD,
  CDNNL_DIFF_SRC,
  CDNNL_DIFF_SRC1,
  CDNNL_DIFF_DST,
  CDNNL_DIFF_WEIGHTS,
  CDNNL_SOURCES = 64
} cdnnl_slot;

/* How many threads kernels made and run on the calling thread use from now on. */
void cdnnl_set_threads(int count);

/* How many those are. */
int cdnnl_threads(void);

/* Runs body(context, 0, worker) ... body(context, tasks - 1, worker) on at most `workers` of those threads and waits. The
 * next task goes to the thread that is free first, for others on the machine may slow one of them down. */
void cdnnl_parallel(int tasks, int workers, void (*body)(void *context, int task, int worker), void *context);

/* --- Layouts --- */

cdnnl_layout *cdnnl_layout_strided(int rank, const int64_t *extents, const int64_t *strides, cdnnl_error *error);
/* The part of a layout at `offsets`; NULL (unsupported) when it would cut a block. */
cdnnl_layout *cdnnl_layout_slice(
    const cdnnl_layout *whole, const int64_t *extents, const int64_t *offsets, cdnnl_error *error);
/* The same memory seen with other extents; NULL (unsupported) when the layout does not allow it. */
cdnnl_layout *cdnnl_layout_reshape(const cdnnl_layout *layout, int rank, const int64_t *extents, cdnnl_error *error);
bool cdnnl_layout_equal(const cdnnl_layout *a, const cdnnl_layout *b);
/* Bytes from the start of the memory to its last element, padding of blocks included. */
size_t cdnnl_layout_bytes(const cdnnl_layout *layout);
int cdnnl_layout_rank(const cdnnl_layout *layout);
void cdnnl_layout_extents(const cdnnl_layout *layout, int64_t *extents);
/* How channels are interleaved in a layout [N, C, ...] of batch size 1: 1 for C order, 8 or 16 for blocks, C for
 * channels last; 0 for anything else, and for elements other than 32-bit floats. */
int64_t cdnnl_layout_lanes(const cdnnl_layout *layout);
/* The layout of a shape [1, C, ...] with channels interleaved in that way; NULL (unsupported) for other lanes. */
cdnnl_layout *cdnnl_layout_laned(int rank, const int64_t *extents, int64_t lanes, cdnnl_error *error);
void cdnnl_layout_free(cdnnl_layout *layout);

/* --- Kernels --- */

/* The layout a kernel wants or gives in a slot; NULL where the slot is unused. The caller frees it. */
cdnnl_layout *cdnnl_kernel_layout(const cdnnl_kernel *kernel, int slot);
/* Name of the implementation, e.g. "jit:avx512_core". */
const char *cdnnl_kernel_implementation(const cdnnl_kernel *kernel);
/* Sets the memory of a slot; it must hold the slot's layout while the kernel runs. */
bool cdnnl_kernel_bind(cdnnl_kernel *kernel, int slot, void *memory, cdnnl_error *error);
/* Runs the kernel and waits. */
bool cdnnl_kernel_run(cdnnl_kernel *kernel, cdnnl_error *error);
void cdnnl_kernel_free(cdnnl_kernel *kernel);

/* Whether the processor multiplies bfloat16 numbers. */
bool cdnnl_has_bf16(void);

/* Floats of the widest vectors that kernels use, 16 or 8, and 0 where these are narrower: what the processor has, or less
 * where ONEDNN_MAX_CPU_ISA says so. */
int cdnnl_lanes(void);

cdnnl_kernel *cdnnl_reorder(const cdnnl_layout *from, const cdnnl_layout *to, cdnnl_error *error);

/* A convolution of `spatial` axes, or the transposed convolution that maps `input` to `output`. */
typedef struct {
  int spatial;
  int64_t batch, groups, input_channels, output_channels;
  int64_t input[CDNNL_MAX_SPATIAL], output[CDNNL_MAX_SPATIAL], kernel[CDNNL_MAX_SPATIAL];
  int64_t stride[CDNNL_MAX_SPATIAL], dilation[CDNNL_MAX_SPATIAL]; /* dilation 1 = dense */
  int64_t pad_low[CDNNL_MAX_SPATIAL], pad_high[CDNNL_MAX_SPATIAL];
  bool bias;
  bool transposed;
  bool bf16; /* inputs and weights as bfloat16; sums and results stay 32-bit floats */
} cdnnl_convolution;

/* SRC, WEIGHTS [(G,) O, I, kernel], BIAS [O] -> DST. */
cdnnl_kernel *cdnnl_convolution_forward(
    const cdnnl_convolution *convolution, const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error);
/* DIFF_DST, WEIGHTS -> DIFF_SRC. */
cdnnl_kernel *cdnnl_convolution_backward(
    const cdnnl_convolution *convolution, const cdnnl_layout *diff_src, const cdnnl_layout *diff_dst,
    cdnnl_error *error);

typedef enum {
  CDNNL_RELU, /* alpha: slope for negative values */
  CDNNL_ELU,  /* alpha */
  CDNNL_LOGISTIC,
  CDNNL_TANH,
  CDNNL_LINEAR, /* alpha * x + beta */
  CDNNL_GELU_ERF
} cdnnl_eltwise;

/* SRC -> DST, same layout. */
cdnnl_kernel *cdnnl_eltwise_forward(
    cdnnl_eltwise kind, float alpha, float beta, const cdnnl_layout *layout, cdnnl_error *error);
/* SRC (of the forward pass), DIFF_DST -> DIFF_SRC, same layout. */
cdnnl_kernel *cdnnl_eltwise_backward(
    cdnnl_eltwise kind, float alpha, float beta, const cdnnl_layout *layout, cdnnl_error *error);

/* SRC, WEIGHTS (broadcast slopes) -> DST. */
cdnnl_kernel *cdnnl_prelu_forward(const cdnnl_layout *src, const cdnnl_layout *slopes, cdnnl_error *error);
/* SRC, WEIGHTS, DIFF_DST -> DIFF_SRC, DIFF_WEIGHTS. */
cdnnl_kernel *cdnnl_prelu_backward(const cdnnl_layout *src, const cdnnl_layout *slopes, cdnnl_error *error);

/* Normalization of each channel: SRC, MEAN, VARIANCE, SCALE, SHIFT, each [C], -> DST. */
cdnnl_kernel *cdnnl_normalization(const cdnnl_layout *src, float epsilon, cdnnl_error *error);

typedef enum {
  CDNNL_ADD,
  CDNNL_SUBTRACT,
  CDNNL_MULTIPLY,
  CDNNL_DIVIDE,
  CDNNL_MAXIMUM,
  CDNNL_MINIMUM,
  CDNNL_AT_LEAST, /* 1 where SRC >= SRC1, else 0 */
  CDNNL_AT_MOST
} cdnnl_binary_kind;

/* SRC, SRC1 (extents 1 are broadcast) -> DST in SRC's layout. */
cdnnl_kernel *cdnnl_binary(
    cdnnl_binary_kind kind, const cdnnl_layout *src, const cdnnl_layout *src1, cdnnl_error *error);

/* SRC [(B,) M, K], WEIGHTS [(B,) K, N] -> DST [(B,) M, N] in C order; `packs`: the weights in any layout; `bf16`: both
 * factors as bfloat16, in the order that the layouts give. */
cdnnl_kernel *cdnnl_matmul(
    const cdnnl_layout *src, const cdnnl_layout *weights, bool packs, bool bf16, cdnnl_error *error);

/* SRC -> DST, the sum over the axes whose extent in `dst` is 1. */
cdnnl_kernel *cdnnl_sum_over(const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error);

/* SOURCES + i -> DST. */
cdnnl_kernel *cdnnl_concat(int axis, int count, const cdnnl_layout *const *sources, cdnnl_error *error);

typedef enum { CDNNL_MAX_POOL, CDNNL_AVERAGE_POOL_INCLUDING_PADDING, CDNNL_AVERAGE_POOL } cdnnl_pool_kind;

typedef struct {
  int spatial;
  int64_t output[CDNNL_MAX_SPATIAL], kernel[CDNNL_MAX_SPATIAL], stride[CDNNL_MAX_SPATIAL];
  int64_t pad_low[CDNNL_MAX_SPATIAL], pad_high[CDNNL_MAX_SPATIAL];
  cdnnl_pool_kind kind;
} cdnnl_pooling;

/* SRC -> DST, WORKSPACE (max only). */
cdnnl_kernel *cdnnl_pooling_forward(const cdnnl_pooling *pooling, const cdnnl_layout *src, cdnnl_error *error);
/* DIFF_DST, WORKSPACE (max only) -> DIFF_SRC. */
cdnnl_kernel *cdnnl_pooling_backward(
    const cdnnl_pooling *pooling, const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error);

/* SRC -> DST, the softmax or its logarithm, same layout. */
cdnnl_kernel *cdnnl_softmax_forward(const cdnnl_layout *layout, int axis, bool logarithmic, cdnnl_error *error);
/* DST (of the forward pass), DIFF_DST -> DIFF_SRC, same layout. */
cdnnl_kernel *cdnnl_softmax_backward(const cdnnl_layout *layout, int axis, bool logarithmic, cdnnl_error *error);

#ifdef __cplusplus
}
#endif

#endif

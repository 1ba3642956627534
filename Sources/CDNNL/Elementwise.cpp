#include "Internal.hpp"

using namespace cdnnl;
using dnnl::algorithm;
using dnnl::prop_kind;

namespace {

algorithm algorithm_of(cdnnl_eltwise kind) {
  switch (kind) {
  case CDNNL_RELU: return algorithm::eltwise_relu;
  case CDNNL_ELU: return algorithm::eltwise_elu;
  case CDNNL_LOGISTIC: return algorithm::eltwise_logistic;
  case CDNNL_TANH: return algorithm::eltwise_tanh;
  case CDNNL_LINEAR: return algorithm::eltwise_linear;
  case CDNNL_GELU_ERF: return algorithm::eltwise_gelu_erf;
  }
  return algorithm::undef;
}

algorithm algorithm_of(cdnnl_binary_kind kind) {
  switch (kind) {
  case CDNNL_ADD: return algorithm::binary_add;
  case CDNNL_SUBTRACT: return algorithm::binary_sub;
  case CDNNL_MULTIPLY: return algorithm::binary_mul;
  case CDNNL_DIVIDE: return algorithm::binary_div;
  case CDNNL_MAXIMUM: return algorithm::binary_max;
  case CDNNL_MINIMUM: return algorithm::binary_min;
  case CDNNL_AT_LEAST: return algorithm::binary_ge;
  case CDNNL_AT_MOST: return algorithm::binary_le;
  }
  return algorithm::undef;
}

} // namespace

cdnnl_kernel *cdnnl_eltwise_forward(
    cdnnl_eltwise kind, float alpha, float beta, const cdnnl_layout *layout, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto pd = describe<dnnl::eltwise_forward>(
        prop_kind::forward_training, algorithm_of(kind), layout->desc, alpha, beta);
    return kernel<dnnl::eltwise_forward>(pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

cdnnl_kernel *cdnnl_eltwise_backward(
    cdnnl_eltwise kind, float alpha, float beta, const cdnnl_layout *layout, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto hint = describe<dnnl::eltwise_forward>(
        prop_kind::forward_training, algorithm_of(kind), layout->desc, alpha, beta);
    const auto pd = describe_backward<dnnl::eltwise_backward>(
        hint, algorithm_of(kind), layout->desc, layout->desc, alpha, beta);
    return kernel<dnnl::eltwise_backward>(
        pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_DIFF_DST, pd.diff_dst_desc()}, {CDNNL_DIFF_SRC, pd.diff_src_desc()}});
  });
}

cdnnl_kernel *cdnnl_prelu_forward(const cdnnl_layout *src, const cdnnl_layout *slopes, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto pd = describe<dnnl::prelu_forward>(prop_kind::forward_training, src->desc, slopes->desc);
    return kernel<dnnl::prelu_forward>(
        pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_WEIGHTS, pd.weights_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

cdnnl_kernel *cdnnl_prelu_backward(const cdnnl_layout *src, const cdnnl_layout *slopes, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto hint = describe<dnnl::prelu_forward>(prop_kind::forward_training, src->desc, slopes->desc);
    const auto pd = describe_backward<dnnl::prelu_backward>(hint, src->desc, slopes->desc, src->desc, slopes->desc);
    return kernel<dnnl::prelu_backward>(
        pd, {{CDNNL_SRC, pd.src_desc()},
             {CDNNL_WEIGHTS, pd.weights_desc()},
             {CDNNL_DIFF_DST, pd.diff_dst_desc()},
             {CDNNL_DIFF_SRC, pd.diff_src_desc()},
             {CDNNL_DIFF_WEIGHTS, pd.diff_weights_desc()}});
  });
}

cdnnl_kernel *cdnnl_binary(
    cdnnl_binary_kind kind, const cdnnl_layout *src, const cdnnl_layout *src1, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto pd = describe<dnnl::binary>(algorithm_of(kind), src->desc, src1->desc, src->desc);
    return kernel<dnnl::binary>(
        pd, {{CDNNL_SRC, pd.src0_desc()}, {CDNNL_SRC1, pd.src1_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

cdnnl_kernel *cdnnl_sum_over(const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto pd = describe<dnnl::reduction>(algorithm::reduction_sum, src->desc, dst->desc, 0.f, 0.f);
    return kernel<dnnl::reduction>(pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

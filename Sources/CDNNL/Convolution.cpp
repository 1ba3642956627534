#include "Internal.hpp"

using namespace cdnnl;
using dnnl::algorithm;
using dnnl::prop_kind;

namespace {

/* Which side of a convolution is made, in 32-bit floats whatever is read; of the hint to a backward one neither. */
enum class made { src, dst, neither };

/* The descriptors of a convolution, every layout left open that the caller does not give. */
struct problem {
  dnnl::memory::desc src, weights, bias, dst;
  dims stride, dilation, pad_low, pad_high;

  problem(const cdnnl_convolution &c, const cdnnl_layout *given_src, const cdnnl_layout *given_dst, made side) {
    const auto read = c.bf16 ? memory::data_type::bf16 : memory::data_type::f32;
    const auto type = [&](made one) { return side == one ? memory::data_type::f32 : read; };
    const auto spatial = [&](const int64_t *values) { return dims(values, values + c.spatial); };
    const auto joined = [](dims head, const dims &tail) {
      head.insert(head.end(), tail.begin(), tail.end());
      return head;
    };
    src = given_src ? given_src->desc : any(joined({c.batch, c.input_channels}, spatial(c.input)), type(made::src));
    dst = given_dst ? given_dst->desc : any(joined({c.batch, c.output_channels}, spatial(c.output)), type(made::dst));
    const auto out = c.output_channels / c.groups, in = c.input_channels / c.groups;
    weights = any(joined(c.groups > 1 ? dims{c.groups, out, in} : dims{out, in}, spatial(c.kernel)), read);
    if (c.bias) bias = vector(c.output_channels);
    stride = spatial(c.stride);
    dilation = spatial(c.dilation);
    for (auto &d : dilation) d -= 1;
    pad_low = spatial(c.pad_low);
    pad_high = spatial(c.pad_high);
  }
};

template <typename Forward> auto forward_description(const problem &p, algorithm kind) {
  return describe<Forward>(
      prop_kind::forward_training, kind, p.src, p.weights, p.bias, p.dst, p.stride, p.dilation, p.pad_low, p.pad_high);
}

template <typename Forward>
cdnnl_kernel *forward(
    const cdnnl_convolution &c, const cdnnl_layout *src, const cdnnl_layout *dst, algorithm kind) {
  const auto pd = forward_description<Forward>(problem(c, src, dst, made::dst), kind);
  slots used{{CDNNL_SRC, pd.src_desc()}, {CDNNL_WEIGHTS, pd.weights_desc()}, {CDNNL_DST, pd.dst_desc()}};
  if (c.bias) used.emplace_back(CDNNL_BIAS, pd.bias_desc());
  return kernel<Forward>(pd, used);
}

template <typename Forward, typename Backward>
cdnnl_kernel *backward(
    const cdnnl_convolution &c, const cdnnl_layout *diff_src, const cdnnl_layout *diff_dst, algorithm kind) {
  const auto hint = forward_description<Forward>(problem(c, nullptr, nullptr, made::neither), kind);
  const problem p(c, diff_src, diff_dst, made::src);
  const auto pd =
      describe_backward<Backward>(hint, kind, p.src, p.weights, p.dst, p.stride, p.dilation, p.pad_low, p.pad_high);
  return kernel<Backward>(
      pd, {{CDNNL_DIFF_SRC, pd.diff_src_desc()},
           {CDNNL_WEIGHTS, pd.weights_desc()},
           {CDNNL_DIFF_DST, pd.diff_dst_desc()}});
}

} // namespace

cdnnl_kernel *cdnnl_convolution_forward(
    const cdnnl_convolution *convolution, const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error) {
  return guarded(error, [&] {
    return convolution->transposed
        ? forward<dnnl::deconvolution_forward>(*convolution, src, dst, algorithm::deconvolution_direct)
        : forward<dnnl::convolution_forward>(*convolution, src, dst, algorithm::convolution_direct);
  });
}

cdnnl_kernel *cdnnl_convolution_backward(
    const cdnnl_convolution *convolution, const cdnnl_layout *diff_src, const cdnnl_layout *diff_dst,
    cdnnl_error *error) {
  return guarded(error, [&] {
    return convolution->transposed
        ? backward<dnnl::deconvolution_forward, dnnl::deconvolution_backward_data>(
              *convolution, diff_src, diff_dst, algorithm::deconvolution_direct)
        : backward<dnnl::convolution_forward, dnnl::convolution_backward_data>(
              *convolution, diff_src, diff_dst, algorithm::convolution_direct);
  });
}

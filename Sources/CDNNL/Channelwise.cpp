#include "Internal.hpp"

using namespace cdnnl;
using dnnl::algorithm;
using dnnl::prop_kind;

namespace {

algorithm algorithm_of(cdnnl_pool_kind kind) {
  switch (kind) {
  case CDNNL_MAX_POOL: return algorithm::pooling_max;
  case CDNNL_AVERAGE_POOL_INCLUDING_PADDING: return algorithm::pooling_avg_include_padding;
  case CDNNL_AVERAGE_POOL: return algorithm::pooling_avg_exclude_padding;
  }
  return algorithm::undef;
}

auto pooling_description(const cdnnl_pooling &p, const dnnl::memory::desc &src) {
  const auto spatial = [&](const int64_t *values) { return dims(values, values + p.spatial); };
  auto extents = src.dims();
  for (int axis = 0; axis < p.spatial; axis++) extents[2 + axis] = p.output[axis];
  return describe<dnnl::pooling_forward>(
      prop_kind::forward_training, algorithm_of(p.kind), src, any(extents), spatial(p.stride), spatial(p.kernel),
      spatial(p.pad_low), spatial(p.pad_high));
}

} // namespace

cdnnl_kernel *cdnnl_normalization(const cdnnl_layout *src, float epsilon, cdnnl_error *error) {
  return guarded(error, [&] {
    using flags = dnnl::normalization_flags;
    const auto pd = describe<dnnl::batch_normalization_forward>(
        prop_kind::forward_inference, src->desc, epsilon,
        flags::use_global_stats | flags::use_scale | flags::use_shift);
    const auto channels = vector(src->desc.dims()[1]);
    return kernel<dnnl::batch_normalization_forward>(
        pd, {{CDNNL_SRC, pd.src_desc()},
             {CDNNL_DST, pd.dst_desc()},
             {CDNNL_MEAN, pd.mean_desc()},
             {CDNNL_VARIANCE, pd.variance_desc()},
             {CDNNL_SCALE, channels},
             {CDNNL_SHIFT, channels}});
  });
}

cdnnl_kernel *cdnnl_concat(int axis, int count, const cdnnl_layout *const *sources, cdnnl_error *error) {
  return guarded(error, [&] {
    std::vector<dnnl::memory::desc> descs;
    for (int i = 0; i < count; i++) descs.push_back(sources[i]->desc);
    const dnnl::concat::primitive_desc pd(axis, descs, engine(), attributes());
    slots used{{CDNNL_DST, pd.dst_desc()}};
    for (int i = 0; i < count; i++) used.emplace_back(CDNNL_SOURCES + i, pd.src_desc(i));
    return kernel<dnnl::concat>(pd, used);
  });
}

cdnnl_kernel *cdnnl_pooling_forward(const cdnnl_pooling *pooling, const cdnnl_layout *src, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto pd = pooling_description(*pooling, src->desc);
    return kernel<dnnl::pooling_forward>(
        pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_DST, pd.dst_desc()}, {CDNNL_WORKSPACE, pd.workspace_desc()}});
  });
}

cdnnl_kernel *cdnnl_pooling_backward(
    const cdnnl_pooling *pooling, const cdnnl_layout *src, const cdnnl_layout *dst, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto &p = *pooling;
    const auto spatial = [&](const int64_t *values) { return dims(values, values + p.spatial); };
    const auto hint = pooling_description(p, src->desc);
    const auto pd = describe_backward<dnnl::pooling_backward>(
        hint, algorithm_of(p.kind), src->desc, dst->desc, spatial(p.stride), spatial(p.kernel), spatial(p.pad_low),
        spatial(p.pad_high));
    return kernel<dnnl::pooling_backward>(
        pd, {{CDNNL_DIFF_SRC, pd.diff_src_desc()},
             {CDNNL_DIFF_DST, pd.diff_dst_desc()},
             {CDNNL_WORKSPACE, pd.workspace_desc()}});
  });
}

namespace {

template <typename Forward> cdnnl_kernel *softmax_forward(const dnnl::memory::desc &desc, int axis) {
  const auto pd = describe<Forward>(prop_kind::forward_training, desc, axis);
  return kernel<Forward>(pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_DST, pd.dst_desc()}});
}

template <typename Forward, typename Backward>
cdnnl_kernel *softmax_backward(const dnnl::memory::desc &desc, int axis) {
  const auto hint = describe<Forward>(prop_kind::forward_training, desc, axis);
  const auto pd = describe_backward<Backward>(hint, desc, desc, axis);
  return kernel<Backward>(
      pd, {{CDNNL_DST, pd.dst_desc()}, {CDNNL_DIFF_DST, pd.diff_dst_desc()}, {CDNNL_DIFF_SRC, pd.diff_src_desc()}});
}

} // namespace

cdnnl_kernel *cdnnl_softmax_forward(const cdnnl_layout *layout, int axis, bool logarithmic, cdnnl_error *error) {
  return guarded(error, [&] {
    return logarithmic ? softmax_forward<dnnl::logsoftmax_forward>(layout->desc, axis)
                       : softmax_forward<dnnl::softmax_forward>(layout->desc, axis);
  });
}

cdnnl_kernel *cdnnl_softmax_backward(const cdnnl_layout *layout, int axis, bool logarithmic, cdnnl_error *error) {
  return guarded(error, [&] {
    return logarithmic ? softmax_backward<dnnl::logsoftmax_forward, dnnl::logsoftmax_backward>(layout->desc, axis)
                       : softmax_backward<dnnl::softmax_forward, dnnl::softmax_backward>(layout->desc, axis);
  });
}

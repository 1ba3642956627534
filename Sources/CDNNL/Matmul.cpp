#include "Internal.hpp"

using namespace cdnnl;

namespace {

/* The same elements in the same order, in another type. */
memory::desc retyped(const memory::desc &strided, memory::data_type type) {
  const auto &strides = strided.data.format_desc.blocking.strides;
  return {strided.dims(), type, dims(strides, strides + strided.data.ndims)};
}

} // namespace

cdnnl_kernel *cdnnl_matmul(
    const cdnnl_layout *src, const cdnnl_layout *weights, bool packs, bool bf16, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto type = bf16 ? memory::data_type::bf16 : memory::data_type::f32;
    const auto left = retyped(src->desc, type);
    const auto right = packs ? any(weights->desc.dims(), type) : retyped(weights->desc, type);
    auto extents = left.dims();
    extents.back() = right.dims().back();
    dims strides(extents.size(), 1);
    for (size_t axis = extents.size() - 1; axis > 0; axis--) strides[axis - 1] = strides[axis] * extents[axis];
    const dnnl::memory::desc dst(extents, dnnl::memory::data_type::f32, strides);
    const auto pd = describe<dnnl::matmul>(left, right, dst);
    return kernel<dnnl::matmul>(
        pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_WEIGHTS, pd.weights_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

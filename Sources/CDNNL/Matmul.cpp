#include "Internal.hpp"

using namespace cdnnl;

cdnnl_kernel *cdnnl_matmul(const cdnnl_layout *src, const cdnnl_layout *weights, bool packs, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto right = packs ? any(weights->desc.dims()) : weights->desc;
    auto extents = src->desc.dims();
    extents.back() = right.dims().back();
    dims strides(extents.size(), 1);
    for (size_t axis = extents.size() - 1; axis > 0; axis--) strides[axis - 1] = strides[axis] * extents[axis];
    const dnnl::memory::desc dst(extents, dnnl::memory::data_type::f32, strides);
    const auto pd = describe<dnnl::matmul>(src->desc, right, dst);
    return kernel<dnnl::matmul>(
        pd, {{CDNNL_SRC, pd.src_desc()}, {CDNNL_WEIGHTS, pd.weights_desc()}, {CDNNL_DST, pd.dst_desc()}});
  });
}

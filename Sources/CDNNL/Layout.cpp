#include "Internal.hpp"

using namespace cdnnl;

cdnnl_layout *cdnnl_layout_strided(int rank, const int64_t *extents, const int64_t *strides, cdnnl_error *error) {
  return guarded(error, [&] {
    return new cdnnl_layout{
        {dims(extents, extents + rank), dnnl::memory::data_type::f32, dims(strides, strides + rank)}};
  });
}

cdnnl_layout *cdnnl_layout_slice(
    const cdnnl_layout *whole, const int64_t *extents, const int64_t *offsets, cdnnl_error *error) {
  return guarded(error, [&]() -> cdnnl_layout * {
    const auto rank = cdnnl_layout_rank(whole);
    const auto part = whole->desc.submemory_desc(dims(extents, extents + rank), dims(offsets, offsets + rank), true);
    if (part) return new cdnnl_layout{part};
    fail(error, "the slice cuts a block of the layout", true);
    return nullptr;
  });
}

cdnnl_layout *cdnnl_layout_reshape(const cdnnl_layout *layout, int rank, const int64_t *extents, cdnnl_error *error) {
  return guarded(error, [&]() -> cdnnl_layout * {
    const auto seen = layout->desc.reshape(dims(extents, extents + rank), true);
    if (seen) return new cdnnl_layout{seen};
    fail(error, "the layout cannot be seen with these extents", true);
    return nullptr;
  });
}

bool cdnnl_layout_equal(const cdnnl_layout *a, const cdnnl_layout *b) { return a->desc == b->desc; }

size_t cdnnl_layout_bytes(const cdnnl_layout *layout) { return layout->desc.get_size(); }

static dims extents_of(const cdnnl_layout *layout) { return layout->desc.dims(); }

int cdnnl_layout_rank(const cdnnl_layout *layout) { return static_cast<int>(extents_of(layout).size()); }

void cdnnl_layout_extents(const cdnnl_layout *layout, int64_t *extents) {
  const auto all = extents_of(layout);
  std::copy(all.begin(), all.end(), extents);
}

int64_t cdnnl_layout_lanes(const cdnnl_layout *layout) {
  const auto &md = layout->desc.data;
  if (md.data_type != dnnl_f32 || md.format_kind != dnnl_blocked) return 0;
  if (md.ndims < 3 || md.dims[0] != 1 || md.offset0 != 0) return 0;
  const auto &blocking = md.format_desc.blocking;
  int64_t block = 1;
  if (blocking.inner_nblks == 1 && blocking.inner_idxs[0] == 1)
    block = blocking.inner_blks[0];
  else if (blocking.inner_nblks != 0)
    return 0;
  // Positions must follow each other in C order, `lanes` elements apart.
  int64_t positions = 1;
  for (int axis = 2; axis < md.ndims; axis++) positions *= md.dims[axis];
  const int64_t lanes = block == 1 && blocking.strides[1] == 1 && positions > 1 ? md.dims[1] : block;
  int64_t expected = lanes;
  for (int axis = md.ndims - 1; axis >= 2; axis--) {
    if (md.dims[axis] > 1 && blocking.strides[axis] != expected) return 0;
    if (md.padded_dims[axis] != md.dims[axis]) return 0;
    expected *= md.dims[axis];
  }
  const bool channels_follow = lanes != block || md.padded_dims[1] <= block || blocking.strides[1] == expected;
  return channels_follow ? lanes : 0;
}

cdnnl_layout *cdnnl_layout_laned(int rank, const int64_t *extents, int64_t lanes, cdnnl_error *error) {
  return guarded(error, [&]() -> cdnnl_layout * {
    using tag = dnnl::memory::format_tag;
    static constexpr tag of8[] = {tag::aBc8b, tag::aBcd8b, tag::aBcde8b};
    static constexpr tag of16[] = {tag::aBc16b, tag::aBcd16b, tag::aBcde16b};
    static constexpr tag last[] = {tag::acb, tag::acdb, tag::acdeb};
    const tag *tags = lanes == 8 ? of8 : lanes == 16 ? of16 : lanes == extents[1] ? last : nullptr;
    if (!tags || rank < 3 || rank > 5) {
      fail(error, "channels are not interleaved in that way", true);
      return nullptr;
    }
    return new cdnnl_layout{{dims(extents, extents + rank), dnnl::memory::data_type::f32, tags[rank - 3]}};
  });
}

void cdnnl_layout_free(cdnnl_layout *layout) { delete layout; }

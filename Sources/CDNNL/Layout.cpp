#include "Internal.hpp"

#include <dlfcn.h>

using namespace cdnnl;

const char *cdnnl_version(void) {
  static const std::string text = [] {
    auto v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  }();
  return text.c_str();
}

void cdnnl_set_threads(int count) {
  // oneDNN's OpenMP runtime comes in with the library; the symbol is looked up to need no compiler flag.
  using setter = void (*)(int);
  static const auto set = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set && count > 0) set(count);
}

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

void cdnnl_layout_free(cdnnl_layout *layout) { delete layout; }

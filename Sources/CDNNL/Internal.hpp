#pragma once

#include "CDNNL.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

struct cdnnl_layout {
  dnnl::memory::desc desc;
};

struct cdnnl_kernel {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments; // by oneDNN argument number
  const char *implementation;
};

namespace cdnnl {

using dims = dnnl::memory::dims;

inline dnnl::engine &engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

inline int argument(int slot) {
  switch (slot) {
  case CDNNL_SRC: return DNNL_ARG_SRC;
  case CDNNL_SRC1: return DNNL_ARG_SRC_1;
  case CDNNL_DST: return DNNL_ARG_DST;
  case CDNNL_WEIGHTS: return DNNL_ARG_WEIGHTS;
  case CDNNL_BIAS: return DNNL_ARG_BIAS;
  case CDNNL_MEAN: return DNNL_ARG_MEAN;
  case CDNNL_VARIANCE: return DNNL_ARG_VARIANCE;
  case CDNNL_SCALE: return DNNL_ARG_SCALE;
  case CDNNL_SHIFT: return DNNL_ARG_SHIFT;
  case CDNNL_WORKSPACE: return DNNL_ARG_WORKSPACE;
  case CDNNL_SCRATCHPAD: return DNNL_ARG_SCRATCHPAD;
  case CDNNL_DIFF_SRC: return DNNL_ARG_DIFF_SRC;
  case CDNNL_DIFF_SRC1: return DNNL_ARG_DIFF_SRC_1;
  case CDNNL_DIFF_DST: return DNNL_ARG_DIFF_DST;
  case CDNNL_DIFF_WEIGHTS: return DNNL_ARG_DIFF_WEIGHTS;
  default: return DNNL_ARG_MULTIPLE_SRC + (slot - CDNNL_SOURCES);
  }
}

inline void fail(cdnnl_error *error, const char *text, bool unsupported) {
  if (!error) return;
  std::snprintf(error->text, sizeof error->text, "%s", text);
  error->unsupported = unsupported;
}

/* Runs `body`; an exception becomes an error and the value-initialised result. */
template <typename Body> auto guarded(cdnnl_error *error, Body body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const dnnl::error &e) {
    fail(error, e.what(), e.status == dnnl_unimplemented);
  } catch (const std::exception &e) {
    fail(error, e.what(), false);
  } catch (...) {
    fail(error, "unknown failure in the kernel library", false);
  }
  return {};
}

#if DNNL_VERSION_MAJOR != 2
#error "this shim speaks oneDNN 2.x; oneDNN 3 has no operation descriptors: describe() and its callers change"
#endif

inline dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

using dnnl::memory;

inline memory::desc any(const dims &extents, memory::data_type type = memory::data_type::f32) {
  return {extents, type, memory::format_tag::any};
}

inline dnnl::memory::desc vector(int64_t count) {
  return {{count}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a};
}

/* The description of a primitive made from its operation descriptor's arguments. */
template <typename Primitive, typename... Arguments> auto describe(const Arguments &...arguments) {
  return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes(), engine());
}

/* The same for a backward primitive, which oneDNN matches with the forward one. */
template <typename Primitive, typename Hint, typename... Arguments>
auto describe_backward(const Hint &hint, const Arguments &...arguments) {
  return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes(), engine(), hint);
}

using slots = std::vector<std::pair<int, dnnl::memory::desc>>;

/* A kernel of a primitive description, with memory objects (no memory yet) for its slots and its scratchpad. */
template <typename Primitive, typename Description> cdnnl_kernel *kernel(const Description &pd, slots used) {
  auto made = std::make_unique<cdnnl_kernel>();
  made->primitive = Primitive(pd);
  made->implementation = pd.impl_info_str();
  used.emplace_back(CDNNL_SCRATCHPAD, pd.scratchpad_desc());
  for (auto &[slot, desc] : used)
    if (!desc.is_zero()) made->arguments.emplace(argument(slot), dnnl::memory(desc, engine(), DNNL_MEMORY_NONE));
  return made.release();
}

} // namespace cdnnl

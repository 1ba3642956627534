#include "Internal.hpp"

using namespace cdnnl;

static bool has(dnnl::cpu_isa isa) {
  const auto wanted = static_cast<int>(isa);
  return (static_cast<int>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

bool cdnnl_has_bf16(void) { return has(dnnl::cpu_isa::avx512_core_bf16); }

int cdnnl_lanes(void) { return has(dnnl::cpu_isa::avx512_core) ? 16 : has(dnnl::cpu_isa::avx2) ? 8 : 0; }

cdnnl_layout *cdnnl_kernel_layout(const cdnnl_kernel *kernel, int slot) {
  return guarded(nullptr, [&]() -> cdnnl_layout * {
    const auto found = kernel->arguments.find(argument(slot));
    return found == kernel->arguments.end() ? nullptr : new cdnnl_layout{found->second.get_desc()};
  });
}

const char *cdnnl_kernel_implementation(const cdnnl_kernel *kernel) { return kernel->implementation; }

bool cdnnl_kernel_bind(cdnnl_kernel *kernel, int slot, void *memory, cdnnl_error *error) {
  return guarded(error, [&] {
    const auto found = kernel->arguments.find(argument(slot));
    if (found == kernel->arguments.end()) {
      fail(error, "the kernel has no such slot", false);
      return false;
    }
    found->second.set_data_handle(memory);
    return true;
  });
}

bool cdnnl_kernel_run(cdnnl_kernel *kernel, cdnnl_error *error) {
  return guarded(error, [&] {
    thread_local dnnl::stream stream(engine());
    kernel->primitive.execute(stream, kernel->arguments);
    stream.wait();
    return true;
  });
}

void cdnnl_kernel_free(cdnnl_kernel *kernel) { delete kernel; }

cdnnl_kernel *cdnnl_reorder(const cdnnl_layout *from, const cdnnl_layout *to, cdnnl_error *error) {
  return guarded(error, [&] {
    const dnnl::reorder::primitive_desc pd(engine(), from->desc, engine(), to->desc, attributes());
    return kernel<dnnl::reorder>(pd, {{CDNNL_SRC, from->desc}, {CDNNL_DST, to->desc}});
  });
}

#include "Internal.hpp"

#include <csetjmp>
#include <cstdlib>

/* Debian builds GDCM with its assertions, many of which fail on damaged files. One that fails inside a guarded call
 * ends that call instead of the program: `__assert_fail`, through which every assertion goes, is defined here and so
 * takes precedence over the C library's. The frames between are abandoned with the memory they hold, which is of no
 * consequence for a program about to report a damaged file; GDCM holds no locks. */

namespace {

thread_local std::jmp_buf *recovery = nullptr;
thread_local const char *failed = nullptr;

} // namespace

extern "C" [[noreturn]] void __assert_fail(const char *assertion, const char *file, unsigned line,
                                           const char *function) noexcept {
  if (recovery) {
    failed = assertion;
    std::longjmp(*recovery, 1);
  }
  std::fprintf(stderr, "%s:%u: %s: assertion failed: %s\n", file, line, function, assertion);
  std::abort();
}

bool cgdcm::survives_assertions(void (*body)(void *), void *context, cgdcm_error *error) {
  std::jmp_buf here;
  std::jmp_buf *const outer = recovery;
  if (setjmp(here)) {
    recovery = outer;
    if (error) std::snprintf(error->text, sizeof error->text, "GDCM expected %s", failed);
    return false;
  }
  recovery = &here;
  body(context);
  recovery = outer;
  return true;
}

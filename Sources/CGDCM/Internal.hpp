#pragma once

#include "CGDCM.h"

#include <cstdio>
#include <exception>

namespace cgdcm {

inline void fail(cgdcm_error *error, const char *text) {
  if (error) std::snprintf(error->text, sizeof error->text, "%s", text);
}

/* GDCM reports oddities on stderr and builds its dictionary on first use: both are settled once, before any file. */
void prepare();

/* Calls `body(context)`; false where an assertion failed inside, of which `error` tells. */
bool survives_assertions(void (*body)(void *), void *context, cgdcm_error *error);

/* Runs `body`; an exception or a failed assertion becomes an error and the value-initialised result. */
template <typename Body> auto guarded(cgdcm_error *error, Body body) noexcept -> decltype(body()) {
  struct call {
    Body &body;
    cgdcm_error *error;
    decltype(body()) result;
  } call{body, error, {}};
  const auto run = [](void *context) {
    auto &call = *static_cast<struct call *>(context);
    try {
      call.result = call.body();
    } catch (const std::exception &exception) {
      fail(call.error, exception.what());
    } catch (...) {
      fail(call.error, "GDCM failed without saying why");
    }
  };
  if (!survives_assertions(run, &call, error)) return {};
  return call.result;
}

} // namespace cgdcm

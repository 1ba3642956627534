#include "CDNNL.h"

#include <algorithm>

#include <dlfcn.h>

namespace {

/* oneDNN brings its OpenMP runtime along; its functions are looked up, so that no compiler flag is needed and work
 * outside oneDNN shares oneDNN's threads. */
template <typename Function> Function runtime(const char *name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

struct region {
  int tasks;
  void (*body)(void *, int);
  void *context;
};

int thread_number() {
  static const auto get = runtime<int (*)()>("omp_get_thread_num");
  return get ? get() : 0;
}

int team_size() {
  static const auto get = runtime<int (*)()>("omp_get_num_threads");
  return get ? get() : 1;
}

void run(void *data) {
  const auto &work = *static_cast<region *>(data);
  for (int task = thread_number(); task < work.tasks; task += team_size()) work.body(work.context, task);
}

} // namespace

void cdnnl_set_threads(int count) {
  static const auto set = runtime<void (*)(int)>("omp_set_num_threads");
  if (set && count > 0) set(count);
}

int cdnnl_threads() {
  static const auto get = runtime<int (*)()>("omp_get_max_threads");
  return get ? std::max(get(), 1) : 1;
}

void cdnnl_parallel(int tasks, void (*body)(void *context, int task), void *context) {
  using parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
  static const auto start = runtime<parallel>("GOMP_parallel");
  region work{tasks, body, context};
  const int wanted = std::min(cdnnl_threads(), tasks);
  if (start && wanted > 1)
    start(run, &work, static_cast<unsigned>(wanted), 0);
  else
    run(&work);
}

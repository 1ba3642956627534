#include "CDNNL.h"

#include <algorithm>
#include <atomic>

#include <dlfcn.h>

namespace {

/* oneDNN brings its OpenMP runtime along; its functions are looked up, so that no compiler flag is needed and work
 * outside oneDNN shares oneDNN's threads. */
template <typename Function> Function runtime(const char *name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

struct region {
  int tasks;
  void (*body)(void *, int, int);
  void *context;
  std::atomic<int> next{0};
};

int thread_number() {
  static const auto get = runtime<int (*)()>("omp_get_thread_num");
  return get ? get() : 0;
}

void run(region &work, int worker) {
  /* Every thread takes one number too many; the team is far smaller than what is left of an int. */
  for (int task; (task = work.next.fetch_add(1, std::memory_order_relaxed)) < work.tasks;)
    work.body(work.context, task, worker);
}

void run_in_team(void *data) { run(*static_cast<region *>(data), thread_number()); }

} // namespace

void cdnnl_set_threads(int count) {
  static const auto set = runtime<void (*)(int)>("omp_set_num_threads");
  if (set && count > 0) set(count);
}

int cdnnl_threads() {
  static const auto get = runtime<int (*)()>("omp_get_max_threads");
  return get ? std::max(get(), 1) : 1;
}

void cdnnl_parallel(int tasks, int workers, void (*body)(void *context, int task, int worker), void *context) {
  using parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
  static const auto start = runtime<parallel>("GOMP_parallel");
  region work{tasks, body, context, {}};
  const int wanted = std::min({cdnnl_threads(), tasks, workers});
  if (start && wanted > 1)
    start(run_in_team, &work, static_cast<unsigned>(wanted), 0);
  else
    run(work, 0);
}

#define _GNU_SOURCE

#include "CLibFuzzer.h"

#include <sys/mman.h>

/* libFuzzer's own `main` refers to this; ours takes its place. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) { return 0; }

int fuzzing_memory_file(void) { return memfd_create("fuzz", 0); }

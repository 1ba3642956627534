#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's driver: calls `test` with one input after the other, as the options in `argv` say. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));

/* A descriptor of a new file in memory, or -1; `memfd_create`, which Swift does not import. */
int fuzzing_memory_file(void);

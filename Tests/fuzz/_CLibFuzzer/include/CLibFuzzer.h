#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's driver: calls `test` with one input after the other, as the options in `argv` say. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));

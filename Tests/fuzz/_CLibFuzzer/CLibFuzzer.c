#include "CLibFuzzer.h"

/* libFuzzer's own `main` refers to this; ours takes its place. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) { return 0; }

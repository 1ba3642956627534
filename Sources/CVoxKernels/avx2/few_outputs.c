#if defined(__x86_64__)
#define LANES 8
#include "../vectors/few_outputs.h"
#endif

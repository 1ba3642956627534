#if defined(__x86_64__)
#define LANES 16
#include "../vectors/upsampling_blocks.h"
#endif

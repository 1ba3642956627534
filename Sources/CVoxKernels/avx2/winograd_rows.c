#if defined(__x86_64__)
#define LANES 8
#include "../vectors/winograd_rows.h"
#endif

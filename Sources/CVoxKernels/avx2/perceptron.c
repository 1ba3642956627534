#if defined(__x86_64__)
#define LANES 8
#include "../vectors/perceptron.h"
#endif

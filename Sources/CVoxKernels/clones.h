#ifndef CVOX_CLONES_H
#define CVOX_CLONES_H

/* Compiles a function for several instruction sets; the best one is chosen when the program is loaded. */
#if defined(__x86_64__)
#define CVOX_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CVOX_CLONES
#endif

#endif

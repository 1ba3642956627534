#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <png.h>

/* Bytes that the PNG file of an image never exceeds; a macro of libpng. */
static inline size_t cpng_size_bound(const png_image *image) { return PNG_IMAGE_PNG_SIZE_MAX(*image); }

#endif

#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// The initialisers are macros in zlib.h, which Swift cannot call.
// Window bits 15 + 32: gzip or zlib framing, whichever is found; -15: none, deflate alone.
static inline int czlib_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }
static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -15); }
static inline int czlib_deflate_init_raw(z_stream *stream, int level, int strategy) {
  return deflateInit2(stream, level, Z_DEFLATED, -15, 8, strategy);
}

#endif

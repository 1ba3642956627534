#pragma once

/* A plain C interface over GDCM 3.0: its dictionary, its decoders of compressed pixels, its writer.
 *
 * Every function may be called from several threads at once, on different handles. No C++ exception leaves; a function
 * that can fail takes a `cgdcm_error` and returns NULL or false. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a call failed. */
typedef struct {
  char text[256];
} cgdcm_error;

/* How a frame of compressed pixels describes itself, one grey value per pixel. */
typedef struct {
  uint16_t columns, rows;
  uint16_t bits_allocated, bits_stored;
  bool is_signed;
} cgdcm_pixel_format;

/* The two letters of an element's value representation in the dictionary; empty where it is not there. */
void cgdcm_representation(uint16_t group, uint16_t element, char vr[3]);

/* Decompresses a frame of a JPEG transfer syntax into `buffer`, which holds rows * columns samples of bits_allocated
 * each.
 * Samples are in the order of this machine; bits above bits_stored are what the codec left there. The size that the
 * frame states was compared with `format`: decoders allocate by it. */
bool cgdcm_decode(const char *transfer_syntax, cgdcm_pixel_format format, const void *frame, size_t length,
                  void *buffer, size_t capacity, cgdcm_error *error);

/* Elements of a new file. */
typedef struct cgdcm_builder cgdcm_builder;

cgdcm_builder *cgdcm_builder_create(void);
void cgdcm_builder_destroy(cgdcm_builder *builder);

/* Sets an element; text is padded to an even length as its value representation asks. */
bool cgdcm_builder_set(cgdcm_builder *builder, uint16_t group, uint16_t element, const char *vr, const void *bytes,
                       size_t length);

/* Appends an item to a sequence; it lives as long as its parent and is not destroyed by the caller. */
cgdcm_builder *cgdcm_builder_add_item(cgdcm_builder *builder, uint16_t group, uint16_t element);

/* The file's bytes: explicit VR little endian with preamble and meta information. They live until the next call on the
 * builder. */
const void *cgdcm_builder_encode(cgdcm_builder *builder, size_t *length, cgdcm_error *error);

#ifdef __cplusplus
}
#endif

#pragma once

/* A plain C interface over GDCM 3.0: data elements in, data elements out, pixels decoded.
 *
 * Every function may be called from several threads at once on different handles. No C++ exception leaves; a function
 * that can fail takes a `cgdcm_error` and returns NULL or false. Files must have been checked for lengths that exceed
 * them: GDCM allocates what a length field says. */

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

/* A parsed file. */
typedef struct cgdcm_file cgdcm_file;

/* The data elements of a file or of a sequence item; lives as long as its file. */
typedef struct cgdcm_dataset cgdcm_dataset;

/* How the header describes one frame of pixels. */
typedef struct {
  uint16_t columns, rows;
  uint16_t bits_allocated, bits_stored, high_bit;
  bool is_signed;
} cgdcm_pixel_format;

/* Reads a DICOM file up to its Pixel Data (7FE0,0010), with it or without. */
cgdcm_file *cgdcm_open(const char *path, bool with_pixels, cgdcm_error *error);
void cgdcm_close(cgdcm_file *file);

/* The UID of the transfer syntax, as in the file's meta information. */
const char *cgdcm_transfer_syntax(const cgdcm_file *file);

/* The elements outside any sequence, without the file meta information. */
const cgdcm_dataset *cgdcm_root(const cgdcm_file *file);

/* The bytes of an element in the order of this machine, or NULL where it is absent, empty or a sequence. `vr` gets the
 * two letters of its value representation, from the dictionary where the file leaves it out. */
const void *cgdcm_value(const cgdcm_dataset *set, uint16_t group, uint16_t element, size_t *length, char vr[3]);

/* Whether the element is there, even empty. */
bool cgdcm_has(const cgdcm_dataset *set, uint16_t group, uint16_t element);

/* Items of a sequence; 0 where it is absent. */
size_t cgdcm_item_count(const cgdcm_dataset *set, uint16_t group, uint16_t element);
const cgdcm_dataset *cgdcm_item(const cgdcm_dataset *set, uint16_t group, uint16_t element, size_t index);

/* Decompresses the only frame of a file opened with its pixels into `buffer`, which holds rows * columns samples of
 * bits_allocated each. Samples are the stored values in the order of this machine; bits above bits_stored are what the
 * codec left there. */
bool cgdcm_decode(const cgdcm_file *file, cgdcm_pixel_format format, void *buffer, size_t capacity, cgdcm_error *error);

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

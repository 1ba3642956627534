#include "Internal.hpp"

#include <cstring>
#include <sstream>

#include <gdcm-3.0/gdcmDataElement.h>
#include <gdcm-3.0/gdcmFragment.h>
#include <gdcm-3.0/gdcmJPEG2000Codec.h>
#include <gdcm-3.0/gdcmJPEGCodec.h>
#include <gdcm-3.0/gdcmJPEGLSCodec.h>
#include <gdcm-3.0/gdcmSequenceOfFragments.h>
#include <gdcm-3.0/gdcmTransferSyntax.h>

namespace {

struct image {
  cgdcm_pixel_format format;
  gdcm::DataElement element;
  gdcm::TransferSyntax syntax;
  size_t size; // bytes
};

gdcm::DataElement encapsulated(const void *frame, size_t length) {
  gdcm::Fragment fragment;
  fragment.SetByteValue(static_cast<const char *>(frame), static_cast<uint32_t>(length));
  gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
  fragments->AddFragment(fragment);
  gdcm::DataElement element(gdcm::Tag(0x7fe0, 0x0010));
  element.SetVR(gdcm::VR::OB);
  element.SetValue(*fragments);
  element.SetVL(gdcm::VL(0xFFFFFFFF)); // undefined
  return element;
}

bool copy(const gdcm::DataElement &element, const image &image, void *buffer, cgdcm_error *error) {
  const gdcm::ByteValue *value = element.GetByteValue();
  const size_t found = value ? static_cast<size_t>(value->GetLength()) : 0;
  if (found < image.size) {
    std::snprintf(error->text, sizeof error->text, "expected %zu bytes, found %zu", image.size, found);
    return false;
  }
  std::memcpy(buffer, value->GetPointer(), image.size);
  return true;
}

void describe(gdcm::ImageCodec &codec, const image &image) {
  const unsigned dimensions[3] = {image.format.columns, image.format.rows, 1};
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(dimensions);
  codec.SetPixelFormat(gdcm::PixelFormat(1, image.format.bits_allocated, image.format.bits_stored,
                                         image.format.bits_stored - 1, image.format.is_signed));
  codec.SetPhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2);
  codec.SetPlanarConfiguration(0);
}

/* Whether the compressed stream itself states the size that the DICOM header states. */
template <typename Codec> bool agrees(const image &image, cgdcm_error *error) {
  const gdcm::SequenceOfFragments *fragments = image.element.GetSequenceOfFragments();
  std::stringstream stream;
  if (fragments) fragments->WriteBuffer(stream);
  Codec codec;
  describe(codec, image);
  gdcm::TransferSyntax found;
  if (!fragments || !codec.GetHeaderInfo(stream, found)) {
    cgdcm::fail(error, "the header of the compressed pixels cannot be read");
    return false;
  }
  const unsigned *size = codec.GetDimensions();
  const unsigned bits = codec.GetPixelFormat().GetBitsAllocated();
  if (bits > image.format.bits_allocated) {
    std::snprintf(error->text, sizeof error->text, "expected %u bits per pixel, found %u compressed",
                  unsigned{image.format.bits_allocated}, bits);
    return false;
  }
  if (size[0] == image.format.columns && size[1] == image.format.rows) return true;
  std::snprintf(error->text, sizeof error->text, "expected %u columns and %u rows, found %u and %u compressed",
                unsigned{image.format.columns}, unsigned{image.format.rows}, size[0], size[1]);
  return false;
}

bool expand(gdcm::ImageCodec &codec, const image &image, void *buffer, cgdcm_error *error) {
  describe(codec, image);
  gdcm::DataElement expanded;
  if (!codec.Decode(image.element, expanded)) {
    cgdcm::fail(error, "the compressed pixels cannot be decoded");
    return false;
  }
  return copy(expanded, image, buffer, error);
}

template <typename Codec> bool expand(const image &image, void *buffer, cgdcm_error *error) {
  Codec codec;
  return agrees<Codec>(image, error) && expand(codec, image, buffer, error);
}

bool decode(const image &image, void *buffer, cgdcm_error *error) {
  if (gdcm::JPEGCodec().CanDecode(image.syntax)) return expand<gdcm::JPEGCodec>(image, buffer, error);
  if (gdcm::JPEGLSCodec().CanDecode(image.syntax)) return expand<gdcm::JPEGLSCodec>(image, buffer, error);
  if (gdcm::JPEG2000Codec().CanDecode(image.syntax)) return expand<gdcm::JPEG2000Codec>(image, buffer, error);
  cgdcm::fail(error, "GDCM has no codec for the transfer syntax");
  return false;
}

} // namespace

bool cgdcm_decode(const char *transfer_syntax, cgdcm_pixel_format format, const void *frame, size_t length,
                  void *buffer, size_t capacity, cgdcm_error *error) {
  return cgdcm::guarded(error, [&]() -> bool {
    cgdcm::prepare();
    const size_t size = size_t{format.rows} * format.columns * (format.bits_allocated / 8);
    if (length == 0 || length >= UINT32_MAX || capacity < size) {
      cgdcm::fail(error, "expected pixel data and room for it");
      return false;
    }
    const gdcm::TransferSyntax syntax = gdcm::TransferSyntax::GetTSType(transfer_syntax);
    return decode({format, encapsulated(frame, length), syntax, size}, buffer, error);
  });
}

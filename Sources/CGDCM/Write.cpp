#include "Internal.hpp"

#include <list>
#include <map>
#include <sstream>
#include <string>

#include <gdcm-3.0/gdcmSequenceOfItems.h>
#include <gdcm-3.0/gdcmWriter.h>

struct cgdcm_builder {
  gdcm::DataSet elements;
  std::map<gdcm::Tag, std::list<cgdcm_builder>> sequences;
  std::string encoded;

  gdcm::DataSet flattened() const {
    gdcm::DataSet all = elements;
    for (const auto &[tag, items] : sequences) {
      gdcm::SmartPointer<gdcm::SequenceOfItems> sequence = new gdcm::SequenceOfItems;
      sequence->SetLengthToUndefined();
      for (const cgdcm_builder &item : items) {
        gdcm::Item nested;
        nested.SetVLToUndefined();
        nested.SetNestedDataSet(item.flattened());
        sequence->AddItem(nested);
      }
      gdcm::DataElement element(tag);
      element.SetVR(gdcm::VR::SQ);
      element.SetValue(*sequence);
      element.SetVLToUndefined();
      all.Replace(element);
    }
    return all;
  }
};

cgdcm_builder *cgdcm_builder_create(void) {
  return cgdcm::guarded(nullptr, [] { return new cgdcm_builder; });
}

void cgdcm_builder_destroy(cgdcm_builder *builder) { delete builder; }

bool cgdcm_builder_set(cgdcm_builder *builder, uint16_t group, uint16_t element, const char *vr, const void *bytes,
                       size_t length) {
  return cgdcm::guarded(nullptr, [&]() -> bool {
    const gdcm::VR::VRType type = gdcm::VR::GetVRType(vr);
    if (type == gdcm::VR::INVALID || type == gdcm::VR::VR_END || length >= UINT32_MAX) return false;
    gdcm::DataElement value{gdcm::Tag(group, element)};
    value.SetVR(type);
    const auto *first = static_cast<const char *>(bytes);
    std::string padded;
    if (length % 2) {
      padded.assign(first, length);
      padded.push_back(type == gdcm::VR::UI || !gdcm::VR::IsASCII(type) ? '\0' : ' ');
      first = padded.data();
      length += 1;
    }
    if (length) value.SetByteValue(first, static_cast<uint32_t>(length));
    builder->elements.Replace(value);
    return true;
  });
}

cgdcm_builder *cgdcm_builder_add_item(cgdcm_builder *builder, uint16_t group, uint16_t element) {
  return cgdcm::guarded(nullptr, [&] { return &builder->sequences[gdcm::Tag(group, element)].emplace_back(); });
}

const void *cgdcm_builder_encode(cgdcm_builder *builder, size_t *length, cgdcm_error *error) {
  return cgdcm::guarded(error, [&]() -> const void * {
    gdcm::SmartPointer<gdcm::File> file = new gdcm::File;
    file->SetDataSet(builder->flattened());
    file->GetHeader().SetDataSetTransferSyntax(gdcm::TransferSyntax::ExplicitVRLittleEndian);
    std::ostringstream stream;
    gdcm::Writer writer;
    writer.SetFile(*file);
    writer.SetStream(stream);
    if (!writer.Write() || !stream) {
      cgdcm::fail(error, "GDCM cannot encode the data elements");
      return nullptr;
    }
    builder->encoded = stream.str();
    *length = builder->encoded.size();
    return builder->encoded.data();
  });
}

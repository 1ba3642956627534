#include "Internal.hpp"

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include <gdcm-3.0/gdcmDict.h>
#include <gdcm-3.0/gdcmDicts.h>
#include <gdcm-3.0/gdcmGlobal.h>
#include <gdcm-3.0/gdcmReader.h>
#include <gdcm-3.0/gdcmSequenceOfItems.h>
#include <gdcm-3.0/gdcmTrace.h>

#include "File.hpp"

namespace {

const gdcm::Tag pixel_data(0x7fe0, 0x0010);

/* GDCM reports oddities on stderr and builds its dictionary on first use: both are settled once, before any file. */
void prepare() {
  static const bool done = [] {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    gdcm::Global::GetInstance().GetDicts();
    return true;
  }();
  (void)done;
}

const gdcm::DataElement *find(const cgdcm_dataset *set, uint16_t group, uint16_t element) {
  const gdcm::Tag tag(group, element);
  return set->elements->FindDataElement(tag) ? &set->elements->GetDataElement(tag) : nullptr;
}

/* The items of a sequence; parsed once and kept, since implicit files store them as bytes. */
const std::vector<std::unique_ptr<cgdcm_dataset>> *items(const cgdcm_dataset *set, uint16_t group, uint16_t element) {
  const gdcm::DataElement *found = find(set, group, element);
  if (!found) return nullptr;
  const auto key = std::make_pair(group, element);
  const auto known = set->sequences.find(key);
  if (known != set->sequences.end()) return &known->second.items;
  cgdcm_dataset::sequence parsed{found->GetValueAsSQ(), {}};
  if (!parsed.owner) return nullptr;
  for (auto item = parsed.owner->Begin(); item != parsed.owner->End(); ++item)
    parsed.items.push_back(std::make_unique<cgdcm_dataset>(item->GetNestedDataSet()));
  return &set->sequences.emplace(key, std::move(parsed)).first->second.items;
}

} // namespace

cgdcm_file *cgdcm_open(const char *path, bool with_pixels, cgdcm_error *error) {
  return cgdcm::guarded(error, [&]() -> cgdcm_file * {
    prepare();
    auto file = std::make_unique<cgdcm_file>();
    file->reader.SetFileName(path);
    const std::set<gdcm::Tag> skipped = with_pixels ? std::set<gdcm::Tag>{} : std::set<gdcm::Tag>{pixel_data};
    if (!file->reader.ReadUpToTag(pixel_data, skipped)) {
      cgdcm::fail(error, "GDCM cannot read the data elements");
      return nullptr;
    }
    file->root = std::make_unique<cgdcm_dataset>(file->reader.GetFile().GetDataSet());
    return file.release();
  });
}

void cgdcm_close(cgdcm_file *file) { delete file; }

const char *cgdcm_transfer_syntax(const cgdcm_file *file) {
  const char *uid = file->reader.GetFile().GetHeader().GetDataSetTransferSyntax().GetString();
  return uid ? uid : "";
}

const cgdcm_dataset *cgdcm_root(const cgdcm_file *file) { return file->root.get(); }

const void *cgdcm_value(const cgdcm_dataset *set, uint16_t group, uint16_t element, size_t *length, char vr[3]) {
  return cgdcm::guarded(nullptr, [&]() -> const void * {
    const gdcm::DataElement *found = find(set, group, element);
    const gdcm::ByteValue *value = found ? found->GetByteValue() : nullptr;
    if (!value || value->GetLength() == 0) return nullptr;
    gdcm::VR type = found->GetVR();
    if (type == gdcm::VR::INVALID || type == gdcm::VR::UN)
      type = gdcm::Global::GetInstance().GetDicts().GetDictEntry(found->GetTag()).GetVR();
    std::snprintf(vr, 3, "%s", gdcm::VR::GetVRStringFromFile(type));
    *length = value->GetLength();
    return value->GetPointer();
  });
}

bool cgdcm_has(const cgdcm_dataset *set, uint16_t group, uint16_t element) {
  return find(set, group, element) != nullptr;
}

size_t cgdcm_item_count(const cgdcm_dataset *set, uint16_t group, uint16_t element) {
  return cgdcm::guarded(nullptr, [&]() -> size_t {
    const auto *found = items(set, group, element);
    return found ? found->size() : 0;
  });
}

const cgdcm_dataset *cgdcm_item(const cgdcm_dataset *set, uint16_t group, uint16_t element, size_t index) {
  return cgdcm::guarded(nullptr, [&]() -> const cgdcm_dataset * {
    const auto *found = items(set, group, element);
    return found && index < found->size() ? (*found)[index].get() : nullptr;
  });
}

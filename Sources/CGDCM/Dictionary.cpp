#include "Internal.hpp"

#include <gdcm-3.0/gdcmDict.h>
#include <gdcm-3.0/gdcmDicts.h>
#include <gdcm-3.0/gdcmGlobal.h>
#include <gdcm-3.0/gdcmTrace.h>

void cgdcm::prepare() {
  static const bool done = [] {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
    gdcm::Global::GetInstance().GetDicts();
    return true;
  }();
  (void)done;
}

void cgdcm_representation(uint16_t group, uint16_t element, char vr[3]) {
  vr[0] = vr[1] = vr[2] = 0;
  cgdcm::guarded(nullptr, [&]() -> bool {
    cgdcm::prepare();
    const gdcm::Dict &dictionary = gdcm::Global::GetInstance().GetDicts().GetPublicDict();
    const gdcm::VR found = dictionary.GetDictEntry(gdcm::Tag(group, element)).GetVR();
    if (found != gdcm::VR::INVALID) std::snprintf(vr, 3, "%s", gdcm::VR::GetVRStringFromFile(found));
    return true;
  });
}

#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <gdcm-3.0/gdcmReader.h>
#include <gdcm-3.0/gdcmSequenceOfItems.h>

struct cgdcm_dataset {
  struct sequence {
    gdcm::SmartPointer<gdcm::SequenceOfItems> owner;
    std::vector<std::unique_ptr<cgdcm_dataset>> items;
  };

  explicit cgdcm_dataset(const gdcm::DataSet &elements) : elements(&elements) {}

  const gdcm::DataSet *elements;
  mutable std::map<std::pair<uint16_t, uint16_t>, sequence> sequences;
};

struct cgdcm_file {
  gdcm::Reader reader;
  std::unique_ptr<cgdcm_dataset> root;
};

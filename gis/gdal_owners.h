#pragma once
// GDAL's objects with owners, and its messages kept from the terminal.
#include <cpl_error.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <memory>
#include <string>

namespace arterial {

struct CloseDataset {
  void operator()(GDALDataset* d) const { GDALClose(d); }
};
using Dataset = std::unique_ptr<GDALDataset, CloseDataset>;
struct DropFeature {
  void operator()(OGRFeature* f) const { OGRFeature::DestroyFeature(f); }
};
using Feature = std::unique_ptr<OGRFeature, DropFeature>;

/// GDAL's messages go into ours, not to the terminal.
class QuietGdal {
 public:
  QuietGdal() { CPLPushErrorHandler(CPLQuietErrorHandler), CPLErrorReset(); }
  ~QuietGdal() { CPLPopErrorHandler(); }
  QuietGdal(const QuietGdal&) = delete;
  QuietGdal& operator=(const QuietGdal&) = delete;
};

/// What GDAL says last went wrong, in few words.
inline std::string gdal_said(std::string fallback) {
  std::string words = CPLGetLastErrorMsg();
  if (words.empty()) words = std::move(fallback);
  if (words.size() > 300) words.resize(300);
  return words;
}

}  // namespace arterial

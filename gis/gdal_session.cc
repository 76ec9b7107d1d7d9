#include "gis/gdal_session.h"

#include <cpl_conv.h>
#include <gdal_priv.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string_view>
#include <vector>

#include "sim/model/problem.h"

namespace arterial {

void start_gdal() {
  static std::once_flag once;
  std::call_once(once, [] {
    constexpr std::array<std::string_view, 6> kAllowed{"GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf",
                                                       "CSV",  "Memory"};
    CPLSetConfigOption("GDAL_DRIVER_PATH", "disable");
    CPLSetConfigOption("GDAL_PYTHON_DRIVER_PATH", "disable");
    CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
    CPLSetConfigOption("OGR_SQLITE_LOAD_EXTENSIONS", nullptr);
    GDALAllRegister();
    GDALDriverManager& drivers = *GetGDALDriverManager();
    for (int k = drivers.GetDriverCount() - 1; k >= 0; --k) {
      GDALDriver* driver = drivers.GetDriver(k);
      if (std::find(kAllowed.begin(), kAllowed.end(), std::string_view(driver->GetDescription())) !=
          kAllowed.end())
        continue;
      drivers.DeregisterDriver(driver);
      delete driver;
    }
  });
}

void require_plain_file(const std::string& path) {
  const bool odd = path.empty() || path.find('\0') != std::string::npos || path.starts_with("/vsi") ||
                   path.find("://") != std::string::npos || path.starts_with("GPKG:");
  if (odd)
    throw InputError(path.empty() ? "(no name)" : path, "", "not the name of a file",
                     "Give the path of a file on this machine");
  struct stat info;
  if (stat(path.c_str(), &info) != 0) throw InputError(path, "", std::strerror(errno), "Check the path");
  if (!S_ISREG(info.st_mode))
    throw InputError(path, "", "not a regular file", "Give the path of a file on this machine");
}

}  // namespace arterial

#pragma once
// The forms in which a matrix of trips between zones comes in, cell by cell.
#include <functional>
#include <string>
#include <string_view>

namespace arterial {

enum class OdForm : unsigned char {
  kNone,
  kTable,    // from_zone,to_zone,trips[,type]
  kDtalite,  // o_zone_id,d_zone_id,volume
  kTntp      // <NUMBER OF ZONES> ... Origin 1  2 : 35.5; ...
};

/// By the first bytes of the file. Throws InputError where it cannot be read.
OdForm od_form_of(const std::string& file);

struct OdCell {
  std::string_view from, to, type;  // type empty: the source's
  double trips = 0;
  const std::string* file = nullptr;
  int line = 0;
  const char *from_name = "origin", *to_name = "destination";  // as the file calls them
};

/// Throws InputError with file and line. Cells without trips of a TNTP table are passed over: it lists them
/// all.
void for_each_od_cell(const std::string& file, const std::function<void(const OdCell&)>& cell);
void for_each_tntp_cell(const std::string& name, std::string_view text,
                        const std::function<void(const OdCell&)>& cell);

}  // namespace arterial

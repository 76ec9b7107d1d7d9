#include "gis/gmns_rows.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace arterial::gis::gmns {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 30;
constexpr ClassMask kCars = kAllRoadClasses & ~mask_of(VehicleClass::kBicycle) &
                            ~mask_of(VehicleClass::kTruck) & ~mask_of(VehicleClass::kBus);

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

bool has_word(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* w) { return text.find(w) != std::string::npos; });
}

std::string id_of(const CsvRow& row, std::size_t column, const char* what) {
  const std::string_view id = row.text(column);
  if (id.empty()) row.fail(column, std::string("names no ") + what, "Write the id");
  if (id.size() > kLongestId) row.fail(column, "is an id of more than 200 characters", "Shorten the id");
  return std::string(id);
}

double number_or(const CsvRow& row, std::size_t column, double least, double most, double otherwise) {
  return row.text(column).empty() ? otherwise : row.number(column, least, most);
}

int whole(const CsvRow& row, std::size_t column, int least, int most, int otherwise) {
  return static_cast<int>(std::floor(number_or(row, column, least, most, otherwise)));
}

std::optional<RoadClass> class_of_words(const std::string& w) {
  if (has_word(w, {"connector", "centroid"})) return RoadClass::kService;
  if (has_word(w, {"ramp"})) return RoadClass::kMotorwayLink;
  if (has_word(w, {"freeway", "motorway", "interstate"})) return RoadClass::kMotorway;
  if (has_word(w, {"expressway", "highway", "trunk"})) return RoadClass::kTrunk;
  if (has_word(w, {"minor arterial", "secondary"})) return RoadClass::kSecondary;
  if (has_word(w, {"arterial", "primary"})) return RoadClass::kPrimary;
  if (has_word(w, {"collector", "tertiary"})) return RoadClass::kTertiary;
  if (has_word(w, {"local", "residential", "street"})) return RoadClass::kResidential;
  if (has_word(w, {"bike", "cycle"})) return RoadClass::kCycleway;
  if (has_word(w, {"busway", "transit"})) return RoadClass::kBusway;
  if (has_word(w, {"service", "alley", "driveway"})) return RoadClass::kService;
  return std::nullopt;
}

double usual_speed_mps(RoadClass c) {
  switch (c) {
    case RoadClass::kMotorway: return 29.1;
    case RoadClass::kTrunk: return 24.6;
    case RoadClass::kMotorwayLink: return 15.6;
    case RoadClass::kPrimary: return 17.9;
    case RoadClass::kSecondary: return 15.6;
    case RoadClass::kTertiary: return 13.4;
    case RoadClass::kCycleway: return 5.4;
    case RoadClass::kService: return 6.7;
    default: return 11.2;
  }
}

NodeControl control_of(const std::string& word) {
  if (word.starts_with("signal") || word == "5" || word == "6") return NodeControl::kSignal;
  if (word == "stop_4_way" || word == "4_stop" || word == "all_way_stop" || word == "4")
    return NodeControl::kAllWayStop;
  if (word == "stop" || word == "stop_2_way" || word == "3") return NodeControl::kStop;
  if (word == "yield" || word == "2") return NodeControl::kYield;
  if (word == "roundabout" || word == "7") return NodeControl::kMiniRoundabout;
  return NodeControl::kNone;
}

std::string table_path(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name;
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (!std::filesystem::exists(status)) return {};
  if (!std::filesystem::is_regular_file(status))
    throw InputError(path, "", "is no regular file of this folder", "Put the table itself into the folder");
  if (std::filesystem::file_size(path, error) > kMostBytes || error)
    throw InputError(path, "", "is larger than 1 GiB", "Import a part of the network");
  return path;
}

bool rows_of(const std::string& folder, const char* name, std::initializer_list<const char*> required,
             std::initializer_list<const char*> optional, const std::function<void(const CsvRow&)>& row) {
  const std::string path = table_path(folder, name);
  if (path.empty()) return false;
  for_each_row(path, read_whole_file(path), required, optional, row);
  return true;
}

Uses::Uses(const std::string& folder) {
  const ClassMask truck = mask_of(VehicleClass::kTruck) | mask_of(VehicleClass::kVan);
  masks_ = {{"all", kAllRoadClasses},
            {"auto", kMotorClasses},
            {"car", kCars},
            {"sov", kCars},
            {"hov", kCars},
            {"hov2", kCars},
            {"hov3", kCars},
            {"hov3+", kCars},
            {"truck", truck},
            {"trucks", truck},
            {"bus", mask_of(VehicleClass::kBus)},
            {"transit", mask_of(VehicleClass::kBus)},
            {"taxi", mask_of(VehicleClass::kTaxi)},
            {"bike", mask_of(VehicleClass::kBicycle)},
            {"bicycle", mask_of(VehicleClass::kBicycle)},
            {"walk", 0},
            {"ped", 0},
            {"parking", 0}};
  enum : std::size_t { kGroup, kUses };
  rows_of(folder, "use_group.csv", {"use_group", "uses"}, {}, [&](const CsvRow& row) {
    if (masks_.size() > 10'000) row.fail(kGroup, "is one group too many", "Keep fewer than 10,000");
    const std::string name = lower(row.text(kGroup));
    if (!masks_.contains(name)) masks_[name] = classes_of(row.text(kUses), 0);
  });
}

ClassMask Uses::classes_of(std::string_view text, ClassMask otherwise) {
  if (trimmed(text).empty()) return otherwise;
  ClassMask mask = 0;
  while (!text.empty()) {
    const auto comma = text.find_first_of(",;");
    const std::string word = lower(trimmed(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (word.empty()) continue;
    const auto known = masks_.find(word);
    if (known == masks_.end())
      ++unknown_, mask |= kMotorClasses;
    else
      mask |= known->second;
  }
  return mask;
}

}  // namespace arterial::gis::gmns

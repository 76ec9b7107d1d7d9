#pragma once
// Rows of GMNS tables, and what the words in them mean.
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gis/csv_table.h"
#include "sim/model/street_plan.h"

namespace arterial::gis::gmns {

constexpr std::size_t kLongestId = 200;

std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);

/// "folder/name.csv" where it is there: never a symbolic link, never anything but a regular file of at most 1
/// GiB (InputError). Empty where it is not.
std::string table_path(const std::string& folder, const char* name);

/// False where the folder has no such table.
bool rows_of(const std::string& folder, const char* name, std::initializer_list<const char*> required,
             std::initializer_list<const char*> optional, const std::function<void(const CsvRow&)>& row);

// Values of a row; InputError where they are out of range.
std::string id_of(const CsvRow& row, std::size_t column, const char* what);
double number_or(const CsvRow& row, std::size_t column, double least, double most, double otherwise);
int whole(const CsvRow& row, std::size_t column, int least, int most, int otherwise);

bool has_word(const std::string& text, std::initializer_list<const char*> words);
/// facility_type and DTALite's link_type_name in the words people use; nothing where none is known.
std::optional<RoadClass> class_of_words(const std::string& words);
double usual_speed_mps(RoadClass c);
/// ctrl_type, and DTALite's number of it.
NodeControl control_of(const std::string& word);

/// Which classes a set of uses admits: the usual words and the groups of use_group.csv.
class Uses {
 public:
  explicit Uses(const std::string& folder);
  /// "auto, bike"; `otherwise` for an empty text. A word that is not known stands for all motor vehicles.
  ClassMask classes_of(std::string_view text, ClassMask otherwise);
  std::size_t unknown() const { return unknown_; }

 private:
  std::map<std::string, ClassMask> masks_;
  std::size_t unknown_ = 0;
};

}  // namespace arterial::gis::gmns

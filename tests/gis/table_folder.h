#pragma once
// A folder of tables that goes with the test, and the message of a refusal.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "sim/model/network.h"
#include "sim/model/street_plan.h"
#include "tests/catch.h"

namespace arterial {

class TableFolder {
 public:
  TableFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "arterial_tables_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TableFolder(TableFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TableFolder& operator=(TableFolder&&) = delete;
  ~TableFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

template <class Holder>  // a plan or a network
std::string problem_words(const Holder& holder, const std::string& code) {
  for (const Problem& p : holder.problems)
    if (p.code == code) return p.words;
  return "";
}

}  // namespace arterial

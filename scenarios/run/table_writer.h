#pragma once
// Builds one CSV file in a large buffer. Cells are appended in order; the file appears whole when committed.
#include <string>
#include <string_view>

#include "scenarios/text.h"
#include "sim/model/atomic_file.h"

namespace arterial {

class TableWriter {
 public:
  /// `columns` as the header line has them, without `replica`, which is put first where there are several.
  TableWriter(const std::string& path, std::string_view columns, bool with_replica)
      : file_(path), with_replica_(with_replica) {
    row_.reserve(kFlushAt + 4096);
    if (with_replica_) row_ += "replica,";
    row_ += columns;
    row_ += '\n';
  }
  void begin_row(int replica) {
    first_ = true;
    if (with_replica_) integer(static_cast<std::uint64_t>(replica));
  }
  /// Already quoted where it needs to be.
  void raw(std::string_view cell) {
    comma();
    row_ += cell;
  }
  void name(std::string_view cell) { raw(csv_field(cell)); }
  void number(double value, int decimals) {
    comma();
    append_fixed(row_, value, decimals);
  }
  void integer(std::uint64_t value) {
    comma();
    append_integer(row_, value);
  }
  void empty() { comma(); }
  void end_row() {
    row_ += '\n';
    if (row_.size() >= kFlushAt) {
      file_.write(row_);
      row_.clear();
    }
  }
  void commit() {
    file_.write(row_);
    row_.clear();
    file_.commit();
  }

 private:
  static constexpr std::size_t kFlushAt = 1 << 20;
  void comma() {
    if (!first_) row_ += ',';
    first_ = false;
  }
  AtomicFile file_;
  std::string row_;
  bool with_replica_, first_ = true;
};

}  // namespace arterial

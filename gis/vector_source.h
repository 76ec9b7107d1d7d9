#pragma once
// The files (and archives, and databases where the operator allows them) that one import reads, opened so
// that nothing in them can make GDAL open anything else. Layers are found by name.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/network.h"
#include "sim/model/problem.h"

class OGRFeature;
class OGRLayer;

namespace arterial {

/// One row of a layer. Valid inside the call that it is given to.
class VectorRow {
 public:
  VectorRow(const std::string& file, const std::string& layer, const OGRFeature& feature)
      : file_(file), layer_(layer), feature_(feature) {}

  /// As text without surrounding blanks: numbers in the shortest form that reads back. Empty where it is null
  /// or absent. Throws InputError beyond 4 KiB.
  std::string text(int field) const;
  std::int64_t number_of_row() const;
  std::string place() const;  // "layer roads, row 12"
  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const;

  // The shape's parts, each checked for finite coordinates of reasonable size. Empty where there is none.
  std::vector<std::vector<Point>> lines()
      const;  // every part of a line or multi-line, at least 2 points each
  std::vector<std::vector<Point>> rings() const;  // the outer ring of every part of a polygon, not closed
  std::vector<Point> points() const;

 private:
  const std::string& file_;
  const std::string& layer_;
  const OGRFeature& feature_;
};

class VectorLayer {
 public:
  enum class Shapes : std::uint8_t { kNone, kPoints, kLines, kAreas, kMixed };

  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }  // as the user named the source
  const std::vector<std::string>& fields() const { return fields_; }
  Shapes shapes() const { return shapes_; }
  /// "EPSG:4326", WKT, or empty where the layer states none.
  const std::string& crs() const { return crs_; }
  /// The field of that name, -1 where there is none. Case counts, then it does not.
  int field(std::string_view name) const;

  /// Every row in the file's order, at most `most`. Throws InputError where the layer cannot be read to its
  /// end. Returns the number of rows.
  std::uint64_t each(const std::function<void(const VectorRow&)>& take, std::uint64_t most = ~0ull) const;

 private:
  friend class VectorSources;
  std::string name_, file_, crs_;
  std::vector<std::string> fields_;
  Shapes shapes_ = Shapes::kNone;
  OGRLayer* layer_ = nullptr;
  bool is_view_ = false;
};

class VectorSources {
 public:
  /// Unpacks, sniffs and opens. Throws InputError.
  explicit VectorSources(const std::vector<std::string>& sources);
  ~VectorSources();
  VectorSources(const VectorSources&) = delete;
  VectorSources& operator=(const VectorSources&) = delete;

  const std::vector<VectorLayer>& layers() const { return layers_; }
  /// By name, or by "file.gpkg/name" where several sources have such a layer. Nothing where there is none;
  /// `why` then says what there is.
  const VectorLayer* find(std::string_view name, std::string& why) const;
  /// What was found beside map layers in archives, for the report.
  const std::vector<std::string>& left_aside() const { return left_aside_; }

 private:
  void add_source(const std::string& source);
  void add_archive(const std::string& source);
  void add_file(const std::string& path, const std::string& shown_as);
  void add_database(const std::string& source);
  void add_layers(const std::string& shown_as);

  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::vector<VectorLayer> layers_;
  std::vector<std::string> left_aside_;
};

}  // namespace arterial

#include "gis/vector_sides.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "gis/gpkg_plan_words.h"
#include "gis/text_output.h"
#include "gis/yaml_section.h"

namespace arterial {
namespace {

using Counts = std::map<std::string, std::size_t>;

void note(StreetPlan& plan, Severity severity, const char* code, std::string words, Point at = {},
          std::string object = "") {
  plan.problems.push_back({severity, code, std::move(object), at.x, at.y, std::move(words)});
}

/// Nodes by squares of the ground.
class NodeGrid {
 public:
  NodeGrid(const StreetPlan& plan, double size_m)
      : plan_(plan), size_m_(std::max(size_m, 1.0)), legs_(plan.nodes.size(), 0) {
    for (const PlanRoad& road : plan.roads)
      for (std::size_t k = 0; k < road.nodes.size(); ++k)
        legs_[road.nodes[k]] += k == 0 || k + 1 == road.nodes.size() ? 1 : 2;
    for (std::uint32_t n = 0; n < plan.nodes.size(); ++n)
      if (legs_[n] > 0) cells_[cell(plan.nodes[n].at)].push_back(n);
  }

  /// The nearest place where at least three legs meet, else the nearest node; -1 where none is in reach.
  std::int64_t nearest(Point p, double reach_m) const {
    std::int64_t best = -1;
    double best_gap = reach_m;
    bool best_is_junction = false;
    const auto [cx, cy] = cell(p);
    for (std::int64_t y = cy - 1; y <= cy + 1; ++y)
      for (std::int64_t x = cx - 1; x <= cx + 1; ++x) {
        const auto found = cells_.find({x, y});
        if (found == cells_.end()) continue;
        for (const std::uint32_t n : found->second) {
          const double gap = std::hypot(plan_.nodes[n].at.x - p.x, plan_.nodes[n].at.y - p.y);
          const bool is_junction = legs_[n] >= 3;
          if (gap > reach_m || (best_is_junction && !is_junction)) continue;
          if (gap < best_gap || (is_junction && !best_is_junction) || best < 0)
            best = n, best_gap = gap, best_is_junction = is_junction;
        }
      }
    return best;
  }

 private:
  std::pair<std::int64_t, std::int64_t> cell(Point p) const {
    return {static_cast<std::int64_t>(std::floor(p.x / size_m_)),
            static_cast<std::int64_t>(std::floor(p.y / size_m_))};
  }
  const StreetPlan& plan_;
  double size_m_;
  std::vector<int> legs_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::uint32_t>> cells_;
};

double area_of(const std::vector<Point>& ring) {
  double twice = 0;
  for (std::size_t k = 0; k < ring.size(); ++k) {
    const Point a = ring[k], b = ring[(k + 1) % ring.size()];
    twice += (a.x - ring[0].x) * (b.y - ring[0].y) - (b.x - ring[0].x) * (a.y - ring[0].y);
  }
  return std::abs(twice) / 2;
}

/// "1", "1.0" and "01" are one key.
std::string key_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole =
      error == std::errc() && end == text.data() + text.size() && !text.empty() && std::abs(value) < 1e15;
  return whole ? gis::number_text(value) : text;
}

/// The rows of a joined table, by key: the values of the fields that zones ask for.
class JoinedTable {
 public:
  JoinedTable(const Binder& binder, const VectorMapping::Join& use)
      : layer_(binder.layer(use)), key_(binder.field(layer_, use.key)) {}

  const VectorLayer& layer() const { return layer_; }
  bool has(const MaybeRule& rule) const {
    return rule && !rule->field.empty() && layer_.field(rule->field) >= 0;
  }

  /// Reads the table once, when all fields are named.
  void read(const std::vector<BoundField>& fields) {
    rows_ = layer_.each([&](const VectorRow& row) {
      std::vector<std::optional<std::string>> values;
      for (const BoundField& f : fields) values.push_back(f.given() ? f.word(row, unknown_) : std::nullopt);
      if (!values_.emplace(key_of(key_.raw(row)), std::move(values)).second) ++twice_;
    });
  }

  const std::vector<std::optional<std::string>>* row_of(const std::string& key) {
    const auto found = values_.find(key_of(key));
    return found == values_.end() ? nullptr : &found->second;
  }
  std::uint64_t rows() const { return rows_; }
  std::size_t twice() const { return twice_; }

 private:
  const VectorLayer& layer_;
  BoundField key_;
  std::unordered_map<std::string, std::vector<std::optional<std::string>>> values_;
  Counts unknown_;
  std::uint64_t rows_ = 0;
  std::size_t twice_ = 0;
};

class ZoneReader {
 public:
  ZoneReader(const Binder& binder, const VectorMapping::Zones& use, const ToPlan& to_plan, StreetPlan& plan)
      : binder_(binder), use_(use), to_plan_(to_plan), plan_(plan), layer_(binder.layer(use)) {
    if (use.join) {
      table_.emplace(binder, *use.join);
      with_ = binder.field(layer_, use.join->with);
    }
    id_ = binder.field(layer_, use.id);
    bind(use.name, 0), bind(use.residents, 1), bind(use.jobs, 2);
    if (table_) table_->read({in_table_, in_table_ + 3});
  }

  void read() {
    const std::string crs = binder_.crs(layer_, use_);
    std::size_t dropped = 0, shapeless = 0, alone = 0;
    const std::size_t before = plan_.zones.size();
    double residents = 0, jobs = 0;
    const std::uint64_t rows = layer_.each([&](const VectorRow& row) {
      StreetPlan::PlanZone zone;
      zone.id = id_.raw(row);
      if (zone.id.empty()) zone.id = "zone/" + std::to_string(row.number_of_row());
      auto rings = row.rings();
      if (rings.empty()) {
        ++shapeless;
        return;
      }
      dropped += rings.size() - 1;
      zone.ring = std::move(*std::max_element(
          rings.begin(), rings.end(), [](const auto& a, const auto& b) { return area_of(a) < area_of(b); }));
      to_plan_(layer_, crs, zone.ring);
      const auto* joined = table_ ? table_->row_of(with_.raw(row)) : nullptr;
      alone += table_ && !joined;
      zone.name = value(row, joined, 0).substr(0, 200);
      residents += zone.residents = number(value(row, joined, 1));
      jobs += zone.jobs = number(value(row, joined, 2));
      plan_.zones.push_back(std::move(zone));
    });
    say(rows, plan_.zones.size() - before, residents, jobs);
    if (shapeless)
      note(plan_, Severity::kWarning, "zone_without_shape",
           grouped(shapeless) + " zones have no polygon and were left out.");
    if (dropped)
      note(plan_, Severity::kNote, "zone_parts",
           grouped(dropped) + " smaller parts of zones were left out: a zone is one ring.");
    if (alone)
      note(plan_, Severity::kWarning, "zone_not_in_table",
           grouped(alone) + " zones have no row in the joined table.");
    if (!odd_.empty())
      note(plan_, Severity::kWarning, "value_not_understood",
           "Residents or jobs are not understood: " + most_frequent(odd_) + "; they count as none.");
  }

 private:
  void bind(const MaybeRule& rule, std::size_t k) {
    const bool own = rule && !rule->field.empty() && layer_.field(rule->field) >= 0;
    if (!own && table_ && table_->has(rule))
      in_table_[k] = binder_.field(table_->layer(), rule);
    else
      own_[k] = binder_.field(layer_, rule);
  }

  std::string value(const VectorRow& row, const std::vector<std::optional<std::string>>* joined,
                    std::size_t k) {
    if (own_[k].given()) return own_[k].word(row, odd_).value_or("");
    return joined ? (*joined)[k].value_or("") : "";
  }

  double number(const std::string& text) {
    if (text.empty()) return 0;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1e9) return value;
    ++odd_[text.substr(0, 60)];
    return 0;
  }

  void say(std::uint64_t rows, std::size_t zones, double residents, double jobs) {
    std::string words =
        "Layer " + layer_.name() + ": " + grouped(rows) + " rows, " + grouped(zones) + " zones";
    if (use_.residents) words += ", " + grouped(static_cast<std::uint64_t>(residents + 0.5)) + " residents";
    if (use_.jobs) words += ", " + grouped(static_cast<std::uint64_t>(jobs + 0.5)) + " jobs";
    if (table_)
      words += " (joined from " + grouped(table_->rows()) + " rows of " + table_->layer().name() + ")";
    note(plan_, Severity::kNote, "layer_read", words + ".");
    if (table_ && table_->twice())
      note(plan_, Severity::kWarning, "key_twice",
           grouped(table_->twice()) + " rows of " + table_->layer().name() +
               " have the key of an earlier one and were left out.");
  }

  const Binder& binder_;
  const VectorMapping::Zones& use_;
  const ToPlan& to_plan_;
  StreetPlan& plan_;
  const VectorLayer& layer_;
  std::optional<JoinedTable> table_;
  BoundField id_, with_, own_[3], in_table_[3];  // name, residents, jobs
  Counts odd_;
};

}  // namespace

void add_control_points(const Binder& binder, const VectorMapping::ControlPoints& use, const char* what,
                        NodeControl otherwise, const ToPlan& to_plan, StreetPlan& plan) {
  const VectorLayer& layer = binder.layer(use);
  const BoundField control = binder.field(layer, use.control);
  const std::string crs = binder.crs(layer, use);
  const NodeGrid grid(plan, use.within_m);
  std::size_t set = 0, none = 0, far = 0;
  Counts unknown;
  const std::uint64_t rows = layer.each([&](const VectorRow& row) {
    NodeControl meant = otherwise;
    if (control.given()) {
      const std::string word = control.word(row, unknown).value_or("none");
      meant = NodeControl::kNone;
      for (std::size_t k = 1; k < std::size(gpkg_plan::kControls); ++k)
        if (gpkg_plan::kControls[k] == word) meant = static_cast<NodeControl>(k);
      if (meant == NodeControl::kNone && word != "none") ++unknown[word.substr(0, 60)];
    }
    if (meant == NodeControl::kNone) {
      ++none;
      return;
    }
    auto points = row.points();
    to_plan(layer, crs, points);
    for (const Point& p : points) {
      const std::int64_t node = grid.nearest(p, use.within_m);
      if (node >= 0) {
        plan.nodes[static_cast<std::size_t>(node)].control = meant;
        ++set;
      } else if (++far <= 1000) {
        note(plan, Severity::kWarning, "point_far_from_road",
             std::string("This point of '") + what +
                 "' is farther than its 'within' from every node of a road.",
             p, row.place());
      }
    }
  });
  std::string words = "Layer " + layer.name() + ": " + grouped(rows) + " rows, " + grouped(set) + " " + what;
  if (none)
    words += ", " + grouped(none) + " without control" +
             (unknown.empty() ? "" : " (" + most_frequent(unknown) + ")");
  if (far) words += ", " + grouped(far) + " far from every road";
  note(plan, Severity::kNote, "layer_read", words + ".");
}

void add_buildings(const Binder& binder, const VectorMapping::Areas& use, const ToPlan& to_plan,
                   StreetPlan& plan) {
  const VectorLayer& layer = binder.layer(use);
  const BoundField height = binder.field(layer, use.height);
  const std::string crs = binder.crs(layer, use);
  Counts odd;
  const std::size_t before = plan.buildings.size();
  const std::uint64_t rows = layer.each([&](const VectorRow& row) {
    const double height_m = height.number(row, 0, 2000, odd).value_or(0);
    for (auto& ring : row.rings()) {
      to_plan(layer, crs, ring);
      plan.buildings.push_back({std::move(ring), static_cast<float>(height_m)});
    }
  });
  note(plan, Severity::kNote, "layer_read",
       "Layer " + layer.name() + ": " + grouped(rows) + " rows, " + grouped(plan.buildings.size() - before) +
           " buildings.");
  if (!odd.empty())
    note(plan, Severity::kWarning, "value_not_understood",
         "The height is not understood: " + most_frequent(odd) + ".");
}

void add_water(const Binder& binder, const VectorMapping::Areas& use, const ToPlan& to_plan,
               StreetPlan& plan) {
  const VectorLayer& layer = binder.layer(use);
  const std::string crs = binder.crs(layer, use);
  const std::size_t before = plan.water.size();
  const std::uint64_t rows = layer.each([&](const VectorRow& row) {
    for (auto& ring : row.rings()) {
      to_plan(layer, crs, ring);
      plan.water.push_back(std::move(ring));
    }
  });
  note(plan, Severity::kNote, "layer_read",
       "Layer " + layer.name() + ": " + grouped(rows) + " rows, " + grouped(plan.water.size() - before) +
           " areas of water.");
}

void add_zones(const Binder& binder, const VectorMapping::Zones& use, const ToPlan& to_plan,
               StreetPlan& plan) {
  ZoneReader(binder, use, to_plan, plan).read();
}

}  // namespace arterial

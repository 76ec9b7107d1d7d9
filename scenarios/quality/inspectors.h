#pragma once
// The inspectors behind quality.h: each looks at one side of a network and adds what it finds.
#include <array>
#include <string>
#include <vector>

#include "scenarios/quality/quality.h"

namespace arterial {

struct Inspection {
  explicit Inspection(const Network& inspected);

  const Network& network;
  std::vector<QualityFinding> findings;
  std::array<double, kAspects> whole{};          // what the shares are of
  std::vector<double> car_lane_m;                // by LinkId
  std::vector<std::vector<std::uint32_t>> into;  // by JunctionId: links that end there, open to cars
  std::vector<std::vector<std::uint32_t>> out_of;
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;

  void add(Aspect aspect, Severity severity, Point at, std::string object_id, double weight,
           std::string words) {
    findings.push_back({aspect, severity, at, std::move(object_id), std::move(words), weight});
  }
  void set_whole(Aspect aspect, double value) { whole[static_cast<std::size_t>(aspect)] = value; }
  std::string street(LinkId link) const;  // name and id
  Point end_of(LinkId link) const;
  Point middle_of(LinkId link) const;
  /// Where the map was cut: what ends there does so rightly.
  bool is_at_edge(Point at) const;
  bool open_to_cars(LinkId link) const { return car_lane_m[link.value] > 0; }
};

void inspect_connections(Inspection& inspection);  // parts, dead lanes
void inspect_junctions(Inspection& inspection);    // geometry
void inspect_signals(Inspection& inspection);      // missing, torn apart
void inspect_programs(Inspection& inspection);     // greens and cycles
void inspect_streets(Inspection& inspection);      // outliers along a street, restrictions

}  // namespace arterial

#pragma once
// Cells of a matrix become trips: a fraction by the cell's own draw, departures by a profile, ends within the
// zones. Matrices from files and from the gravity model alike.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/demand/demand.h"
#include "scenarios/demand/zone_links.h"

namespace arterial {

/// Departures in the proportions of a profile.
class DepartureProfile {
 public:
  /// CSV begin_s,end_s,share; empty: even from begin to end. Throws InputError.
  DepartureProfile(const std::string& file, double begin_s, double end_s);
  double depart_s(std::uint64_t bits) const;

 private:
  struct Part {
    double begin_s, end_s, share;
  };
  std::vector<Part> parts_;
  double sum_ = 0;
};

class OdTrips {
 public:
  /// `prefix` begins the ids of the trips: "od" for od.FROM.TO.N.
  OdTrips(const DemandSource& source, std::string prefix, ZoneLinks& zones, DemandBuilder& builder);

  /// Both zones must be known. A fraction of a trip becomes one by the pair's own draw, so that more trips
  /// always contain fewer. `type` empty: the source's.
  void add(std::string_view from, std::string_view to, double trips, std::string_view type,
           const std::string& file, const std::string& place);

 private:
  void add_trip(const std::string& pair, std::uint64_t n, const std::string& from, const std::string& to,
                TypeId type, const std::string& type_name);
  static void take_any(const LinkChoice& choice, LinkId& one, std::vector<LinkId>& any);

  const DemandSource& source_;
  std::string prefix_;
  ZoneLinks& zones_;
  DemandBuilder& builder_;
  DepartureProfile profile_;
  std::map<std::string, int> rows_of_pair_;  // a pair may stand in several rows
};

}  // namespace arterial

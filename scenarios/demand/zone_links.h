#pragma once
// Where the trips of a zone may start or end, per class.
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "scenarios/demand/demand_builder.h"
#include "scenarios/demand/link_choice.h"

namespace arterial {

class ZoneLinks {
 public:
  /// Of a table zone,link[,weight], or (empty name) of the network's zones. A zone without a ring whose links
  /// have one junction in common is that point: its trips begin on links that leave it and end on links that
  /// enter it. Throws InputError.
  ZoneLinks(DemandBuilder& builder, const std::string& zones_file);

  bool has(std::string_view zone) const { return zones_.find(zone) != zones_.end(); }
  bool is_point(std::string_view zone) const { return zones_.find(zone)->second.point; }

  /// Links of the zone where trips of a class start or end: those from or to where there is a way, if there
  /// are any.
  const LinkChoice& choice(std::string_view zone, VehicleClass c, bool origin);

 private:
  struct ZoneEnd {
    LinkId link;
    double weight = -1;  // below 0: by lane length
    bool begins = true, ends = true;
  };
  struct Ends {
    std::vector<ZoneEnd> links;
    bool point = false;
  };
  void read_zones_file(const std::string& file);
  void read_network_zones();
  void add_links_inside(const Shape& ring, const std::vector<Point>& middles, Ends& ends) const;

  DemandBuilder& builder_;
  std::map<std::string, Ends, std::less<>> zones_;
  std::map<std::tuple<std::string, VehicleClass, bool>, LinkChoice> choices_;
};

}  // namespace arterial

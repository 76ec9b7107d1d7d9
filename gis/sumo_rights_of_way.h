#pragma once
// Who yields to whom, from the request matrix of a SUMO junction: every pair of foes becomes a Conflict.
// Where they meet comes from the drawn paths.
#include <cstdint>
#include <vector>

#include "gis/sumo_net_file.h"
#include "sim/model/network.h"

namespace arterial::sumo {

struct RightsOfWay {
  std::uint64_t beyond_matrix = 0;    // conflicts that the drawing shows and the matrix does not name
  std::uint64_t without_contact = 0;  // foes whose paths never come near
};

/// `sources` and `matrix` by JunctionId; matrix[j][i] is the connection of request i, or none (a crossing).
/// `by_matrix` by ConnectionId: the source's letter is a signal's, so the matrix says whether it must yield.
/// Precondition: the network is in order and has no conflicts yet.
RightsOfWay add_rights_of_way(const NetFile& net, const std::vector<const NetJunction*>& sources,
                              const std::vector<std::vector<ConnectionId>>& matrix,
                              const std::vector<bool>& by_matrix, Network& network);

}  // namespace arterial::sumo

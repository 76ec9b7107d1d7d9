#pragma once
// A picture of one junction for people who have to judge it: lanes and their arrows, the ways through
// coloured by turn, where they conflict, who goes first, and the signal's program as bars over its cycle.
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/network.h"

namespace arterial {

struct JunctionPicture {
  const Network* network = nullptr;
  JunctionId junction;
  double width_m = 0;  // of the view; 0: the junction with some road around it
  std::string title;   // "": the junction's id and the streets that meet
  int width_px = 1500, height_px = 1000;
};

/// The junction with this id, or the one made of the source node with this id. Throws InputError where there
/// is none; `file` names the network in the message.
JunctionId find_junction(const Network& network, std::string_view id, const std::string& file);

/// Approaches in the order of their letters on the picture: clockwise from north.
std::vector<LinkId> approaches_of(const Network& network, JunctionId junction);

enum class MarkKind { kSignal, kPriority, kYield, kStop, kEqual, kZipper };
/// The sign of right of way for a connection, without regard to others of its lane.
MarkKind mark_of(const Connection& connection);

/// A PNG. Throws std::invalid_argument without a network or junction.
std::string junction_png(const JunctionPicture& picture);
/// Throws InputError where the file cannot be written.
void draw_junction_png(const JunctionPicture& picture, const std::string& path);

}  // namespace arterial

#pragma once
// A small SUMO net as text, to be changed a word at a time, and a folder to put files in.
//
//                 N
//                 |no
//       W --wi--> J --eo--> E      si (from S) goes on to no and yields to everyone; wi goes on to eo or left
//       to no,
//          (left) | <--ei-- E      waiting inside for ei, which turns right into no.
//                 |si
//                 S
#include <unistd.h>

#include <filesystem>
#include <string>

#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"
#include "tests/catch.h"

namespace arterial {

inline const std::string kSmallNet = R"(<?xml version="1.0" encoding="UTF-8"?>
<net version="1.20" junctionCornerDetail="5">
  <location netOffset="-1000.50,-2000.25" convBoundary="-100,-100,100,100" origBoundary="0,0,1,1" projParameter="+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"/>
  <edge id=":J_0" function="internal"><lane id=":J_0_0" index="0" speed="13.89" length="16.00" shape="1.6,-8 1.6,8"/></edge>
  <edge id=":J_1" function="internal"><lane id=":J_1_0" index="0" speed="13.89" length="16.00" shape="-8,-1.6 8,-1.6"/></edge>
  <edge id=":J_2" function="internal"><lane id=":J_2_0" index="0" speed="6.51" length="9.03" shape="8,1.6 2.5,2.5 1.6,8"/></edge>
  <edge id=":J_3" function="internal"><lane id=":J_3_0" index="0" speed="8.00" length="7.10" shape="-8,-1.6 -1,-0.5"/></edge>
  <edge id=":J_4" function="internal"><lane id=":J_4_0" index="0" speed="8.50" length="8.90" shape="-1,-0.5 1.6,8"/></edge>
  <edge id="wi" from="W" to="J" priority="3" type="highway.primary" name="West Street">
    <lane id="wi_0" index="0" speed="13.89" length="92.37" shape="-100,-1.6 -8,-1.6"/>
  </edge>
  <edge id="ei" from="E" to="J" priority="3"><lane id="ei_0" index="0" disallow="truck tram rail_urban" speed="13.89" length="92.00" shape="100,1.6 8,1.6"/></edge>
  <edge id="si" from="S" to="J" priority="1"><lane id="si_0" index="0" speed="8.33" length="92.00" width="2.5" shape="1.6,-100 1.6,-8"/></edge>
  <edge id="eo" from="J" to="E" priority="3">
    <lane id="eo_0" index="0" allow="bus bicycle" speed="13.89" length="92.00" shape="8,-1.6 100,-1.6"/>
    <lane id="eo_1" index="1" speed="13.89" length="92.00" shape="8,1.0 100,1.0" changeRight="bus" changeLeft=""/>
  </edge>
  <edge id="no" from="J" to="N" priority="3"><lane id="no_0" index="0" speed="13.89" length="92.00" shape="1.6,8,4.5 1.6,100,5.5"/></edge>
  <junction id="W" type="dead_end" x="-100" y="0" incLanes="" intLanes="" shape="-100,0 -100,-3.2"/>
  <junction id="E" type="dead_end" x="100" y="0" incLanes="eo_0 eo_1" intLanes=""/>
  <junction id="N" type="dead_end" x="0" y="100" incLanes="no_0" intLanes=""/>
  <junction id="S" type="dead_end" x="0" y="-100" incLanes="" intLanes=""/>
  <junction id="J" type="priority" x="0" y="0" incLanes="si_0 wi_0 ei_0" intLanes=":J_0_0 :J_1_0 :J_4_0 :J_2_0" shape="-8,-3.2 8,-3.2 8,8 -8,8">
    <request index="0" response="1110" foes="1110" cont="0"/>
    <request index="1" response="0000" foes="0001" cont="0"/>
    <request index="2" response="1000" foes="1001" cont="1"/>
    <request index="3" response="0000" foes="0101" cont="0"/>
  </junction>
  <junction id=":J_4_0" type="internal" x="-1" y="-0.5" incLanes=":J_3_0 ei_0" intLanes=":J_2_0"/>
  <connection from="si" to="no" fromLane="0" toLane="0" via=":J_0_0" dir="s" state="m"/>
  <connection from="wi" to="eo" fromLane="0" toLane="1" via=":J_1_0" dir="s" state="M"/>
  <connection from="wi" to="no" fromLane="0" toLane="0" via=":J_3_0" dir="l" state="m" keepClear="0"/>
  <connection from="ei" to="no" fromLane="0" toLane="0" via=":J_2_0" dir="r" state="M"/>
  <connection from=":J_0" to="no" fromLane="0" toLane="0" dir="s" state="M"/>
  <connection from=":J_1" to="eo" fromLane="0" toLane="1" dir="s" state="M"/>
  <connection from=":J_2" to="no" fromLane="0" toLane="0" dir="r" state="M"/>
  <connection from=":J_3" to="no" fromLane="0" toLane="0" via=":J_4_0" dir="l" state="m"/>
  <connection from=":J_4" to="no" fromLane="0" toLane="0" dir="l" state="M"/>
</net>
)";

/// The text with one passage replaced; the passage must be there.
inline std::string with(std::string text, const std::string& passage, const std::string& replacement) {
  const auto at = text.find(passage);
  REQUIRE(at != std::string::npos);
  return text.replace(at, passage.size(), replacement);
}

/// The same with every occurrence.
inline std::string with_all(std::string text, const std::string& passage, const std::string& replacement) {
  REQUIRE(text.find(passage) != std::string::npos);
  for (std::size_t at = 0; (at = text.find(passage, at)) != std::string::npos; at += replacement.size())
    text.replace(at, passage.size(), replacement);
  return text;
}

/// The net with a signal at J: its connections take the places 0 (si), 1 and 2 (wi), 3 (ei).
inline std::string small_net_with_signal(const std::string& logics) {
  std::string net = with(kSmallNet, R"(id="J" type="priority")", R"(id="J" type="traffic_light")");
  net = with(net, R"(via=":J_0_0" dir="s" state="m")",
             R"(via=":J_0_0" tl="T" linkIndex="0" dir="s" state="o")");
  net = with(net, R"(via=":J_1_0" dir="s" state="M")",
             R"(via=":J_1_0" tl="T" linkIndex="1" dir="s" state="o")");
  net = with(net, R"(via=":J_3_0" dir="l" state="m")",
             R"(via=":J_3_0" tl="T" linkIndex="2" dir="l" state="o")");
  net = with(net, R"(via=":J_2_0" dir="r" state="M")",
             R"(via=":J_2_0" tl="T" linkIndex="3" dir="r" state="O")");
  return with(net, R"(  <junction id="W")", logics + R"(  <junction id="W")");
}

inline const std::string kSmallLogic = R"(<tlLogic id="T" type="static" programID="0" offset="5">
  <phase duration="30" state="rGgG"/><phase duration="3" state="ryyy"/><phase duration="20" state="Grrr"/><phase duration="3" state="yrrr"/>
</tlLogic>
)";

/// A folder of its own, gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ =
        (std::filesystem::temp_directory_path() /
         ("arterial_gis_" + std::to_string(static_cast<long>(::getpid())) + "_" + std::to_string(count++)))
            .string();
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string put(const std::string& name, std::string_view content) const {
    std::string path = path_ + "/" + name;
    write_file_atomically(path, content);
    return path;
  }

 private:
  std::string path_;
};

/// What an InputError says; fails where none is thrown.
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  FAIL("nothing was refused");
  return {};
}

}  // namespace arterial

// A GMNS folder with one table of the fuzzer's: the first byte says which. What is read must build a sound
// network.
#include <sys/stat.h>

#include "gis/gmns_reader.h"
#include "gis/wkt.h"
#include "sim/model/network_builder.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

struct Table {
  const char *name, *text;
};
constexpr Table kTables[] = {
    {"link.csv",
     "link_id,name,from_node_id,to_node_id,directed,geometry_id,geometry,length,facility_type,capacity,free_"
     "speed,"
     "lanes,allowed_uses\n1,a,W,X,1,g,,0.2,arterial,900,30,2,all\n2,a,X,W,1,,,0.2,arterial,900,30,2,all\n"
     "3,b,X,E,0,,\"LINESTRING (300 0, 450 40, 600 0)\",0.2,local,,,1,\"auto, bike\"\n"
     "4,c,C,X,0,,,0.2,zonal connector,,15,9,all\n"},
    {"node.csv",
     "node_id,x_coord,y_coord,ctrl_type,zone_id\nW,0,0,,\nX,300,0,signal,\nE,600,0,stop,\nC,300,300,,7\n"},
    {"config.csv", "dataset_name,short_length,long_length,speed,crs\nt,foot,mile,mph,\n"},
    {"geometry.csv", "geometry_id,geometry\ng,\"LINESTRING (0 0, 150 30, 300 0)\"\n"},
    {"lane.csv", "lane_id,link_id,lane_num,allowed_uses,width\na,1,1,all,11\nb,1,2,all,11\nc,1,3,bike,5\n"},
    {"movement.csv",
     "mvmt_id,node_id,ib_link_id,start_ib_lane,end_ib_lane,ob_link_id,type\nm,X,1,1,2,3,thru\nn,X,1,-1,,4,"
     "left\n"},
    {"zone.csv",
     "zone_id,name,boundary,population\n7,seven,\"POLYGON ((200 200, 400 200, 400 400, 200 200))\",500\n"},
    {"use_group.csv", "use_group,uses\nauto,\"car, truck, bus\"\nall,\"auto, walk, bike\"\n"},
    {"segment.csv", "segment_id,link_id\n1,1\n"},
    {"settings.yml", "unit:\n  length_unit: mile\n  speed_unit: mph\n"},
    {"signal_timing_plan.csv", "timing_plan_id,controller_id,time_day,cycle_length\np,X,,60\n"},
    {"signal_timing_phase.csv",
     "timing_phase_id,timing_plan_id,signal_phase_num,min_green,max_green,extension,clearance,ring,barrier,"
     "position\n"
     "1,p,2,5,25,3,5,1,1,1\n2,p,4,5,25,3,5,1,2,1\n"},
    {"signal_phase_mvmt.csv",
     "signal_phase_mvmt_id,timing_phase_id,mvmt_id,link_id,protection\n1,1,m,,protected\n"
     "2,2,n,,permitted\n"},
    {"signal_coordination.csv",
     "coordination_id,timing_plan_id,controller_id,coord_contr_id,coord_phase,coord_ref_to,offset\n"
     "1,p,X,X,2,begin_of_green,10\n"},
};
constexpr std::size_t kCount = sizeof kTables / sizeof kTables[0];

/// A folder of all tables, gone at exit.
std::string tables_folder() {
  static const std::string folder = arterial::fuzz_file("", ".gmns") + ".d";
  mkdir(folder.c_str(), 0700);
  std::atexit([] {
    for (const Table& t : kTables) unlink((folder + "/" + t.name).c_str());
    rmdir(folder.c_str());
  });
  for (const Table& t : kTables) arterial::write_bytes(folder + "/" + t.name, t.text);
  return folder;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arterial;
  static const std::string folder = tables_folder();
  if (size == 0) return 0;
  const Table& table = kTables[data[0] % kCount];
  const std::string path = folder + "/" + table.name;
  write_bytes(path, text_of(data + 1, size - 1));
  (void)gis::wkt_parts(text_of(data + 1, size - 1), 1000);
  refuse_or_read([&] {
    const Network network = build_network(read_gmns(folder));
    demand_sound(faults_in(network).empty(), "a network with a fault");
  });
  write_bytes(path, table.text);
  return 0;
}

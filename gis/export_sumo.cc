#include "gis/export_sumo.h"

#include <filesystem>
#include <memory>

#include "gis/sumo_names.h"
#include "gis/sumo_plain.h"
#include "gis/text_output.h"
#include "sim/model/atomic_file.h"

namespace arterial {
namespace {

/// No "--" inside a comment, none at its end.
std::string comment(std::string text) {
  for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos;) text.replace(at, 2, "- ");
  if (text.ends_with('-')) text += ' ';
  return gis::xml_text(text);
}

std::string head(const Network& n) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " + comment(n.name) + ", by Arterial.";
  for (const auto& [what, words] : {std::pair<const char*, const std::string&>{"Source", n.source},
                                    {"Attribution", n.attribution},
                                    {"Licence", n.licence}})
    if (!words.empty()) out += "\n     " + std::string(what) + ": " + comment(words);
  return out + " -->\n";
}

/// What netconvert must not add of its own: everything is stated.
std::string configuration(const Network& n, const std::string& stem, bool has_signals) {
  const auto line = [](const char* name, const std::string& value) {
    return "    <" + std::string(name) + sumo::attribute("value", value) + "/>\n";
  };
  std::string out = "<netconvertConfiguration>\n  <input>\n";
  out += line("node-files", stem + ".nod.xml") + line("edge-files", stem + ".edg.xml") +
         line("connection-files", stem + ".con.xml") + line("type-files", stem + ".typ.xml");
  if (has_signals) out += line("tllogic-files", stem + ".tll.xml");
  out += "  </input>\n  <output>\n" + line("output-file", stem + ".net.xml") + line("precision", "4") +
         line("output.street-names", "true") + "  </output>\n  <processing>\n" +
         line("offset.disable-normalization", "true") + line("lefthand", n.left_hand ? "true" : "false") +
         line("no-turnarounds", "true") + line("roundabouts.guess", "false") +
         line("junctions.limit-turn-speed", "-1") +
         line("check-lane-foes.all", sumo::lanes_of_a_road_are_apart(n) ? "true" : "false") +
         "  </processing>\n";
  return out + "</netconvertConfiguration>\n";
}

}  // namespace

SumoPlainFiles write_sumo_plain(const Network& network, const std::string& prefix) {
  const sumo::Names names(network);
  const std::string stem = std::filesystem::path(prefix).filename().string();
  if (stem.empty())
    throw InputError(prefix, "", "names no file", "Give a folder and a name, such as out/city");
  const std::vector<bool> used = sumo::used_signals(network);
  std::size_t signals = 0;
  for (const bool u : used) signals += u;
  SumoPlainFiles out;
  if (signals < used.size())
    out.left_out.push_back(std::to_string(used.size() - signals) + " signals control no connection");

  std::vector<std::unique_ptr<AtomicFile>> files;
  const auto add = [&](const char* ending, const std::string& text) {
    if (text.empty()) return;
    out.files.push_back(prefix + ending);
    files.push_back(std::make_unique<AtomicFile>(out.files.back()));
    files.back()->write(head(network));
    files.back()->write(text);
  };
  add(".nod.xml", sumo::nodes_xml(network, names));
  add(".edg.xml", sumo::edges_xml(network, names));
  add(".con.xml", sumo::connections_xml(network, names));
  add(".typ.xml", sumo::types_xml(network));
  add(".tll.xml", signals > 0 ? sumo::signals_xml(network, names) : "");
  add(".add.xml", sumo::additional_xml(network, names, out.left_out));
  add(".netccfg", configuration(network, stem, signals > 0));
  for (const auto& file : files) file->commit();  // only once all of them have been written
  out.command = "netconvert -c " + prefix + ".netccfg";
  return out;
}

}  // namespace arterial

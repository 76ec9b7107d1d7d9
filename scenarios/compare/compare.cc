#include "scenarios/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <ostream>
#include <set>
#include <unordered_map>

#include "scenarios/map/map.h"
#include "scenarios/report/page.h"
#include "scenarios/run/table_writer.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"
#include "sim/model/build_info.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kShownLinks = 12;

struct FigureSpec {
  const char *key, *name, *unit;
  int decimals, better;
};
/// Demand that was not served comes first: it decides what the rest is worth.
constexpr FigureSpec kFigures[] = {
    {"waiting", "Waiting to enter at the end", "trips", 1, -1},
    {"removed", "Removed", "trips", 1, -1},
    {"rejected", "Rejected before the run", "trips", 1, -1},
    {"running", "Still running at the end", "trips", 1, 0},
    {"loaded", "Loaded", "trips", 1, 0},
    {"arrived", "Arrived", "trips", 1, 1},
    {"total_time_h", "Total time, waiting included", "veh-h", 2, -1},
    {"mean_trip_s", "Mean trip (arrived)", "s", 2, -1},
    {"mean_delay_s", "Mean delay (arrived)", "s", 2, -1},
    {"mean_depart_delay_s", "Mean delay before entering", "s", 2, -1},
    {"vkt_km", "Driven", "veh-km", 2, 0},
    {"vht_h", "Time on the road", "veh-h", 2, -1},
    {"mean_speed_mps", "Mean speed", "m/s", 3, 1},
    {"violations.overlap", "Violations: overlap", "", 0, -1},
    {"violations.red", "Violations: red", "", 0, -1},
    {"violations.conflict", "Violations: conflict", "", 0, -1},
    {"violations.lane", "Violations: lane", "", 0, -1},
    {"violations.conservation", "Violations: conservation", "", 0, -1},
};

double value_of(const std::map<std::string, double>& summary, const std::string& key) {
  const auto found = summary.find(key);
  return found == summary.end() ? std::nan("") : found->second;
}

std::vector<double> column(const RunFolder& run, const std::string& key) {
  std::vector<double> values;
  for (const auto& replica : run.replicas) values.push_back(value_of(replica, key));
  return values;
}

double mean(const std::vector<double>& values) {
  return values.empty()
             ? std::nan("")
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// One link in both runs; NaN where a network does not have it.
struct LinkPair {
  std::string id, source_id, name;
  std::size_t a = kNone, b = kNone;
  double flow_a, flow_b, speed_a, speed_b, delay_a_h, delay_b_h, queue_a, queue_b, waiting_a, waiting_b;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  double delay_difference_h() const { return delay_b_h - delay_a_h; }
};

std::vector<LinkPair> pair_links(const Network& network_a, const LinkResults& a, const Network& network_b,
                                 const LinkResults& b) {
  std::vector<LinkPair> pairs;
  std::unordered_map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < network_a.links.size(); ++i) {
    at.emplace(network_a.links[i].id, pairs.size());
    LinkPair pair;
    pair.id = network_a.links[i].id, pair.source_id = network_a.links[i].source_id,
    pair.name = network_a.links[i].name, pair.a = i;
    pairs.push_back(std::move(pair));
  }
  for (std::size_t i = 0; i < network_b.links.size(); ++i) {
    const auto known = at.find(network_b.links[i].id);
    if (known != at.end()) {
      pairs[known->second].b = i;
      continue;
    }
    LinkPair pair;
    pair.id = network_b.links[i].id, pair.source_id = network_b.links[i].source_id,
    pair.name = network_b.links[i].name, pair.b = i;
    pairs.push_back(std::move(pair));
  }
  const double none = std::nan("");
  for (auto& p : pairs) {
    const bool in_a = p.a != LinkPair::kNone, in_b = p.b != LinkPair::kNone;
    p.flow_a = in_a ? flow_vph(a, network_a, p.a) : none,
    p.flow_b = in_b ? flow_vph(b, network_b, p.b) : none;
    p.speed_a = in_a ? speed_mps(a, p.a) : none, p.speed_b = in_b ? speed_mps(b, p.b) : none;
    p.delay_a_h = in_a ? a.time_loss_s[p.a] / 3600 : none,
    p.delay_b_h = in_b ? b.time_loss_s[p.b] / 3600 : none;
    p.queue_a = in_a ? a.queue_max_m[p.a] : none, p.queue_b = in_b ? b.queue_max_m[p.b] : none;
    p.waiting_a = in_a ? a.waiting_end[p.a] : none, p.waiting_b = in_b ? b.waiting_end[p.b] : none;
  }
  return pairs;
}

void write_links(const std::vector<LinkPair>& pairs, const std::string& path) {
  TableWriter out(
      path,
      "link_id,source_id,name,flow_a_vph,flow_b_vph,flow_difference_vph,geh,speed_a_mps,speed_b_mps,"
      "speed_difference_mps,delay_a_h,delay_b_h,delay_difference_h,queue_max_a_m,queue_max_b_m,waiting_a,"
      "waiting_b",
      false);
  for (const auto& p : pairs) {
    out.begin_row(0);
    out.name(p.id);
    out.name(p.source_id);
    out.name(p.name);
    out.number(p.flow_a, 2);
    out.number(p.flow_b, 2);
    out.number(p.flow_b - p.flow_a, 2);
    out.number(std::isfinite(p.flow_a + p.flow_b) ? geh(p.flow_a, p.flow_b) : std::nan(""), 3);
    out.number(p.speed_a, 4);
    out.number(p.speed_b, 4);
    out.number(p.speed_b - p.speed_a, 4);
    out.number(p.delay_a_h, 4);
    out.number(p.delay_b_h, 4);
    out.number(p.delay_difference_h(), 4);
    out.number(p.queue_a, 2);
    out.number(p.queue_b, 2);
    out.number(p.waiting_a, 1);
    out.number(p.waiting_b, 1);
    out.end_row();
  }
  out.commit();
}

/// A reach that a few outliers do not stretch: the 98th percentile of what differs.
double reach_of(const std::vector<double>& values) {
  std::vector<double> sizes;
  for (const double v : values)
    if (std::isfinite(v) && v != 0) sizes.push_back(std::abs(v));
  if (sizes.empty()) return 1;
  const auto place =
      sizes.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(sizes.size() - 1) * 0.98);
  std::nth_element(sizes.begin(), place, sizes.end());
  return *place;
}

std::string label(const RunFolder& run) {
  const std::string folder = fs::path(run.path).filename().string();
  return run.name.empty() ? folder : run.name == folder ? folder : run.name + " (" + folder + ")";
}

std::string difference_map(const Comparison& comparison, const Network& network,
                           const std::vector<LinkPair>& pairs, bool flow) {
  MapPicture picture;
  picture.network = &network;
  picture.link_value.assign(network.links.size(), std::nan(""));
  for (const auto& p : pairs) {
    if (p.a == LinkPair::kNone) continue;
    const double value = flow ? p.flow_b - p.flow_a : p.delay_difference_h();
    const bool unused = p.flow_a == 0 && p.flow_b == 0;
    picture.link_value[p.a] = unused ? std::nan("") : value;
  }
  const double reach = reach_of(picture.link_value);
  picture.ramp = difference_ramp(reach);
  if (!flow) std::reverse(picture.ramp.colours.begin(), picture.ramp.colours.end());  // worse is brown
  picture.ramp.open_low = picture.ramp.open_high = true;
  std::vector<double> size;
  for (const double v : picture.link_value)
    size.push_back(std::isfinite(v) ? std::min(std::abs(v), reach) : 0);
  picture.link_width_px = flow_widths_px(size, reach);
  picture.title = flow ? "Flow, what changes" : "Delay, what changes";
  picture.subtitle = "B: " + label(comparison.b) + "  minus  A: " + label(comparison.a);
  picture.legend = flow ? "Vehicles an hour, B minus A" : "Delay in vehicle-hours, B minus A";
  return map_png(picture);
}

std::string percent(const Figure& f) {
  if (!(std::abs(f.values.a) > 0) || !std::isfinite(f.values.difference)) return "";
  const double share = 100 * f.values.difference / std::abs(f.values.a);
  return (share > 0 ? "+" : "") + for_people(share, 1) + " %";
}
std::string signed_number(double value, int decimals) {
  return (value > 0 ? "+" : "") + for_people(value, decimals);
}
std::string interval(const Figure& f) {
  return std::isfinite(f.values.half_width) ? "± " + for_people(f.values.half_width, f.decimals) : "";
}
std::string verdict(const Figure& f, bool paired) {
  const double d = f.values.difference;
  if (!std::isfinite(d) || d == 0) return "same";
  if (paired && std::isfinite(f.values.half_width) && !f.values.significant()) return "may be chance";
  if (f.better == 0) return d > 0 ? "more" : "less";
  return (d > 0) == (f.better > 0) ? "better" : "worse";
}

std::vector<std::vector<std::string>> figure_rows(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& f : comparison.figures) {
    if (f.key.starts_with("violations") && f.values.a == 0 && f.values.b == 0) continue;
    rows.push_back({f.name + (f.unit.empty() ? "" : ", " + f.unit), for_people(f.values.a, f.decimals),
                    for_people(f.values.b, f.decimals), signed_number(f.values.difference, f.decimals),
                    interval(f), percent(f), verdict(f, comparison.paired)});
  }
  return rows;
}

/// Lines of the resolved scenarios that only one of the two has.
std::string scenario_differences(const Comparison& comparison) {
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  const auto a = lines_of(read_text_file(comparison.a.path + "/scenario.yaml", 64 << 20));
  const auto b = lines_of(read_text_file(comparison.b.path + "/scenario.yaml", 64 << 20));
  const std::set<std::string> in_a(a.begin(), a.end()), in_b(b.begin(), b.end());
  std::string out;
  for (const auto& line : a)
    if (!in_b.contains(line)) out += "A  " + line + "\n";
  for (const auto& line : b)
    if (!in_a.contains(line)) out += "B  " + line + "\n";
  return out;
}

std::vector<std::vector<std::string>> link_rows(const std::vector<LinkPair>& pairs, int sign) {
  std::vector<const LinkPair*> order;
  for (const auto& p : pairs)
    if (std::isfinite(p.delay_difference_h()) && sign * p.delay_difference_h() > 0) order.push_back(&p);
  const auto shown = std::min(kShownLinks, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](const auto* x, const auto* y) {
                      const double dx = sign * x->delay_difference_h(), dy = sign * y->delay_difference_h();
                      return dx != dy ? dx > dy : x->id < y->id;
                    });
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& p = *order[i];
    rows.push_back({p.name.empty() ? p.id : p.name + " (" + p.id + ")", for_people(p.delay_a_h, 2),
                    for_people(p.delay_b_h, 2), signed_number(p.delay_difference_h(), 2),
                    signed_number(p.flow_b - p.flow_a, 0), signed_number((p.speed_b - p.speed_a) * 3.6, 1)});
  }
  return rows;
}

std::string page_of(const Comparison& comparison, const Network& network, const std::vector<LinkPair>& pairs,
                    const std::string& delay_map, const std::string& flow_map) {
  const auto& f = comparison.figures;
  // What chance could have done is not held against B.
  const auto worse = [&](std::size_t i) {
    const auto& v = f[i].values;
    return v.difference > 0 && (!std::isfinite(v.half_width) || v.significant());
  };
  const bool less_served = worse(0) || worse(1) || worse(2);
  HtmlPage page(
      "What changes",
      "A: " + label(comparison.a) + "  ·  B: " + label(comparison.b) +
          (comparison.paired && comparison.a.replicas.size() > 1
               ? "  ·  " + std::to_string(comparison.a.replicas.size()) + " replicas, paired by seed"
               : ""),
      less_served ? "B serves less of the demand" : "B serves no less of the demand", !less_served);
  page.heading(
      "Figures",
      comparison.paired && comparison.a.replicas.size() > 1
          ? "Means over replicas; difference B minus A pair by pair, with its 95 % interval by Student's t."
          : "Difference B minus A. One run each says nothing about chance: run both with --replicas 10 for "
            "intervals.");
  page.table({{"Figure", false},
              {"A", true},
              {"B", true},
              {"Difference", true},
              {"95 %", true},
              {"Share", true},
              {"B is", false}},
             figure_rows(comparison), "");
  const auto differences = scenario_differences(comparison);
  page.heading("What differs in the scenarios");
  if (differences.empty())
    page.raw("<p class=\"none\">Nothing: the same scenario was run twice.</p>\n");
  else
    page.raw("<details open><summary>Lines that only one of them has</summary><pre>" +
             html_text(differences) + "</pre></details>\n");
  page.heading("Where it changes");
  page.image(delay_map, "Map of the difference in delay");
  page.image(flow_map, "Map of the difference in flow");
  const std::vector<HtmlPage::Column> columns{{"Link", false},          {"Delay A, veh-h", true},
                                              {"Delay B, veh-h", true}, {"Difference", true},
                                              {"Flow, veh/h", true},    {"Speed, km/h", true}};
  page.heading("Links that lose most time",
               "All links stand in links_difference.csv and links_difference.gpkg.");
  page.table(columns, link_rows(pairs, +1), "No link loses time.");
  page.heading("Links that gain most");
  page.table(columns, link_rows(pairs, -1), "No link gains time.");
  return page.close((network.attribution.empty() ? "" : "Map data: " + network.attribution + ". ") +
                    "Compared by Arterial " + std::string(version()) + ". State hashes: A " +
                    comparison.a.state_hash + ", B " + comparison.b.state_hash + ".");
}

std::string comparison_json(const Comparison& comparison) {
  std::string out = "{\n  \"arterial_version\": " + json_string(version()) +
                    ",\n  \"a\": " + json_string(comparison.a.path) +
                    ",\n  \"b\": " + json_string(comparison.b.path) +
                    ",\n  \"paired\": " + (comparison.paired ? "true" : "false") + ",\n  \"figures\": [";
  for (std::size_t i = 0; i < comparison.figures.size(); ++i) {
    const auto& f = comparison.figures[i];
    out += std::string(i ? "," : "") + "\n    {\"key\": " + json_string(f.key) +
           ", \"a\": " + json_number(f.values.a, 6) + ", \"b\": " + json_number(f.values.b, 6) +
           ", \"difference\": " + json_number(f.values.difference, 6) +
           ", \"half_width_95\": " + json_number(f.values.half_width, 6) +
           ", \"pairs\": " + std::to_string(f.values.pairs) + "}";
  }
  return out + "\n  ]\n}\n";
}

std::string terminal_table(const Comparison& comparison) {
  std::string out;
  const auto pad = [](const std::string& text, std::size_t width, bool left) {
    std::size_t columns = 0;
    for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    const std::string space(columns < width ? width - columns : 0, ' ');
    return left ? text + space : space + text;
  };
  out +=
      "  " + pad("", 36, true) + pad("A", 12, false) + pad("B", 12, false) + pad("B - A", 12, false) + "\n";
  for (const auto& row : figure_rows(comparison))
    out += "  " + pad(row[0], 36, true) + pad(row[1], 12, false) + pad(row[2], 12, false) +
           pad(row[3], 12, false) + "  " + pad(row[4], 12, true) + pad(row[5], 10, false) + "  " + row[6] +
           "\n";
  return out;
}

}  // namespace

Comparison compare_runs(const std::string& path_a, const std::string& path_b) {
  Comparison comparison{read_run_folder(path_a), read_run_folder(path_b), false, {}};
  const auto& a = comparison.a;
  const auto& b = comparison.b;
  comparison.paired =
      a.replicas.size() == b.replicas.size() && value_of(a.summary, "seed") == value_of(b.summary, "seed");
  for (const auto& spec : kFigures) {
    const auto in_a = column(a, spec.key), in_b = column(b, spec.key);
    Figure figure{spec.key, spec.name, spec.unit, spec.decimals, spec.better, {}};
    if (a.replicas.size() == 1 && b.replicas.size() == 1 && spec.decimals == 1)
      figure.decimals = 0;  // whole trips
    if (comparison.paired) {
      figure.values = paired_difference(in_a, in_b);
    } else {
      figure.values.a = mean(in_a);
      figure.values.b = mean(in_b);
      figure.values.difference = figure.values.b - figure.values.a;
      figure.values.half_width = std::nan("");
    }
    comparison.figures.push_back(std::move(figure));
  }
  return comparison;
}

int compare(const CompareRequest& request, std::ostream& out, std::ostream& err) {
  const Comparison comparison = compare_runs(request.a, request.b);
  const bool one_file = request.report.ends_with(".html");
  std::string folder = one_file ? fs::path(request.report).parent_path().string() : request.report;
  if (folder.empty()) folder = ".";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    throw InputError(request.report, "",
                     "cannot be made a folder (" + (error ? error.message() : "a file stands there") + ")",
                     "Choose another place with -o");
  const Network network_a = read_network(comparison.a.network_path);
  const bool same = comparison.b.network_path == comparison.a.network_path;
  const Network other = same ? Network() : read_network(comparison.b.network_path);
  const Network& network_b = same ? network_a : other;
  const auto pairs = pair_links(network_a, read_link_results(comparison.a, network_a), network_b,
                                read_link_results(comparison.b, network_b));
  const std::string csv = folder + "/links_difference.csv";
  write_links(pairs, csv);
  write_file_atomically(folder + "/compare.json", comparison_json(comparison));
  const std::string delay_map = difference_map(comparison, network_a, pairs, false),
                    flow_map = difference_map(comparison, network_a, pairs, true);
  write_file_atomically(folder + "/difference.png", delay_map);
  write_file_atomically(folder + "/difference_flow.png", flow_map);
  const std::string page = one_file ? request.report : folder + "/report.html";
  write_file_atomically(page, page_of(comparison, network_a, pairs, delay_map, flow_map));
  if (request.export_joined) {
    const std::string fault =
        request.export_joined(comparison.a.network_path, csv, folder + "/links_difference.gpkg");
    if (!fault.empty()) err << "arterial compare: no links_difference.gpkg: " << fault << "\n";
  }
  if (request.json)
    out << comparison_json(comparison);
  else if (!request.quiet)
    out << terminal_table(comparison) << "\n  " << page << "\n";
  return 0;
}

}  // namespace arterial

#include "scenarios/report/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "scenarios/map/plot.h"
#include "scenarios/report/page.h"
#include "scenarios/text.h"
#include "sim/model/build_info.h"
#include "sim/model/quantity.h"
#include "sim/model/sim_options.h"

namespace arterial {
namespace {

constexpr std::size_t kWorstLinks = 15, kShownJams = 20, kShownProblems = 25;

std::string count(std::uint64_t n) { return for_people(static_cast<double>(n), 0); }
std::string share(std::uint64_t part, std::uint64_t whole, const char* of) {
  return whole == 0
             ? ""
             : for_people(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1) + " % of " + of;
}

std::vector<HtmlPage::Card> cards_of(const RunSummary& summary) {
  using Tone = HtmlPage::Card::Tone;
  const auto& all = summary.all;
  const auto& l = all.ledger;
  const auto violations = all.violations.total();
  return {
      // Demand that was not served comes first: it decides what the rest is worth.
      {"Trips scheduled", count(l.scheduled), "",
       count(l.loaded) + " loaded" + (l.rejected ? ", " + count(l.rejected) + " rejected" : ""),
       Tone::kPlain},
      {"Arrived", count(l.arrived), "", share(l.arrived, l.loaded, "those loaded"), Tone::kPlain},
      {"Waiting to enter", count(l.waiting), "", l.waiting ? "demand not served" : "everyone got in",
       l.waiting ? Tone::kBad : Tone::kGood},
      {"Removed", count(l.removed()), "",
       l.removed() ? share(l.removed(), l.loaded, "those loaded") : "nobody was taken away",
       l.removed() ? Tone::kBad : Tone::kGood},
      {"Still running", count(l.running), "", share(l.running, l.loaded, "those loaded"), Tone::kPlain},
      {"Violations", count(violations), "",
       violations ? "see the table" : "overlap, red, conflict, lane, ledger",
       violations ? Tone::kBad : Tone::kGood},
      {"Mean trip", for_people(all.mean_trip_s / 60, 1), "min", "of those arrived", Tone::kPlain},
      {"Mean delay", for_people(all.mean_delay_s, 0), "s",
       "on the road; " + for_people(all.mean_depart_delay_s, 0) + " s before it", Tone::kPlain},
      {"Driven", for_people(all.totals.vkt_km, 0), "veh-km", "", Tone::kPlain},
      {"Time on the road", for_people(all.totals.vht_h, 0), "veh-h",
       for_people(all.total_time_h(), 0) + " with waiting", Tone::kPlain},
      {"Mean speed", for_people(all.mean_speed_mps() * 3.6, 1), "km/h", "distance over time", Tone::kPlain},
      {"Engine", for_people(summary.updates_per_s() / 1e6, 2), "M updates/s",
       for_people(summary.real_time_factor(), 0) + " times real time, " + summary.machine.device,
       Tone::kPlain},
  };
}

std::vector<std::string> plots_of(const ResultTables& tables) {
  std::vector<double> time, running, waiting, arrived, halted, speed;
  for (const auto& p : tables.series) {
    time.push_back(p.time_s);
    running.push_back(static_cast<double>(p.ledger.running));
    waiting.push_back(static_cast<double>(p.ledger.waiting));
    arrived.push_back(static_cast<double>(p.ledger.arrived));
    halted.push_back(p.halted);
    speed.push_back(p.ledger.running > 0 ? p.mean_speed_mps * 3.6 : std::nan(""));
  }
  const auto plot = [&](const char* title, const char* unit, std::vector<PlotSeries> series) {
    Plot p;
    p.title = title;
    p.y_label = unit;
    p.series = std::move(series);
    p.width_px = 540;
    p.height_px = 260;
    return plot_svg(p);
  };
  const auto series = [&](const char* name, const std::vector<double>& y, bool filled = false,
                          bool dashed = false) {
    return PlotSeries{name, time, y, filled, dashed};
  };
  if (time.size() < 2) return {};
  return {plot("On the road", "vehicles",
               {series("running", running, true), series("halted", halted, false, true)}),
          plot("Mean speed", "km/h", {series("mean speed", speed, true)}),
          plot("Arrived so far", "trips", {series("arrived", arrived, true)}),
          plot("Waiting to enter", "trips", {series("waiting", waiting, true)})};
}

void worst_links(HtmlPage& page, const Network& network, const ResultTables& tables) {
  const auto totals = totals_by_link(network, tables);
  std::vector<std::uint32_t> order(totals.size());
  std::iota(order.begin(), order.end(), 0u);
  const std::size_t shown = std::min(kWorstLinks, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(), [&](auto a, auto b) {
        return totals[a].time_loss_s != totals[b].time_loss_s ? totals[a].time_loss_s > totals[b].time_loss_s
                                                              : a < b;
      });
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& t = totals[order[i]];
    const auto& link = network.links[order[i]];
    if (!(t.time_loss_s > 0)) break;
    const auto& lane = network[link.first_lane];
    rows.push_back(
        {link.name.empty() ? link.id : link.name + " (" + link.id + ")", for_people(t.time_loss_s / 3600, 2),
         for_people(t.vehicle_s > 0 ? t.vehicle_m / t.vehicle_s * 3.6 : std::nan(""), 1),
         for_people(lane.speed_mps * 3.6, 0), count(t.left + t.arrived), for_people(t.queue_max_m, 0),
         for_people(t.halted_vehicle_s / 3600, 2), count(t.waiting_end)});
  }
  page.heading("Where time is lost", "Links by the delay of all vehicles on them, over the whole run.");
  page.table({{"Link", false},
              {"Delay, veh-h", true},
              {"Speed, km/h", true},
              {"Limit, km/h", true},
              {"Vehicles", true},
              {"Longest queue, m", true},
              {"Standing, veh-h", true},
              {"Waiting to enter", true}},
             rows, "No link lost any time.");
}

void jams(HtmlPage& page, const FinishedRun& run) {
  const auto& network = *run.tables.network;
  const auto& demand = *run.tables.demand;
  std::vector<std::vector<std::string>> rows;
  const auto& all = run.tables.replicas[0].jams;
  for (std::size_t i = 0; i < std::min(kShownJams, all.size()); ++i) {
    const auto& jam = all[i];
    std::string who, where;
    for (std::size_t k = 0; k < std::min<std::size_t>(6, jam.vehicles.size()); ++k)
      who += (k ? " ← " : "") + demand.trips[jam.vehicles[k].value].id;
    if (jam.vehicles.size() > 6) who += " ← … " + std::to_string(jam.vehicles.size() - 6) + " more";
    if (!jam.lanes.empty() && jam.lanes[0].valid()) where = network[jam.lanes[0]].id;
    rows.push_back({clock_text(jam.since_s), jam.until_s < 0 ? "to the end" : clock_text(jam.until_s),
                    std::to_string(jam.vehicles.size()), who, where});
  }
  page.heading("Jams that block themselves",
               "Cycles of vehicles, each kept from going on by the next. All of them stand in jams.csv.");
  page.table({{"Since", false},
              {"Until", false},
              {"Vehicles", true},
              {"Who is blocked by whom", false},
              {"First lane", false}},
             rows, "None: whoever stood, stood for a signal, a queue or somebody with priority.");
}

void rejected(HtmlPage& page, const Demand& demand) {
  std::map<std::string, std::pair<std::uint64_t, std::string>> reasons;
  for (const auto& trip : demand.rejected) {
    auto& reason = reasons[trip.reason];
    if (reason.first++ == 0) reason.second = trip.id + (trip.words.empty() ? "" : ": " + trip.words);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, reason] : reasons) rows.push_back({name, count(reason.first), reason.second});
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return reasons[a[0]].first > reasons[b[0]].first; });
  page.heading("Trips that were not run", "By reason; all of them stand in trips_rejected.csv.");
  page.table({{"Reason", false}, {"Trips", true}, {"For instance", false}}, rows,
             "None: every trip of the demand was run.");
}

std::string instance_of(const Problem& problem) {
  return problem.object_id + (problem.object_id.empty() || problem.words.empty() ? "" : ": ") + problem.words;
}

void problems(HtmlPage& page, const Network& network) {
  std::map<std::pair<int, std::string>, std::pair<std::uint64_t, const Problem*>> codes;  // worst first
  for (const auto& problem : network.problems) {
    auto& code = codes[{-static_cast<int>(problem.severity), problem.code}];
    if (code.first++ == 0) code.second = &problem;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, code] : codes) {
    if (rows.size() == kShownProblems) break;
    rows.push_back(
        {name_of(code.second->severity), key.second, count(code.first), instance_of(*code.second)});
  }
  page.heading("What the map leaves open",
               "Guesses and faults of the import; all of them stand in problems.geojson.");
  page.table({{"Severity", false}, {"Kind", false}, {"Count", true}, {"For instance", false}}, rows,
             "Nothing: the import had nothing to guess.");
}

void replicas(HtmlPage& page, const RunSummary& summary) {
  if (summary.replicas.size() < 2) return;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t r = 0; r < summary.replicas.size(); ++r) {
    const auto& s = summary.replicas[r];
    rows.push_back({std::to_string(r), std::to_string(summary.options.seed + r), count(s.ledger.arrived),
                    count(s.ledger.waiting), count(s.ledger.removed()), for_people(s.mean_trip_s, 1),
                    for_people(s.mean_delay_s, 1), for_people(s.mean_speed_mps() * 3.6, 2),
                    hex64(s.state_hash)});
  }
  page.heading("Replicas", "Cards above add them up; map, time series and links below show replica 0.");
  page.table({{"Replica", true},
              {"Seed", true},
              {"Arrived", true},
              {"Waiting", true},
              {"Removed", true},
              {"Mean trip, s", true},
              {"Mean delay, s", true},
              {"Mean speed, km/h", true},
              {"State hash", false}},
             rows, "");
}

}  // namespace

std::string run_report_html(const FinishedRun& run, std::string_view map_png) {
  const auto& summary = run.summary;
  const auto& network = *run.tables.network;
  const auto violations = summary.all.violations;
  const std::string title = !run.scenario.name.empty() ? run.scenario.name
                            : !network.name.empty()    ? network.name
                                                       : "A city's traffic";
  HtmlPage page(title,
                clock_text(summary.options.begin_s) + " to " + clock_text(summary.now_s) + " · step " +
                    option_text(summary.options, *sim_option_by_flag("step")) + " s · seed " +
                    std::to_string(summary.options.seed) + " · " + count(network.links.size()) + " links, " +
                    count(network.junctions.size()) + " junctions, " + count(network.signals.size()) +
                    " signals",
                violations.total() == 0 ? "every check passed" : count(violations.total()) + " violations",
                violations.total() == 0);
  page.cards(cards_of(summary));
  if (violations.total() > 0)
    page.table({{"Violation", false}, {"Count", true}},
               {{"overlap", count(violations.overlap)},
                {"red", count(violations.red)},
                {"conflict", count(violations.conflict)},
                {"lane", count(violations.lane)},
                {"conservation", count(violations.conservation)}},
               "");
  replicas(page, summary);
  if (!map_png.empty()) {
    page.heading("The map", "Colour: mean speed as a share of the limit. Width: flow.");
    page.image(map_png, "Map of the network, coloured by mean speed");
  }
  const auto plots = plots_of(run.tables.replicas[0]);
  if (!plots.empty()) {
    page.heading("Over time");
    page.plots(plots);
  }
  worst_links(page, network, run.tables.replicas[0]);
  jams(page, run);
  rejected(page, *run.tables.demand);
  problems(page, network);
  page.heading("The scenario");
  page.fold("With every default filled in", resolved_yaml(run.scenario));
  if (!run.scenario.text.empty()) page.fold("As given", run.scenario.text);
  std::string footer;
  if (!network.attribution.empty())
    footer += "Map data: " + network.attribution +
              (network.licence.empty() ? "" : " (" + network.licence + ")") + ". ";
  else if (!network.source.empty())
    footer += "Map data: " + network.source + ". ";
  return page.close(footer + "Computed by Arterial " + version() + " on " + summary.machine.backend + " (" +
                    summary.machine.device + "). State hash " + hex64(summary.all.state_hash) +
                    ", results hash " + hex64(summary.all.results_hash) + ".");
}

}  // namespace arterial

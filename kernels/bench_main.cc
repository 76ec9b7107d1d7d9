// arterial bench CASE: measures, and checks that every machine gives the same city. Standard library only, so
// that a bare GPU host runs it: tools/device_check.sh.
#include <omp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/backend.h"
#include "kernels/machine_host.h"
#include "kernels/machine_probe.h"
#include "scenarios/synthetic/draw_city.h"
#include "scenarios/synthetic/morning.h"
#include "scenarios/synthetic/sumo_files.h"
#include "sim/engine/city_builder.h"
#include "sim/engine/simulation.h"
#include "sim/engine/state_hash.h"
#include "sim/model/keyed_hash.h"
#include "sim/model/network_builder.h"
#include "sim/routing/router.h"
#include "sim/routing/routing_bench.h"

namespace {

using namespace arterial;

constexpr const char* kUsage =
    "usage: arterial bench CASE [options]\n"
    "  speed         updates a second on an invented city: one thread, all threads, CUDA where there is a "
    "device\n"
    "  stages        how long each stage of a step takes, and its share of the bandwidth of a plain copy\n"
    "  routing       routes a second on an invented city, compared with a plain Dijkstra\n"
    "  load          seconds that a network file of half a million lanes takes to read\n"
    "  peer          SUMO and arterial in one call, and every other goal of speed: tools/bench_speed.py (its "
    "options follow)\n"
    "  determinism   one city, one answer: threads, replicas, a checkpoint in between\n"
    "  streets       random streets and traffic: no violation, the ledger exact, one answer in every form of "
    "a run\n"
    "  device-check  the device against the host, hash by hash; says SKIPPED where there is no device\n"
    "  laws          the model against theory and observation, expected beside measured (its options "
    "follow)\n"
    "  junctions     gap acceptance, stop signs, roundabouts and merges, likewise\n"
    "  validation    both; --report docs writes docs/VALIDATION.md\n"
    "  sumo          the ratio to SUMO on sumo_bologna/joined (tools/compare_sumo.py; its options follow)\n"
    "options\n"
    "  --size N        blocks of the city: 100 a village, 1400 a town, 10000 a city\n"
    "  --trips N       departures from 06:00 to 07:00 (default: 12 a block and 200)\n"
    "  --steps N       steps that are compared or measured\n"
    "  --every N       steps between two comparisons (device-check, determinism)\n"
    "  --replicas K    copies of the city in one launch (speed)\n"
    "  --vehicles V    a city with some V vehicles under way, always as many on a lane-km (speed)\n"
    "  --runs N        measurements of so many steps each, of which the median is told (speed; default 5)\n"
    "  --machines LIST of one (thread), all (threads) and cuda: only these (speed, stages; default: all "
    "there are)\n"
    "  --sumo FOLDER   writes the city and whoever is under way for SUMO, before it is measured (speed)\n"
    "  --threads N     all threads (default: as many as there are cores)\n"
    "  --seed S        another number, another city\n"
    "exit code 1: a hash differs, or a declared speed is missed\n";

struct Settings {
  std::uint32_t size = 0;  // 0: the case's own
  std::uint32_t steps = 0, every = 0;
  std::uint64_t trips = 0;  // 0: by the size
  std::uint32_t vehicles = 0, departures_s = 3600, runs = 5;
  std::string machines = "one,all,cuda";
  std::string sumo;  // folder; empty: nothing is written
  int replicas = 1, threads = 0;
  std::uint64_t seed = 1;
};

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// An invented city and its morning, routed.
struct City {
  Network network;
  Demand demand;
};

/// Departures are spread over `departures_s` from 06:00.
std::unique_ptr<City> make_city(std::uint32_t blocks, const Settings& s) {
  const double began = seconds_now();
  auto city = std::make_unique<City>();
  city->network = build_network(draw_city({.seed = s.seed, .blocks = blocks, .buildings = false}));
  Demand& demand = city->demand;
  demand = draw_morning(city->network, {.seed = s.seed,
                                        .trips = s.trips ? s.trips : 12ull * blocks + 200,
                                        .begin_s = 6 * 3600,
                                        .end_s = 6 * 3600 + static_cast<double>(s.departures_s)});
  const RoadGraph graph(city->network);
  Router router(graph, {.threads = s.threads});
  std::vector<Trip> routed;
  for (std::size_t type = 0; type < demand.types.size(); ++type) {
    MetricSettings settings;
    settings.vehicle_class = demand.types[type].vehicle_class;
    std::vector<RouteRequest> requests;
    std::vector<std::size_t> trips;
    for (std::size_t i = 0; i < demand.trips.size(); ++i)
      if (demand.trips[i].type.value == type) {
        trips.push_back(i);
        requests.push_back({demand.trips[i].from, demand.trips[i].to, {}});
      }
    if (trips.empty()) continue;
    auto routes = router.route_all(router.metric(settings), requests);
    for (std::size_t k = 0; k < trips.size(); ++k) {
      if (routes[k].empty()) continue;  // no way for this class
      Trip trip = demand.trips[trips[k]];
      trip.route = RouteId(static_cast<std::uint32_t>(demand.routes.size()));
      demand.routes.push_back({std::move(routes[k])});
      routed.push_back(std::move(trip));
    }
  }
  std::sort(routed.begin(), routed.end(), [](const Trip& a, const Trip& b) {
    return a.depart_s != b.depart_s ? a.depart_s < b.depart_s : a.key < b.key;
  });
  demand.trips = std::move(routed);
  demand.read = demand.trips.size();
  std::printf("city of %u blocks: %zu links, %zu signals, %zu trips (drawn and routed in %.1f s)\n", blocks,
              city->network.links.size(), city->network.signals.size(), demand.trips.size(),
              seconds_now() - began);
  std::fflush(stdout);
  return city;
}

SimulationInput input_of(const City& city, Backend backend, int threads, int replicas, std::uint64_t seed) {
  SimulationInput input;
  input.network = &city.network;
  input.demand = city.demand;
  input.options.begin_s = 6 * 3600;
  input.options.end_s = 12 * 3600;
  input.options.backend = backend;
  input.options.threads = threads;
  input.options.replicas = replicas;
  input.options.seed = seed;
  input.input_hash = 1;
  return input;
}

/// Steps both and compares their replicas. False at the first difference, which is told.
class Comparison {
 public:
  Comparison(std::string title, Simulation& reference) : title_(std::move(title)), reference_(reference) {}

  /// Replica `own` of `other` against replica `theirs` of the reference, at the states both are at.
  void compare(const Simulation& other, int own, int theirs) {
    ++compared_;
    const std::uint64_t wanted = reference_.state_hash(theirs), got = other.state_hash(own);
    if (wanted == got || !good_) return;
    good_ = false;
    std::printf("  DIFFERENT: %s: replica %d at step %" PRIu64 ": %016" PRIx64 " instead of %016" PRIx64 "\n",
                title_.c_str(), own, other.steps_done(), got, wanted);
  }
  void compare_results(const Simulation& other, int own, int theirs) {
    ++compared_;
    const std::uint64_t wanted = reference_.results_hash(theirs), got = other.results_hash(own);
    if (wanted == got || !good_) return;
    good_ = false;
    std::printf("  DIFFERENT: %s: results of replica %d: %016" PRIx64 " instead of %016" PRIx64 "\n",
                title_.c_str(), own, got, wanted);
  }
  bool finish() const {
    if (good_)
      std::printf("  equal: %s (%u hashes, %" PRIu64 " steps)\n", title_.c_str(), compared_,
                  reference_.steps_done());
    std::fflush(stdout);
    return good_;
  }
  bool good() const { return good_; }

 private:
  std::string title_;
  Simulation& reference_;
  std::uint32_t compared_ = 0;
  bool good_ = true;
};

bool run_side_by_side(const std::string& title, Simulation& a, Simulation& b, int replicas,
                      std::uint32_t steps, std::uint32_t every) {
  Comparison comparison(title, a);
  double a_s = 0, b_s = 0;
  const auto timed = [](Simulation& s, double& sum) {
    const double began = seconds_now();
    s.step();
    sum += seconds_now() - began;
  };
  for (int r = 0; r < replicas; ++r) comparison.compare(b, r, r);
  for (std::uint32_t k = 1; k <= steps && comparison.good(); ++k) {
    timed(a, a_s);
    timed(b, b_s);
    if (k % every == 0 || k == steps)
      for (int r = 0; r < replicas; ++r) comparison.compare(b, r, r);
  }
  for (int r = 0; r < replicas && comparison.good(); ++r) comparison.compare_results(b, r, r);
  const bool good = comparison.finish();
  if (good) {
    std::uint64_t faults = 0;
    for (int r = 0; r < replicas; ++r) faults += a.violations(r).total();
    std::printf("    %s %.2f s, %s %.2f s, %" PRIu64 " vehicles on the road at the end, %" PRIu64
                " violations\n",
                a.machine().device.c_str(), a_s, b.machine().device.c_str(), b_s, a.ledger().running, faults);
  }
  return good;
}

bool probe_device() {
  bool good = true;
  struct Size {
    std::uint32_t rows, lanes, move_every;
  };
  for (const Size& size :
       {Size{0, 3, 2}, Size{1, 1, 1}, Size{300, 7, 3}, Size{20000, 3, 50}, Size{2000000, 90000, 12}}) {
    const ProbeInput input = draw_probe(size.rows, size.rows, size.lanes, size.move_every);
    const ProbeResult host = probe_machine(HostMachine<Serial>(1), input);
    ProbeResult device;
    if (!probe_cuda_machine(input, device)) return false;
    const bool same = host.reordered == device.reordered && host.merged == device.merged &&
                      host.lane_first_reordered == device.lane_first_reordered &&
                      host.lane_first_merged == device.lane_first_merged;
    std::printf("  %s: reorder, merge and index of %u rows in %u lanes\n", same ? "equal" : "DIFFERENT",
                size.rows, size.lanes);
    good &= same;
  }
  return good;
}

int device_check(const Settings& s) {
  const bool device = cuda_available();
  bool good = true;
  if (device) {
    std::printf("rows on the device against the host\n");
    good = probe_device();
  } else {
    std::printf(
        "SKIPPED: every comparison with a device: %s\n"
        "the host alone: all threads against one\n",
        cuda_built() ? "no CUDA device on this machine" : "this build has no CUDA");
  }
  struct Part {
    std::uint32_t size, steps;
  };
  std::vector<Part> parts{{100, 1800}, {1400, 1800}, {10000, 900}};
  if (!device) parts = {{100, 600}};
  if (s.size) parts = {{s.size, 1800}};
  for (Part part : parts) {
    if (s.steps) part.steps = s.steps;
    const auto city = make_city(part.size, s);
    for (int replicas : {1, 4}) {
      const auto host = make_local_simulation(input_of(*city, Backend::kCpu, s.threads, replicas, s.seed));
      const auto other = make_local_simulation(
          input_of(*city, device ? Backend::kCuda : Backend::kCpu, 1, replicas, s.seed));
      good &= run_side_by_side((device ? "device and host, " : "one thread and all threads, ") +
                                   std::to_string(part.size) + " blocks, " + std::to_string(replicas) +
                                   (replicas == 1 ? " replica" : " replicas"),
                               *host, *other, replicas, part.steps, s.every ? s.every : 100);
    }
  }
  std::printf(good ? "pass\n" : "FAIL: a hash differs\n");
  return good ? 0 : 1;
}

/// The bare steps of a city, without the engine around them.
class BareRun {
 public:
  template <class Backend>
  BareRun(const CityTables& city, const StateImage& first, const SimOptions& options,
          std::unique_ptr<Backend> backend)
      : city_(city), backend_(std::move(backend)), begin_ms_(to_ms(options.begin_s)) {
    p_.step_ms = 1000;
    p_.seed = options.seed;
    p_.impatience_after_s = options.impatience_after_s;
    backend_->write(first);
    advance_clock();
    p_.next_ms = begin_ms_;
    backend_->control(p_);
    backend_->insert_due(p_);
  }
  void step() {
    ++p_.step;
    advance_clock();
    backend_->step(p_);
    backend_->control(p_);
  }
  std::uint64_t hash(std::uint32_t replica) const {
    StateImage image;
    backend_->read(image);
    return hash_state(city_, image, replica);
  }
  const KernelBackend& backend() const { return *backend_; }
  void time_stages() { backend_->time_stages(); }

 private:
  void advance_clock() {
    p_.next_ms = begin_ms_ + static_cast<std::int32_t>(p_.step) * p_.step_ms;
    p_.now_ms = p_.next_ms - p_.step_ms;
  }
  const CityTables& city_;
  std::unique_ptr<KernelBackend> backend_;
  StepParams p_;
  std::int32_t begin_ms_;
};

/// Every stage in its order against every stage in a drawn order.
bool shuffled_is_equal(const City& city, const Settings& s, std::uint32_t steps) {
  const SimulationInput input = input_of(city, Backend::kCpu, 1, 2, s.seed);
  const CopiedDemand demand = copy_trips(input);
  const CityTables tables = build_city(input, demand.demand);
  const StateImage first = first_state(input, tables, demand);
  BareRun plain(tables, first, input.options, make_host_backend(tables, 1));
  BareRun shuffled(tables, first, input.options, make_shuffled_backend(tables, s.seed));
  for (std::uint32_t k = 1; k <= steps; ++k) {
    plain.step();
    shuffled.step();
    for (std::uint32_t r = 0; r < 2; ++r) {
      if (k % 10 != 0 || plain.hash(r) == shuffled.hash(r)) continue;
      std::printf("  DIFFERENT: vehicles and junctions in a drawn order: replica %u at step %u\n", r, k);
      return false;
    }
  }
  std::printf("  equal: vehicles and junctions in their order and in a drawn order (%u steps, %u vehicles)\n",
              steps, plain.backend().active());
  std::fflush(stdout);
  return true;
}

int determinism(const Settings& s) {
  const std::uint32_t steps = s.steps ? s.steps : 1800, every = s.every ? s.every : 200;
  const auto city = make_city(s.size ? s.size : 400, s);
  const auto make = [&](int threads, int replicas, std::uint64_t seed) {
    return make_local_simulation(input_of(*city, Backend::kCpu, threads, replicas, seed));
  };
  bool good = shuffled_is_equal(*city, s, steps);
  for (int threads : {2, 3}) {
    const auto one = make(1, 1, s.seed), many = make(threads, 1, s.seed);
    good &= run_side_by_side("1 thread and " + std::to_string(threads) + " threads", *one, *many, 1, steps,
                             every);
  }
  {
    const auto four = make(s.threads, 4, s.seed);
    for (std::uint32_t k = 0; k < steps; ++k) four->step();
    for (int r = 0; r < 4; ++r) {
      const auto alone = make(s.threads, 1, s.seed + static_cast<std::uint64_t>(r));
      for (std::uint32_t k = 0; k < steps; ++k) alone->step();
      Comparison comparison(
          "replica " + std::to_string(r) + " of 4 and seed + " + std::to_string(r) + " alone", *alone);
      comparison.compare(*four, r, 0);
      comparison.compare_results(*four, r, 0);
      good &= comparison.finish();
    }
  }
  {
    const auto whole = make(1, 1, s.seed), first = make(1, 1, s.seed);
    const std::uint32_t stop = static_cast<std::uint32_t>(1 + below(keyed_draw(s.seed, steps, 1), steps - 1));
    for (std::uint32_t k = 0; k < stop; ++k) first->step();
    const char* folder = std::getenv("TMPDIR");
    const std::string path = std::string(folder && *folder ? folder : "/tmp") + "/arterial-bench-" +
                             std::to_string(getpid()) + ".ckpt";
    first->save_checkpoint(path, "");
    std::string extra;
    const auto resumed =
        resume_local_simulation(input_of(*city, Backend::kCpu, 2, 1, s.seed), path, false, extra);
    unlink(path.c_str());
    for (std::uint32_t k = 0; k < steps; ++k) {
      whole->step();
      if (k >= stop) resumed->step();
    }
    Comparison comparison("without and with a checkpoint at step " + std::to_string(stop), *whole);
    comparison.compare(*resumed, 0, 0);
    comparison.compare_results(*resumed, 0, 0);
    good &= comparison.finish();
  }
  std::printf(good ? "pass\n" : "FAIL: a hash differs\n");
  return good ? 0 : 1;
}

/// Bytes a second that a plain copy of memory reads and writes.
double host_copy_bandwidth(int threads) {
  const std::int64_t n = std::int64_t{1} << 24;  // 128 MiB each: beyond the caches
  std::vector<std::uint64_t> from(static_cast<std::size_t>(n), 1), to(static_cast<std::size_t>(n));
  double best_s = 1e300;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const double began = seconds_now();
    const std::uint64_t* const a = from.data();
    std::uint64_t* const b = to.data();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (std::int64_t i = 0; i < n; ++i) b[i] = a[i] + static_cast<std::uint64_t>(attempt);
    best_s = std::min(best_s, seconds_now() - began);
  }
  return 16.0 * static_cast<double>(n) / best_s;
}

constexpr std::uint32_t kVehiclesOfBlock = 4;  // some 7 on a lane-km: a dense morning that flows

struct MachineKind {
  const char* name;
  Backend backend;
  int threads;
};

/// Those asked for that this machine has.
std::vector<MachineKind> machines_of(const Settings& s) {
  const auto asked = [&](const std::string& word) {
    return ("," + s.machines + ",").find("," + word + ",") != std::string::npos;
  };
  std::vector<MachineKind> machines;
  if (asked("one")) machines.push_back({"cpu, 1 thread", Backend::kCpu, 1});
  if (asked("all") && s.threads > 1) machines.push_back({"cpu, all threads", Backend::kCpu, s.threads});
  if (asked("cuda") && cuda_available()) machines.push_back({"cuda", Backend::kCuda, 1});
  if (machines.empty())
    throw InputError("arterial bench", "--machines",
                     "'" + s.machines.substr(0, 60) + "': none of these is here",
                     "Name some of one, all, cuda");
  return machines;
}

/// A morning of the wanted density, and how long it is left to fill the roads before it is measured.
struct Morning {
  std::uint32_t warm, steps;
  std::unique_ptr<City> city;
};
Morning make_morning(Settings& s) {
  Morning m;
  m.warm = s.vehicles ? 600 : 900;
  m.steps = s.steps ? s.steps : s.vehicles > 300'000 ? 10 : s.vehicles > 30'000 ? 30 : 100;
  if (s.vehicles) {
    s.size = std::max(16u, s.vehicles / kVehiclesOfBlock);
    s.departures_s = m.warm + m.steps * s.runs;
    if (!s.trips) s.trips = static_cast<std::uint64_t>(1.2 * s.vehicles * s.departures_s / m.warm);
  }
  m.city = make_city(s.size ? s.size : 1400, s);
  return m;
}

/// The fewest bytes that one index of a stage moves: columns read and written once. 0: not counted.
double least_bytes(const std::string& stage) {
#define X(type, name) +sizeof(type)
  constexpr double kHot = 0 ARTERIAL_HOT_COLUMNS(X),
                   kState = 64;  // the half of a trip's state that a step needs
#undef X
  struct Bytes {
    const char* stage;
    double bytes;
  };
  static const Bytes kBytes[] = {
      {"post vehicles", kHot + kState},
      {"advance vehicles", 2 * kHot + kState + 1},
      {"tally rows", 9 + sizeof(Tally)},
      {"list movers", 1},
      {"place stayers", 1 + sizeof(Tally) + 2 * kHot},
      {"merge inserted", 2 * kHot},
      {"reorder", 2 * kHot + 1},
      {"index lanes", 4},
      {"fill columns", 8},
  };
  for (const Bytes& known : kBytes)
    if (stage == known.stage) return known.bytes;
  return 0;
}

int stages(Settings s) {
  const Morning morning = make_morning(s);
  for (const MachineKind& kind : machines_of(s)) {
    const SimulationInput input = input_of(*morning.city, kind.backend, kind.threads, s.replicas, s.seed);
    const CopiedDemand demand = copy_trips(input);
    const CityTables tables = build_city(input, demand.demand);
    const StateImage first = first_state(input, tables, demand);
    const bool device = kind.backend == Backend::kCuda;
    BareRun run(tables, first, input.options,
                device ? make_cuda_backend(tables) : make_host_backend(tables, kind.threads));
    for (std::uint32_t k = 0; k < morning.warm; ++k) run.step();
    const double began = seconds_now();
    std::uint64_t updates = 0;
    for (std::uint32_t k = 0; k < morning.steps; ++k) {
      updates += run.backend().active();
      run.step();
    }
    const double step_ms = 1e3 * (seconds_now() - began) / morning.steps;
    run.time_stages();
    for (std::uint32_t k = 0; k < morning.steps; ++k) run.step();
    const double bandwidth =
        device ? cuda_copy_bandwidth(std::size_t{1} << 29) : host_copy_bandwidth(kind.threads);
    std::printf(
        "%s: %.0f vehicles, %d replica%s: %.3f ms a step, %.1f million updates a second (stages alone, "
        "without jams, accounts and files); a copy moves %.0f GB/s\n",
        kind.name, static_cast<double>(updates) / morning.steps, s.replicas, s.replicas == 1 ? "" : "s",
        step_ms, static_cast<double>(updates) / morning.steps / step_ms / 1e3, bandwidth / 1e9);
    std::printf("%-24s %9s %12s %11s %10s %12s %8s\n", "stage", "a step", "indices", "ms a step", "ns each",
                "least bytes", "of copy");
    double sum_ms = 0;
    for (const StageTime& stage : run.backend().stage_times()) {
      const double ms = 1e3 * stage.seconds / morning.steps, bytes = least_bytes(stage.name),
                   indices = static_cast<double>(stage.indices) / morning.steps;
      sum_ms += ms;
      std::printf("%-24s %9.1f %12.0f %11.4f %10.3f", stage.name.c_str(),
                  static_cast<double>(stage.launches) / morning.steps, indices, ms,
                  indices > 0 ? 1e6 * ms / indices : 0);
      if (bytes > 0 && indices > 0)
        std::printf(" %12.0f %6.1f %%\n", bytes, 100 * bytes * indices / (ms * 1e-3) / bandwidth);
      else
        std::printf(" %12s %8s\n", "-", "-");
    }
    std::printf("%-24s %9s %12s %11.4f\n", "all stages", "", "", sum_ms);
    std::fflush(stdout);
  }
  return 0;
}

int speed(Settings s) {
  const Morning morning = make_morning(s);
  const std::unique_ptr<City>& city = morning.city;
  const std::uint32_t warm = morning.warm, steps = morning.steps;
  const std::vector<MachineKind> machines = machines_of(s);
  double lane_km = 0;
  for (std::uint32_t lane = 0; lane < city->network.road_lane_count; ++lane)
    lane_km += city->network.lanes[lane].length_m / 1000;
#define X(type, name) +sizeof(type)
  constexpr std::size_t kHotBytes = 0 ARTERIAL_HOT_COLUMNS(X);
#undef X
  std::printf(
      "median of %u times %u steps of 1 s from 06:%02u, %d replica%s, %.0f lane-km, %zu hot bytes a "
      "vehicle\n",
      s.runs, steps, warm / 60, s.replicas, s.replicas == 1 ? "" : "s", lane_km, kHotBytes);
  std::printf("%-18s %12s %14s %14s %14s %10s  %s\n", "machine", "vehicles", "updates/s", "bytes/update",
              "copy GB/s", "share", "device");
  std::uint64_t hash = 0;
  bool good = true;
  for (const MachineKind& machine : machines) {
    const auto city_run =
        make_local_simulation(input_of(*city, machine.backend, machine.threads, s.replicas, s.seed));
    for (std::uint32_t k = 0; k < warm; ++k) city_run->step();
    const auto updates_so_far = [&] {
      std::uint64_t sum = 0;
      for (int r = 0; r < s.replicas; ++r) sum += city_run->totals(r).vehicle_updates;
      return sum;
    };
    if (!s.sumo.empty() && &machine == &machines.front()) {
      Snapshot state;
      city_run->snapshot(state);
      const std::uint64_t left_out = write_sumo_files(city->network, city_run->demand(), state, s.sumo);
      std::printf("%s: %zu vehicles for SUMO, %" PRIu64 " inside a junction left out\n", s.sumo.c_str(),
                  state.vehicles.size() - left_out, left_out);
    }
    std::vector<double> speeds;
    double updates = 0;
    for (std::uint32_t r = 0; r < s.runs; ++r) {
      const std::uint64_t before = updates_so_far();
      const double began = seconds_now();
      for (std::uint32_t k = 0; k < steps; ++k) city_run->step();
      const double spent = seconds_now() - began;
      const double done = static_cast<double>(updates_so_far() - before);
      updates += done;
      speeds.push_back(done / spent);
    }
    std::sort(speeds.begin(), speeds.end());
    const double median = speeds[speeds.size() / 2];
    const double bandwidth = machine.backend == Backend::kCuda ? cuda_copy_bandwidth(std::size_t{1} << 29)
                                                               : host_copy_bandwidth(machine.threads);
    const double bytes = city_run->bytes_per_update();
    std::printf("%-18s %12.0f %14.0f %14.0f %14.1f %8.1f %%  %s\n", machine.name, updates / (steps * s.runs),
                median, bytes, bandwidth / 1e9, 100 * median * bytes / bandwidth,
                city_run->machine().device.c_str());
    std::fflush(stdout);
    const std::uint64_t here = city_run->state_hash(0);
    if (&machine == &machines.front()) hash = here;
    if (here != hash)
      std::printf("  DIFFERENT: state hash %016" PRIx64 " instead of %016" PRIx64 "\n", here, hash);
    good &= here == hash;
  }
  if (!cuda_available())
    std::printf("SKIPPED: cuda: %s\n",
                cuda_built() ? "no CUDA device on this machine" : "this build has no CUDA");
  return good ? 0 : 1;
}

/// Reads the file of an invented city, by default one of half a million lanes, as every run does first.
int load(const Settings& s) {
  const char* folder = std::getenv("TMPDIR");
  const std::string path = std::string(folder && *folder ? folder : "/tmp") + "/arterial-bench-" +
                           std::to_string(getpid()) + ".arnet";
  std::size_t lanes = 0;
  {
    const Network network =
        build_network(draw_city({.seed = s.seed, .blocks = s.size ? s.size : 170'000, .buildings = false}));
    lanes = network.road_lane_count;
    write_network(network, path);
  }
  std::vector<double> times;
  for (std::uint32_t r = 0; r < s.runs; ++r) {
    const double began = seconds_now();
    const Network network = read_network(path);
    times.push_back(seconds_now() - began);
    if (network.road_lane_count != lanes) throw std::runtime_error("the file came back as another network");
  }
  unlink(path.c_str());
  std::sort(times.begin(), times.end());
  std::printf("%zu lanes read in %.3f s (median of %u)\n", lanes, times[times.size() / 2], s.runs);
  return 0;
}

int routing(const Settings& s) {
  RoutingBenchOptions options;
  options.seed = s.seed;
  options.threads = s.threads;
  if (s.size == 0) return run_routing_bench(options, std::cout) ? 0 : 1;
  const Network network = build_network(draw_city({.seed = s.seed, .blocks = s.size, .buildings = false}));
  return run_routing_bench(network, options, std::cout) ? 0 : 1;
}

std::string own_folder() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return ".";
  const std::string whole(path, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_last_of('/'));
}

/// Comparisons with SUMO are scripts of the source tree; the program stands in build/PRESET/bin below it.
int script(const std::string& word, const std::string& name, const std::vector<std::string>& arguments) {
  const std::string bin = own_folder();
  std::string path;
  for (const std::string& root : {bin + "/../../..", std::string(".")})
    if (path.empty() && access((root + "/tools/" + name).c_str(), R_OK) == 0) path = root + "/tools/" + name;
  if (path.empty())
    throw InputError("arterial bench", word, "tools/" + name + " was not found",
                     "Run it from the folder of the source tree");
  if (access((bin + "/arterial-run").c_str(), X_OK) != 0)
    throw InputError("arterial bench", word, "arterial-run was not built beside this program",
                     "Build the preset release: ./dev bench " + word);
  std::vector<std::string> words{"python3", path, "--bin", bin};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& each : words) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  execvp("python3", pointers.data());
  throw InputError("arterial bench", word,
                   std::string("python3 could not be started: ") + std::strerror(errno), "Install Python 3");
}

/// Cases with a program of their own: validation needs more than a bare GPU host has, streets are a trade of
/// their own.
int sibling(const std::string& name, const std::vector<std::string>& words) {
  const std::string program = own_folder() + "/" + name;
  if (access(program.c_str(), X_OK) != 0)
    throw InputError("arterial bench", words[0], name + " was not built beside this program",
                     "Build the preset release: ./dev bench " + words[0]);
  std::vector<char*> pointers{const_cast<char*>(program.c_str())};
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw InputError("arterial bench", words[0], name + " could not be started: " + std::strerror(errno),
                   "Build it again");
}

std::uint64_t number_of(const std::string& option, std::string_view text, std::uint64_t low,
                        std::uint64_t high) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    throw InputError("arterial bench", option, "'" + std::string(text.substr(0, 60)) + "' will not do",
                     "Give a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

/// Strict: of two words one misspelt is no wish for the other alone.
std::string machine_words(const std::string& list) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string word = list.substr(begin, end - begin);
    if (word != "one" && word != "all" && word != "cuda")
      throw InputError("arterial bench", "--machines", "'" + word.substr(0, 60) + "' is no machine",
                       "Name some of one, all, cuda, with commas between them");
    begin = end + 1;
  }
  return list;
}

Settings parse(const std::vector<std::string>& words) {
  Settings s;
  s.threads = omp_get_num_procs();
  for (std::size_t k = 0; k < words.size(); ++k) {
    const std::string& option = words[k];
    const bool known = option == "--machines" || option == "--vehicles" || option == "--runs" ||
                       option == "--sumo" || option == "--size" || option == "--trips" ||
                       option == "--steps" || option == "--every" || option == "--replicas" ||
                       option == "--threads" || option == "--seed";
    if (!known)
      throw InputError("arterial bench", option.substr(0, 60), "is no option", "See arterial bench --help");
    if (++k == words.size())
      throw InputError("arterial bench", option, "needs a value", "See arterial bench --help");
    if (option == "--sumo") s.sumo = words[k];
    if (option == "--machines") s.machines = machine_words(words[k]);
    const auto value = [&](std::uint64_t low, std::uint64_t high) {
      return number_of(option, words[k], low, high);
    };
    if (option == "--size") s.size = static_cast<std::uint32_t>(value(16, 4'000'000));
    if (option == "--vehicles") s.vehicles = static_cast<std::uint32_t>(value(100, 20'000'000));
    if (option == "--runs") s.runs = static_cast<std::uint32_t>(value(1, 100));
    if (option == "--trips") s.trips = value(1, 100'000'000);
    if (option == "--steps") s.steps = static_cast<std::uint32_t>(value(2, 18'000));
    if (option == "--every") s.every = static_cast<std::uint32_t>(value(1, 18'000));
    if (option == "--replicas") s.replicas = static_cast<int>(value(1, 4096));
    if (option == "--threads") s.threads = static_cast<int>(value(1, 1024));
    if (option == "--seed") s.seed = value(0, UINT64_MAX);
  }
  return s;
}

int run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    std::fputs(kUsage, stdout);  // without a case: the list of cases
    return 0;
  }
  const std::string& name = words[0];
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (name == "sumo")
    return script(name, "compare_sumo.py",
                  rest.empty() ? std::vector<std::string>{"--install", "--teleport", "off", "--runs", "3",
                                                          "--at-least", "50", "bologna_joined"}
                               : rest);
  if (name == "peer") return script(name, "bench_speed.py", rest);
  if (name == "streets") return sibling("arterial-streets", words);
  if (name == "laws" || name == "junctions" || name == "validation")
    return sibling("arterial-validate", words);
  if (std::find(rest.begin(), rest.end(), "--help") != rest.end()) return std::fputs(kUsage, stdout), 0;
  const Settings settings = parse(rest);
  if (name == "speed") return speed(settings);
  if (name == "stages") return stages(settings);
  if (name == "load") return load(settings);
  if (name == "routing") return routing(settings);
  if (name == "determinism") return determinism(settings);
  if (name == "device-check") return device_check(settings);
  throw InputError("arterial bench", name.substr(0, 60), "is no case", "See arterial bench --help");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial bench: internal fault: %s\n", error.what());
    return 3;
  }
}

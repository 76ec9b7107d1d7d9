#include "scenarios/run/run.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <ostream>

#include "scenarios/run/checkpoints.h"
#include "scenarios/run/finish_folder.h"
#include "scenarios/run/load_inputs.h"
#include "scenarios/run/progress_bar.h"
#include "scenarios/run/stop_signal.h"
#include "scenarios/run/summary.h"
#include "scenarios/run/trajectory_writer.h"
#include "scenarios/text.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"
#include "sim/model/sim_options.h"

namespace arterial {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    throw InputError(path, "",
                     "cannot be made a folder (" + (error ? error.message() : "a file stands there") + ")",
                     "Choose another run folder with -o");
}

/// What an earlier run left in this folder must not be taken for this run's.
void clear_folder(const std::string& folder) {
  prune_checkpoints(folder, 0);
  std::error_code ignored;
  for (const auto name : {"summary.json", "hashes.csv", "links.gpkg", "links.qml", "map.png", "report.html",
                          "problems.geojson", "problems.qml"})
    fs::remove(folder + "/" + name, ignored);
}

/// The loop's own columns: trajectories, hashes, checkpoints, wall time.
class RunLoop {
 public:
  RunLoop(const RunRequest& request, const RunTools& tools, const RunInputs& inputs, const Network& network,
          std::ostream& err)
      : request_(request),
        tools_(tools),
        inputs_(inputs),
        network_(network),
        err_(err),
        start_(Clock::now()) {}

  void start(SimulationInput input) {
    const auto& outputs = inputs_.scenario.outputs;
    input.input_hash = inputs_.hash;
    if (request_.resume.empty()) {
      simulation_ = tools_.make(std::move(input));
    } else {
      resume(std::move(input));
    }
    simulation_->record_crossings(!outputs.fcd.empty());
    const double steps = outputs.checkpoint_every_s / inputs_.scenario.options.step_s;
    checkpoint_steps_ =
        steps > 0 ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(steps))) : 0;
    open_trajectories();
    if (outputs.hash_every > 0 && !(resumed_ && progress_.has_hashes)) {
      progress_.hash_rows.clear();
      note_hash();
    }
    progress_.has_hashes = outputs.hash_every > 0;
  }

  /// Returns false when a signal stopped it before the end.
  bool go(const StopSignal& stop) {
    const auto& options = inputs_.scenario.options;
    ProgressBar bar(err_, request_.progress, options.begin_s, options.end_s);
    while (!simulation_->finished()) {
      if (stop.raised()) return false;
      simulation_->step();
      observe();
      const auto steps = simulation_->steps_done();
      if (checkpoint_steps_ > 0 && steps % checkpoint_steps_ == 0) checkpoint();
      bar.show(*simulation_);
    }
    return true;
  }

  void checkpoint() {
    const auto steps = simulation_->steps_done();
    make_folder(inputs_.folder + "/checkpoints");
    if (trajectories_) {
      const auto offsets = trajectories_->sync();
      progress_.fcd_offset = offsets.fcd;
      progress_.crossings_offset = offsets.crossings;
      progress_.signals_offset = offsets.signals;
    }
    progress_.has_trajectories = trajectories_ != nullptr;
    auto saved = progress_;
    saved.wall_s = wall_s();
    simulation_->save_checkpoint(checkpoint_path(inputs_.folder, steps), to_text(saved));
    if (trajectories_) trajectories_->keep_parts();
    prune_checkpoints(inputs_.folder, kCheckpointGenerations);
  }

  RunTables write_tables() {
    RunTables tables;
    tables.network = &network_;
    tables.demand = &simulation_->demand();
    tables.now_s = simulation_->now_s();
    for (int r = 0; r < inputs_.scenario.options.replicas; ++r)
      tables.replicas.push_back(simulation_->results(r, true));
    write_result_tables(tables, inputs_.folder);
    if (progress_.has_hashes) {
      const std::string columns = "step,time_s,state_hash,loaded,waiting,departed,running,arrived,removed\n";
      write_file_atomically(
          inputs_.folder + "/hashes.csv",
          (inputs_.scenario.options.replicas > 1 ? "replica," : "") + columns + progress_.hash_rows);
    }
    if (trajectories_) trajectories_->commit();
    return tables;
  }

  double wall_s() const {
    return progress_.wall_s + std::chrono::duration<double>(Clock::now() - start_).count();
  }
  const Simulation& simulation() const { return *simulation_; }

 private:
  void resume(SimulationInput input) {
    const auto all = checkpoints_in(request_.resume);
    if (all.empty())
      throw InputError(request_.resume, "", "holds no checkpoint",
                       "Run it without --resume, with --checkpoint-every 900");
    std::string first_fault;
    for (std::size_t i = 0; i < all.size(); ++i) {
      try {
        std::string extra;
        // The last one may consume the input.
        simulation_ = i + 1 == all.size() ? tools_.resume(std::move(input), all[i], request_.fork, extra)
                                          : tools_.resume(input, all[i], request_.fork, extra);
        progress_ = progress_from(extra, all[i]);
        resumed_ = true;
        if (!first_fault.empty())
          err_ << "arterial run: " << first_fault << "; resuming from the older " << all[i] << "\n";
        return;
      } catch (const InputError& fault) {
        if (first_fault.empty()) first_fault = fault.what();
        if (i + 1 == all.size())
          throw InputError(
              first_fault, "",
              all.size() > 1 ? "no older checkpoint is good either" : "it is the only checkpoint", "");
      }
    }
  }

  void open_trajectories() {
    const auto& path = inputs_.scenario.outputs.fcd;
    if (path.empty()) return;
    const int replicas = inputs_.scenario.options.replicas;
    auto tables = trajectory_tables(network_, simulation_->demand(), replicas);
    tables.network_path = inputs_.files.front().path;
    tables.network_xxh3 = inputs_.files.front().xxh3;
    const auto slash = path.find_last_of('/');
    if (slash != std::string::npos && slash > 0) make_folder(path.substr(0, slash));
    std::error_code ignored;
    const bool same_folder = resumed_ && fs::equivalent(request_.resume, inputs_.folder, ignored);
    if (same_folder && progress_.has_trajectories) {
      std::vector<std::vector<std::string>> states;
      for (int r = 0; r < replicas; ++r) {
        TrafficColumns now;
        simulation_->copy_traffic(now, r);
        states.push_back(std::move(now.signal_states));
      }
      trajectories_ = std::make_unique<TrajectoryWriter>(std::make_unique<TrajectoryFile>(
          path, network_, std::move(tables),
          TrajectoryOffsets{progress_.fcd_offset, progress_.crossings_offset, progress_.signals_offset},
          std::move(states)));
      return;
    }
    trajectories_ = std::make_unique<TrajectoryWriter>(
        std::make_unique<TrajectoryFile>(path, network_, std::move(tables)));
    write_trajectories();
  }

  void write_trajectories() {
    for (int r = 0; r < inputs_.scenario.options.replicas; ++r) {
      simulation_->copy_traffic(trajectories_->room(), r);
      trajectories_->put();
    }
  }

  void observe() {
    if (trajectories_) write_trajectories();
    const auto every = inputs_.scenario.outputs.hash_every;
    if (every > 0 && simulation_->steps_done() % every == 0) note_hash();
  }

  void note_hash() {
    const int replicas = inputs_.scenario.options.replicas;
    auto& rows = progress_.hash_rows;
    for (int r = 0; r < replicas; ++r) {
      const Ledger l = simulation_->ledger(r);
      if (replicas > 1) rows += std::to_string(r) + ",";
      append_integer(rows, simulation_->steps_done());
      rows += ',';
      append_fixed(rows, simulation_->now_s(), 3);
      rows += ',' + hex64(simulation_->state_hash(r));
      for (const auto count : {l.loaded, l.waiting, l.departed, l.running, l.arrived, l.removed()}) {
        rows += ',';
        append_integer(rows, count);
      }
      rows += '\n';
    }
  }

  const RunRequest& request_;
  const RunTools& tools_;
  const RunInputs& inputs_;
  const Network& network_;
  std::ostream& err_;
  Clock::time_point start_;
  std::unique_ptr<Simulation> simulation_;
  std::unique_ptr<TrajectoryWriter> trajectories_;
  RunProgress progress_;
  bool resumed_ = false;
  std::uint64_t checkpoint_steps_ = 0;
};

}  // namespace

int run(const RunRequest& request, const RunTools& tools, std::ostream& out, std::ostream& err) {
  const StopSignal stop;
  const RunInputs inputs = load_inputs(request);
  const auto& scenario = inputs.scenario;
  make_folder(inputs.folder);
  const Network network = tools.read_network(scenario.network);
  RunLoop loop(request, tools, inputs, network, err);  // the wall clock runs from here

  SimulationInput input;
  input.network = &network;
  input.options = scenario.options;
  input.changes = resolve_changes(scenario, network);
  input.demand = tools.read_demand(scenario.demand, network, scenario.options);
  const std::string manifest = manifest_json(inputs, input.demand, network);
  std::error_code ignored;
  if (request.resume.empty() || !fs::equivalent(request.resume, inputs.folder, ignored))
    clear_folder(inputs.folder);
  loop.start(std::move(input));
  write_file_atomically(inputs.folder + "/manifest.json", manifest);
  write_file_atomically(inputs.folder + "/scenario.yaml", resolved_yaml(scenario));

  if (!loop.go(stop)) {
    loop.checkpoint();
    err << "arterial run: stopped by a signal at " << clock_text(loop.simulation().now_s())
        << ", with a checkpoint. Go on with: arterial run --resume " << inputs.folder << "\n";
    return kStoppedBySignal;
  }
  const RunTables tables = loop.write_tables();
  RunSummary summary = summarize(loop.simulation(), tables, scenario.options);
  summary.wall_s = loop.wall_s();
  const std::string json = summary_json(summary);
  write_file_atomically(inputs.folder + "/summary.json", json);
  const FinishedRun finished{inputs.folder, scenario, tables, summary};
  for (const auto& fault : finish_folder(finished, tools)) err << "arterial run: " << fault << "\n";
  if (request.json)
    out << json;
  else if (!request.quiet)
    out << summary_table(summary) << "\n  " << inputs.folder << "/report.html\n";
  if (summary.all.violations.total() > 0) {
    err << "arterial run: " << summary.all.violations.total()
        << " violations were counted; see summary.json\n";
    return kViolated;
  }
  return kDone;
}

}  // namespace arterial

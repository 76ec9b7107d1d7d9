// The engine on Bologna's Acosta, the first half hour: sound at every state, one answer however it is run.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "gis/sumo_reader.h"
#include "kernels/backend.h"
#include "scenarios/demand/demand.h"
#include "sim/engine/simulation.h"
#include "tests/body_watch.h"
#include "tests/catch.h"
#include "tests/shared_data.h"

using namespace arterial;

namespace {

constexpr std::uint64_t kSteps = 1800;

struct Acosta {
  Network net;
  Demand demand;

  static const Acosta* get() {
    static const std::unique_ptr<Acosta> acosta = load();
    return acosta.get();
  }

  SimulationInput input(int threads = 1, int replicas = 1, std::uint64_t seed = 1) const {
    SimulationInput in;
    in.network = &net;
    in.demand = demand;
    in.options.end_s = 4000;
    in.options.backend = Backend::kCpu;
    in.options.threads = threads, in.options.replicas = replicas, in.options.seed = seed;
    in.input_hash = 1;
    return in;
  }

 private:
  static std::unique_ptr<Acosta> load() {
    const auto folder = shared_data("sumo_bologna/acosta");
    if (!folder) return nullptr;
    auto a = std::make_unique<Acosta>();
    const std::string at = *folder + "/acosta";
    a->net = read_sumo_net(at + "_buslanes.net.xml", {at + "_tls.add.xml", at + "_bus_stops.add.xml"});
    DemandSource source;
    source.files = {at + ".rou.xml", at + "_busses.rou.xml", at + "_vtypes.add.xml"};
    DemandOptions options;
    options.end_s = 4000;
    a->demand = read_demand(a->net, {source}, options);
    return a;
  }
};

/// By the engine's own counters, every replica.
void check_counters(const Simulation& s, int replicas) {
  for (int r = 0; r < replicas; ++r) {
    const Violations v = s.violations(r);
    const Ledger l = s.ledger(r);
    if (v.total() == 0 && l.balanced()) continue;
    INFO("replica " << r << " at " << s.now_s() << " s: overlap " << v.overlap << " red " << v.red
                    << " conflict " << v.conflict << " lane " << v.lane << " conservation "
                    << v.conservation);
    CHECK(v.total() == 0);
    CHECK(l.balanced());
    FAIL("stopped at the first violation");
  }
}

struct Hashes {
  std::vector<std::uint64_t> state;  // every 100 steps
  std::uint64_t results = 0;
};

Hashes run(Simulation& s, int replicas, int of_replica) {
  Hashes h;
  while (s.steps_done() < kSteps) {
    s.step();
    check_counters(s, replicas);
    if (s.steps_done() % 100 == 0) h.state.push_back(s.state_hash(of_replica));
  }
  h.results = s.results_hash(of_replica);
  return h;
}

const Hashes& alone() {
  static const Hashes h = [] {
    const auto s = make_local_simulation(Acosta::get()->input());
    return run(*s, 1, 0);
  }();
  return h;
}

}  // namespace

TEST_CASE("Bologna: every state looked at from outside, the ledger exact, the city flows") {
  const Acosta* acosta = Acosta::get();
  if (!acosta) return skip_without("sumo_bologna/acosta");
  const auto s = make_local_simulation(acosta->input());
  s->record_crossings(true);
  BodyWatch watch(acosta->net, 1.0);
  bool clean = true;
  while (s->steps_done() < kSteps && clean) {
    s->step();
    check_counters(*s, 1);
    const auto faults = watch.look(*s);
    for (const std::string& fault : faults) {
      INFO(fault);
      CHECK(faults.empty());
    }
    clean = faults.empty();
  }
  REQUIRE(clean);
  const Ledger l = s->ledger();
  CHECK(l.read == acosta->demand.read);
  CHECK(l.arrived > l.loaded / 2);
  CHECK(watch.crossings > 10000);
  CHECK(s->state_hash() == alone().state.back());  // looking changes nothing
  CHECK(s->results_hash() == alone().results);
}

TEST_CASE("Bologna: the same on 2 and 3 threads") {
  const Acosta* acosta = Acosta::get();
  if (!acosta) return skip_without("sumo_bologna/acosta");
  for (const int threads : {2, 3}) {
    INFO(threads << " threads");
    const Hashes h = run(*make_local_simulation(acosta->input(threads)), 1, 0);
    CHECK(h.state == alone().state);
    CHECK(h.results == alone().results);
  }
}

TEST_CASE("Bologna: a replica of four is that seed run alone") {
  const Acosta* acosta = Acosta::get();
  if (!acosta) return skip_without("sumo_bologna/acosta");
  const Hashes of_four = run(*make_local_simulation(acosta->input(1, 4, 98)), 4, 3);  // seed 101
  const Hashes by_itself = run(*make_local_simulation(acosta->input(1, 1, 101)), 1, 0);
  CHECK(of_four.state == by_itself.state);
  CHECK(of_four.results == by_itself.results);
  CHECK(by_itself.state != alone().state);
}

TEST_CASE("Bologna: stopped at a random step and resumed") {
  const Acosta* acosta = Acosta::get();
  if (!acosta) return skip_without("sumo_bologna/acosta");
  const auto path =
      std::filesystem::temp_directory_path() / ("arterial_acosta_" + std::to_string(::getpid()) + ".ckpt");
  const std::uint64_t at = 300 + std::random_device{}() % 1200;
  INFO("checkpoint at step " << at);
  {
    const auto s = make_local_simulation(acosta->input());
    while (s->steps_done() < at) s->step();
    s->save_checkpoint(path.string(), "");
  }
  std::string extra;
  const auto s = resume_local_simulation(acosta->input(2), path.string(), false, extra);
  std::filesystem::remove(path);
  run(*s, 1, 0);
  CHECK(s->state_hash() == alone().state.back());
  CHECK(s->results_hash() == alone().results);
}

TEST_CASE("Bologna: the same on a CUDA device", "[cuda]") {
  const Acosta* acosta = Acosta::get();
  if (!acosta) return skip_without("sumo_bologna/acosta");
  if (!cuda_available()) {
    WARN("skipped: no CUDA device");
    return;
  }
  SimulationInput in = acosta->input();
  in.options.backend = Backend::kCuda;
  const Hashes h = run(*make_local_simulation(in), 1, 0);
  CHECK(h.state == alone().state);
  CHECK(h.results == alone().results);
}

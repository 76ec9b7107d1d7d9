#include "sim/engine/invariants.h"

#include <cstdio>
#include <exception>
#include <vector>

#include "sim/engine/local_simulation.h"

namespace arterial {

namespace {

constexpr std::uint64_t kEvery = 8;  // steps between two hashes

/// What a run was, replica by replica.
struct Course {
  std::vector<std::vector<std::uint64_t>>
      hashes;  // every kEvery steps; the last two: at the end, and of the results
  std::uint64_t steps = 0, updates = 0;
};

class Run {
 public:
  Run(const SimulationInput& input, RunForm form) : input_(input), form_(form) {}

  /// False: `finding` says why. Steps until `until`, or to the end.
  bool go_on(Simulation& simulation, Course& course, Finding& finding, std::uint64_t until = ~0ull) const {
    const int replicas = input_.options.replicas;
    course.hashes.resize(static_cast<std::size_t>(replicas));
    if (!sound(simulation, finding)) return false;
    while (!simulation.finished() && simulation.steps_done() < until) {
      simulation.step();
      if (!sound(simulation, finding)) return false;
      if (simulation.steps_done() % kEvery == 0)
        for (int r = 0; r < replicas; ++r)
          course.hashes[static_cast<std::size_t>(r)].push_back(simulation.state_hash(r));
    }
    return true;
  }
  void finish(const Simulation& simulation, Course& course) const {
    for (int r = 0; r < input_.options.replicas; ++r) {
      auto& list = course.hashes[static_cast<std::size_t>(r)];
      list.push_back(simulation.state_hash(r));
      list.push_back(simulation.results_hash(r));
      course.updates += simulation.totals(r).vehicle_updates;
    }
    course.steps = simulation.steps_done();
  }
  bool whole(Simulation& simulation, Course& course, Finding& finding) const {
    if (!go_on(simulation, course, finding)) return false;
    finish(simulation, course);
    return true;
  }

 private:
  bool sound(const Simulation& simulation, Finding& finding) const {
    for (int r = 0; r < input_.options.replicas; ++r) {
      const Violations v = simulation.violations(r);
      const Ledger l = simulation.ledger(r);
      const char* kind = v.overlap        ? "overlap"
                         : v.conflict     ? "conflict"
                         : v.red          ? "red"
                         : v.lane         ? "lane"
                         : v.conservation ? "conservation"
                         : !l.balanced()  ? "ledger"
                                          : nullptr;
      if (!kind) continue;
      char time[64];
      std::snprintf(time, sizeof time, " at %.3f s, replica %d", simulation.now_s(), r);
      finding = {form_, kind, std::string(kind) + time};
      return false;
    }
    return true;
  }

  const SimulationInput& input_;
  RunForm form_;
};

Finding compare(RunForm form, const std::vector<std::uint64_t>& wanted, const std::vector<std::uint64_t>& got,
                int replica) {
  if (wanted == got) return {};
  std::size_t k = 0;
  while (k < wanted.size() && k < got.size() && wanted[k] == got[k]) ++k;
  const bool results = k + 1 == wanted.size() && wanted.size() == got.size();
  return {form, results ? "results hash" : "state hash",
          std::string(results ? "results" : "the state") + " of replica " + std::to_string(replica) +
              " differ" + (results ? "" : "s") +
              (results ? "" : " at or before step " + std::to_string((k + 1) * kEvery))};
}

Finding run_form(const SimulationInput& input, RunForm form, const std::string& scratch,
                 const Course& plain) {
  Finding finding;
  Course course;
  const Run run(input, form);
  switch (form) {
    case RunForm::kPlain: return {};
    case RunForm::kReplicas: {
      const int last = input.options.replicas - 1;  // the last, run alone
      if (last == 0) return {};
      SimulationInput alone = input;
      alone.options.replicas = 1;
      alone.options.seed += static_cast<std::uint64_t>(last);
      LocalSimulation simulation(alone);
      if (!Run(alone, form).whole(simulation, course, finding)) return finding;
      // It may end earlier than the others do; and its results have its own last interval then.
      std::vector<std::uint64_t> wanted = plain.hashes[static_cast<std::size_t>(last)],
                                 got = course.hashes[0];
      if (course.steps != plain.steps) {
        got.resize(got.size() - 2);
        wanted.resize(got.size());
      }
      return compare(form, wanted, got, last);
    }
    case RunForm::kCheckpoint: {
      // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no run has 2^64 - 1 steps
      const std::uint64_t stop = input.options.seed * 7919 % (plain.steps + 1);
      {
        LocalSimulation first(input);
        if (!run.go_on(first, course, finding, stop)) return finding;
        first.save_checkpoint(scratch, "streets");
      }
      std::string extra;
      const auto second = resume_local_simulation(input, scratch, false, extra);
      std::remove(scratch.c_str());
      if (!run.whole(*second, course, finding)) return finding;
      break;
    }
    default: {
      LocalSimulation simulation(input, [&](const CityTables& city) {
        if (form == RunForm::kShuffled) return make_shuffled_backend(city, input.options.seed);
        return make_eager_backend(city, form == RunForm::kTwoThreads ? 2 : 3);
      });
      if (!run.whole(simulation, course, finding)) return finding;
    }
  }
  for (int r = 0; r < input.options.replicas && !finding; ++r)
    finding = compare(form, plain.hashes[static_cast<std::size_t>(r)],
                      course.hashes[static_cast<std::size_t>(r)], r);
  return finding;
}

template <class Forms>
Finding find_in(const SimulationInput& input, const std::string& scratch, const Forms& forms,
                std::uint64_t& updates) {
  Finding finding;
  RunForm form = RunForm::kPlain;
  try {
    Course plain;
    LocalSimulation simulation(input);
    if (!Run(input, form).whole(simulation, plain, finding)) return finding;
    updates += plain.updates;
    for (const RunForm other : forms) {
      form = other;
      if ((finding = run_form(input, form, scratch, plain))) return finding;
    }
  } catch (const std::exception& error) {
    finding = {form, "refused", error.what()};
  }
  return finding;
}

}  // namespace

const char* name_of(RunForm form) {
  constexpr const char* kNames[] = {"one thread",      "a drawn order", "a checkpoint",
                                    "a replica alone", "two threads",   "three threads"};
  return kNames[static_cast<std::size_t>(form)];
}

Finding find_broken_invariant(const SimulationInput& input, const std::string& scratch,
                              std::uint64_t& updates) {
  return find_in(input, scratch, kRunForms, updates);
}

Finding find_broken_invariant(const SimulationInput& input, const std::string& scratch, RunForm form) {
  std::uint64_t updates = 0;
  return find_in(input, scratch, std::array{form}, updates);
}

}  // namespace arterial

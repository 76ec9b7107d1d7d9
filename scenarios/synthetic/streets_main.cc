// arterial bench streets: draws random streets with random traffic, seed by seed, and looks for anything that
// must not be. What fails is made small and told. Standard library only, so that a bare GPU host can run it.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/synthetic/odd_streets.h"
#include "sim/engine/invariants.h"
#include "sim/model/build_info.h"

namespace {

using namespace arterial;

constexpr const char* kUsage =
    "usage: arterial bench streets [options]\n"
    "Draws random streets and traffic and runs each on one, two and three threads, with stages in a drawn "
    "order, with a\n"
    "checkpoint in between and as a replica alone. Every violation counter must be zero, the ledger exact at "
    "every step,\n"
    "all state hashes equal. What fails is made small and told.\n"
    "  --seeds N      how many (default 1000)\n"
    "  --first K      the first of them (default: the one after the last of the ledger)\n"
    "  --jobs J       processes (default: one a core)\n"
    "  --tiny         only the smallest, as in the tests; never in the ledger\n"
    "  --shrink N     failures that are made small (default 3)\n"
    "  --ledger FILE  gets a row (default: docs/ledger/streets.csv of the source tree), or 'none'\n"
    "Interrupted, it adds the row of what was done; said again, it goes on from there.\n"
    "exit code 1: a seed failed\n";

constexpr const char* kHeader = "date,commit,first_seed,count,failures,hours";
constexpr unsigned kLongest_s = 120;  // of one seed
constexpr std::size_t kMostTold = 1000;

struct Words {
  std::uint64_t seeds = 1000, first = 0;
  bool first_stated = false, tiny = false;
  int jobs = 0, shrink = 3;
  std::string ledger;
};

/// What all processes see.
struct Board {
  std::atomic<std::uint64_t> next{0}, done{0}, updates{0}, failures{0};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> failed[kMostTold];
};
Board* board = nullptr;

void on_signal(int) { board->stop = true; }

SimulationInput input_of(const OddStreets& streets) {
  SimulationInput input;
  input.network = &streets.network;
  input.demand = streets.demand;
  input.options = streets.options;
  input.changes = streets.changes;
  input.input_hash = 1;
  return input;
}

std::string scratch_file() {
  struct stat there;  // memory rather than a disk, where a checkpoint waits to be written
  return std::string(stat("/dev/shm", &there) == 0 ? "/dev/shm" : "/tmp") + "/arterial-streets-" +
         std::to_string(getpid());
}

Finding look_at(std::uint64_t seed, bool tiny, std::uint64_t& updates) {
  const OddStreets streets = draw_odd_streets(seed, tiny);
  const std::vector<std::string> faults = faults_in(streets.network);
  if (!faults.empty()) return {RunForm::kPlain, "drawn wrong", faults.front()};
  return find_broken_invariant(input_of(streets), scratch_file(), updates);
}

void tell_failure(std::uint64_t seed, const std::string& words) {
  const std::uint64_t k = board->failures++;
  if (k < kMostTold) board->failed[k] = seed;
  std::printf("FAIL seed %" PRIu64 ": %s\n", seed, words.c_str());
  std::fflush(stdout);
}

/// Takes seed after seed. `mine`: the one it is at, for whoever finds it dead.
[[noreturn]] void work(const Words& w, std::atomic<std::uint64_t>& mine) {
  while (!board->stop) {
    const std::uint64_t k = board->next++;
    if (k >= w.seeds) break;
    mine = w.first + k;
    alarm(kLongest_s);
    std::uint64_t updates = 0;
    if (const Finding finding = look_at(w.first + k, w.tiny, updates))
      tell_failure(w.first + k, std::string(name_of(finding.form)) + ": " + finding.words);
    board->updates += updates;
    ++board->done;
  }
  std::_Exit(0);
}

/// The last states up to the failure, vehicle by vehicle.
std::string last_states(const OddStreets& streets) {
  std::vector<std::string> states;
  const auto simulation = make_local_simulation(input_of(streets));
  Snapshot s;
  for (bool over = false; !over; over = simulation->finished()) {
    if (!states.empty()) simulation->step();
    simulation->snapshot(s);
    std::string text;
    char line[200];
    for (const VehicleSnapshot& x : s.vehicles) {
      std::snprintf(line, sizeof line, "  %.3f s: trip %s on lane %u at %.4f m, %.4f m/s, behind it",
                    s.time_s, simulation->demand().trips[x.trip.value].id.c_str(), x.lane.value, x.pos_m,
                    x.speed_mps);
      text += line;
      for (std::uint32_t k = 0; k < x.trail_count; ++k)
        text += " " + std::to_string(s.trails[x.first_trail + k].value);
      text += "\n";
    }
    states.push_back(std::move(text));
  }
  std::string text;
  for (std::size_t k = states.size() > 12 ? states.size() - 12 : 0; k < states.size(); ++k) text += states[k];
  return text;
}

/// In a process of its own: the failure may be a crash.
void shrink_and_tell(std::uint64_t seed, bool tiny) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    alarm(10 * kLongest_s);
    const OddStreets streets = draw_odd_streets(seed, tiny);
    std::uint64_t updates = 0;
    const Finding finding = find_broken_invariant(input_of(streets), scratch_file(), updates);
    const auto same = [&](const OddStreets& smaller) {
      if (!faults_in(smaller.network).empty()) return false;
      return find_broken_invariant(input_of(smaller), scratch_file(), finding.form).kind == finding.kind;
    };
    if (finding) {
      const OddStreets small = shrink_streets(streets, same);
      std::printf("\nseed %" PRIu64 ", made small; %s: %s\n%s", seed, name_of(finding.form),
                  find_broken_invariant(input_of(small), scratch_file(), finding.form).words.c_str(),
                  (in_words(small) + last_states(small)).c_str());
      std::fflush(stdout);
    }
    std::_Exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    std::printf("\nseed %" PRIu64 " cannot be made small: it ends by signal %d\n", seed, WTERMSIG(status));
}

std::string commit() {
  for (const BuiltIn& part : built_in())
    if (std::string_view(part.name) == "commit" || std::string_view(part.name) == "revision")
      return part.value;
  return "unknown";
}

/// The source tree's, where the program stands in build/PRESET/bin below it.
std::string usual_ledger() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  const std::string whole(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::string root = whole.substr(0, whole.find_last_of('/')) + "/../../..";
  return (access((root + "/docs").c_str(), W_OK) == 0 ? root : std::string(".")) + "/docs/ledger/streets.csv";
}

std::uint64_t seed_after(const std::string& ledger) {
  std::uint64_t next = 0;
  std::ifstream in(ledger);
  for (std::string line; std::getline(in, line);) {
    unsigned long long first = 0, count = 0;
    if (std::sscanf(line.c_str(), "%*[^,],%*[^,],%llu,%llu,", &first, &count) == 2 && first + count > next)
      next = first + count;
  }
  return next;
}

void add_row(const std::string& ledger, const Words& w, double hours) {
  mkdir(ledger.substr(0, ledger.find_last_of('/')).c_str(), 0777);
  const bool is_new = access(ledger.c_str(), F_OK) != 0;
  std::FILE* file = std::fopen(ledger.c_str(), "a");
  if (!file)
    throw InputError(ledger, "", "the row cannot be added",
                     "Say --ledger FILE with a place that you may write to");
  const std::time_t now = std::time(nullptr);
  char date[16];
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  if (is_new) std::fprintf(file, "%s\n", kHeader);
  std::fprintf(file, "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.3f\n", date, commit().c_str(), w.first,
               board->done.load(), board->failures.load(), hours);
  std::fclose(file);
}

int run(Words w) {
  if (w.ledger.empty()) w.ledger = usual_ledger();
  const bool keeps_ledger = w.ledger != "none" && !w.tiny;
  if (!w.first_stated && keeps_ledger) w.first = seed_after(w.ledger);
  void* shared = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const at = static_cast<std::atomic<std::uint64_t>*>(
      mmap(nullptr, sizeof(std::uint64_t) * static_cast<std::size_t>(w.jobs), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (shared == MAP_FAILED || at == MAP_FAILED) throw std::bad_alloc();
  board = new (shared) Board;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto began = std::chrono::steady_clock::now();
  const auto hours = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() / 3600;
  };
  std::printf("random streets from seed %" PRIu64 ", %" PRIu64 " of them, %d at once\n", w.first, w.seeds,
              w.jobs);
  std::fflush(stdout);
  std::vector<pid_t> workers;
  const auto start = [&](int job) {
    const pid_t child = fork();
    if (child == 0) work(w, at[job]);
    return child;
  };
  for (int job = 0; job < w.jobs; ++job) workers.push_back(start(job));
  for (int left = w.jobs; left > 0;) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended < 0) {
      if (errno == EINTR) continue;
      break;
    }
    for (int job = 0; job < w.jobs; ++job) {
      if (workers[static_cast<std::size_t>(job)] != ended) continue;
      --left;
      if (!WIFSIGNALED(status)) continue;
      tell_failure(at[job], WTERMSIG(status) == SIGALRM
                                ? "it does not end"
                                : "it ends by signal " + std::to_string(WTERMSIG(status)));
      ++board->done;
      workers[static_cast<std::size_t>(job)] = start(job);
      ++left;
    }
  }
  const std::uint64_t failures = board->failures;
  for (std::uint64_t k = 0; k < failures && k < kMostTold && static_cast<int>(k) < w.shrink; ++k)
    shrink_and_tell(board->failed[k], w.tiny);
  std::printf("%" PRIu64 " seeds, %" PRIu64
              " failures, %.3f million vehicle-updates (each in every form), %.2f hours\n",
              board->done.load(), failures, static_cast<double>(board->updates) / 1e6, hours());
  if (keeps_ledger && board->done > 0) add_row(w.ledger, w, hours());
  return failures ? 1 : 0;
}

Words parse(const std::vector<std::string>& words) {
  Words w;
  w.jobs = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  for (std::size_t k = 0; k < words.size(); ++k) {
    const std::string& option = words[k];
    if (option == "--tiny") {
      w.tiny = true;
      continue;
    }
    if (option != "--seeds" && option != "--first" && option != "--jobs" && option != "--shrink" &&
        option != "--ledger")
      throw InputError("arterial bench streets", option.substr(0, 60), "is no option",
                       "See arterial bench streets --help");
    if (++k == words.size())
      throw InputError("arterial bench streets", option, "needs a value",
                       "See arterial bench streets --help");
    if (option == "--ledger") {
      w.ledger = words[k];
      continue;
    }
    std::uint64_t value = 0;
    const char* const end = words[k].data() + words[k].size();
    if (const auto [last, error] = std::from_chars(words[k].data(), end, value);
        error != std::errc() || last != end || (option == "--jobs" && (value < 1 || value > 1024)) ||
        (option == "--shrink" && value > 1000))
      throw InputError("arterial bench streets", option, "'" + words[k].substr(0, 60) + "' will not do",
                       "Give a whole number");
    if (option == "--seeds") w.seeds = value;
    if (option == "--first") w.first = value, w.first_stated = true;
    if (option == "--jobs") w.jobs = static_cast<int>(value);
    if (option == "--shrink") w.shrink = static_cast<int>(value);
  }
  return w;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words[0] == "streets") words.erase(words.begin());  // as `arterial bench` says it
    for (const std::string& word : words)
      if (word == "--help" || word == "-h") return std::fputs(kUsage, stdout), 0;
    return run(parse(words));
  } catch (const InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arterial bench streets: internal fault: %s\n", error.what());
    return 3;
  }
}

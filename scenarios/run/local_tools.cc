#include "scenarios/run/local_tools.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "scenarios/demand/demand.h"

namespace arterial {
namespace {

DemandSource source_of(const DemandEntry& entry) {
  DemandSource source;
  switch (entry.kind) {
    case DemandEntry::Kind::kFile: source.kind = DemandSource::Kind::kFiles; break;
    case DemandEntry::Kind::kOdMatrix: source.kind = DemandSource::Kind::kOdMatrix; break;
    case DemandEntry::Kind::kRandom: source.kind = DemandSource::Kind::kRandom; break;
  }
  source.files = entry.files;
  source.zones = entry.zones;
  source.profile = entry.profile;
  source.type = entry.type;
  source.trips = entry.trips;
  source.factor = entry.factor;
  return source;
}

Demand demand_of(const std::vector<DemandEntry>& entries, const Network& network, const SimOptions& options) {
  std::vector<DemandSource> sources;
  // SUMO's files belong together: the routes of one use the types of another.
  for (const auto& entry : entries) {
    auto source = source_of(entry);
    if (source.kind == DemandSource::Kind::kFiles && !sources.empty() &&
        sources.back().kind == DemandSource::Kind::kFiles)
      sources.back().files.insert(sources.back().files.end(), source.files.begin(), source.files.end());
    else
      sources.push_back(std::move(source));
  }
  DemandOptions demand;
  demand.begin_s = options.begin_s;
  demand.end_s = options.end_s;
  // The seed of the demand stays: replica r of seed S equals seed S + r alone, and both share one demand.
  demand.threads = options.threads > 0 ? options.threads
                                       : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return read_demand(network, sources, demand);
}

std::string own_folder() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return ".";
  const std::string whole(path.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_last_of('/'));
}

}  // namespace

std::string run_sibling(const std::string& name, const std::vector<std::string>& arguments) {
  const std::string program = own_folder() + "/arterial-" + name;
  if (::access(program.c_str(), X_OK) != 0) return "arterial-" + name + " is not built here";
  std::array<int, 2> pipe_ends;
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return "no pipe could be opened";
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return "arterial-" + name + " could not be started";
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_RDWR);
    if (nowhere >= 0) {
      ::dup2(nowhere, STDIN_FILENO);
      ::dup2(nowhere, STDOUT_FILENO);
    }
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::string said;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(pipe_ends[0], buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (said.size() < 8192) said.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said.empty() ? "arterial-" + name + " failed" : said;
}

RunTools local_tools() {
  RunTools tools;
  tools.read_network = [](const std::string& path) { return read_network(path); };
  tools.read_demand = demand_of;
  tools.make = make_local_simulation;
  tools.resume = resume_local_simulation;
  tools.export_layers = [](const std::string& source, const std::vector<std::string>& files) {
    std::vector<std::string> arguments{source};
    for (const auto& file : files) {
      arguments.emplace_back("-o");
      arguments.push_back(file);
    }
    return run_sibling("export", arguments);
  };
  return tools;
}

}  // namespace arterial

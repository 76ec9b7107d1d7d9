#include "scenarios/run/arfcd.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>

#include "sim/model/checksum.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are written as they lie in memory");

constexpr char kMagic[8] = {'A', 'R', 'F', 'C', 'D', '\r', '\n', '\x1a'};
constexpr std::uint32_t kVersion = 1;

struct FileHead {
  char magic[8];
  std::uint32_t version, reserved;
};
static_assert(sizeof(FileHead) == 16);

enum BlockKind : std::uint32_t { kTables = 1, kVehicles = 2, kState = 3, kEnd = 4 };
struct BlockHead {
  std::uint32_t kind, size;
  std::uint64_t checksum;
};
static_assert(sizeof(BlockHead) == 16);

constexpr std::size_t kMostBody = std::size_t{1} << 30;
constexpr std::size_t kVehiclesOfBlock = 1 << 16;
constexpr std::size_t kMostText = 1 << 20;  // bytes of an id or a path

enum Column { kVehicle, kLane, kPosition, kSpeed, kParked, kColumnCount };
struct StateHead {
  std::int64_t time_ms;
  std::uint32_t replica, rows, parked;
  std::uint32_t size[kColumnCount];  // bytes
};
static_assert(sizeof(StateHead) == 40);

constexpr std::size_t kLongest = 5;  // bytes of a number of 33 bits

char* put_number(char* at, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

/// Small numbers of either sign become small numbers: 0, -1, 1, -2, ...
std::uint64_t without_sign(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t with_sign(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[10];
  out.append(digits, put_number(digits, value));
}
void append_text(std::string& out, const std::string& text) {
  append_number(out, text.size());
  out += text;
}
void append_double(std::string& out, double value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A block at another place, or of another kind, is noticed as a changed one is.
std::uint64_t checksum_of(const char* body, std::size_t size, std::uint64_t offset, std::uint32_t kind) {
  return xxh64(body, size, offset ^ std::uint64_t{kind} << 56);
}

/// Reads from memory and never beyond its end; `Fail` is called with words and does not return.
template <class Fail>
class Cursor {
 public:
  Cursor(const char* at, std::size_t size, const Fail& fail) : at_(at), end_(at + size), fail_(fail) {}
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  std::uint64_t number(std::uint64_t most) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) fail_("a column or a text ends too early");
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        if (value > most) fail_("the number " + std::to_string(value) + " is too large for its place");
        return value;
      }
    }
    fail_("a number has too many bytes");
    return 0;
  }
  std::uint32_t below(std::size_t count) {
    if (count == 0) fail_("a number refers to an empty table");
    return static_cast<std::uint32_t>(number(count - 1));
  }
  /// The number before, plus what is written of the difference.
  std::int64_t after(std::int64_t before, std::int64_t least, std::int64_t most) {
    const std::int64_t value = before + with_sign(number(std::uint64_t{1} << 34));
    if (value < least || value > most) fail_("the number " + std::to_string(value) + " is out of range");
    return value;
  }
  std::string text() {
    const std::size_t size = number(std::min(kMostText, left()));
    need(size);
    std::string text(at_, size);
    at_ += size;
    return text;
  }
  template <class T>
  T value() {
    need(sizeof(T));
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  /// The next `size` bytes, as a cursor of their own.
  Cursor part(std::size_t size) {
    need(size);
    at_ += size;
    return Cursor(at_ - size, size, fail_);
  }
  void end() const {
    if (at_ != end_) fail_("a block holds more than it says");
  }

 private:
  void need(std::size_t size) const {
    if (size > left()) fail_("a part is longer than its block");
  }
  const char *at_, *end_;
  const Fail& fail_;
};

}  // namespace

// ---- writing

void ArfcdPacker::close_block(std::uint32_t kind, std::size_t begin, std::string& out) {
  const std::size_t size = out.size() - begin - sizeof(BlockHead);
  if (size > kMostBody)
    throw InputError("trajectories", "", "a state has too many vehicles for a .arfcd file",
                     "Write trajectories as .csv");
  const char* body = out.data() + begin + sizeof(BlockHead);
  const BlockHead head{kind, static_cast<std::uint32_t>(size), checksum_of(body, size, offset_, kind)};
  std::memcpy(out.data() + begin, &head, sizeof head);
  offset_ += out.size() - begin;
}

void ArfcdPacker::put_tables(const TrajectoryTables& tables, std::string& out) {
  FileHead file{{}, kVersion, 0};
  std::memcpy(file.magic, kMagic, sizeof kMagic);
  out.append(reinterpret_cast<const char*>(&file), sizeof file);
  offset_ += sizeof file;
  std::size_t begin = out.size();
  const auto open_block = [&] {
    begin = out.size();
    out.append(sizeof(BlockHead), '\0');
  };
  open_block();
  append_number(out, tables.replicas);
  append_number(out, tables.lanes);
  append_text(out, tables.network_path);
  append_text(out, tables.network_xxh3);
  append_number(out, tables.types.size());
  for (const auto& type : tables.types) {
    append_text(out, type.id);
    append_double(out, type.length_m);
    append_double(out, type.width_m);
  }
  append_number(out, tables.vehicles.size());
  close_block(kTables, begin, out);
  for (std::size_t first = 0; first < tables.vehicles.size(); first += kVehiclesOfBlock) {
    const std::size_t end = std::min(first + kVehiclesOfBlock, tables.vehicles.size());
    open_block();
    append_number(out, end - first);
    for (std::size_t i = first; i < end; ++i) {
      append_text(out, tables.vehicles[i].id);
      append_number(out, tables.vehicles[i].type);
    }
    close_block(kVehicles, begin, out);
  }
}

void ArfcdPacker::put_state(const TrafficColumns& state, std::string& out) {
  const std::size_t begin = out.size(), rows = state.trip.size(), parked = state.parked.size();
  constexpr std::size_t kHeads = sizeof(BlockHead) + sizeof(StateHead);
  out.resize(begin + kHeads + kLongest * (4 * rows + parked));
  StateHead head{state.time_ms,
                 static_cast<std::uint32_t>(state.replica),
                 static_cast<std::uint32_t>(rows),
                 static_cast<std::uint32_t>(parked),
                 {}};
  char* at = out.data() + begin + kHeads;
  const char* column = at;
  const auto close_column = [&](Column c) {
    head.size[c] = static_cast<std::uint32_t>(at - column);
    column = at;
  };
  for (const std::uint32_t trip : state.trip) at = put_number(at, trip);
  close_column(kVehicle);
  std::int64_t lane = 0;
  for (const std::uint32_t next : state.lane) {
    at = put_number(at, without_sign(next - lane));
    lane = next;
  }
  close_column(kLane);
  // A follower's distance is smaller than its position.
  for (std::size_t i = 0; i < rows; ++i) {
    const bool follows = i > 0 && state.lane[i] == state.lane[i - 1];
    at = put_number(at, without_sign(std::int64_t{state.pos[i]} - (follows ? state.pos[i - 1] : 0)));
  }
  close_column(kPosition);
  for (const std::int32_t speed : state.speed) at = put_number(at, without_sign(speed));
  close_column(kSpeed);
  for (const std::uint32_t trip : state.parked) at = put_number(at, trip);
  close_column(kParked);
  std::memcpy(out.data() + begin + sizeof(BlockHead), &head, sizeof head);
  out.resize(static_cast<std::size_t>(at - out.data()));
  close_block(kState, begin, out);
}

void ArfcdPacker::put_end(std::string& out) {
  const std::size_t begin = out.size();
  out.append(sizeof(BlockHead), '\0');
  close_block(kEnd, begin, out);
}

// ---- reading

ArfcdReader::ArfcdReader(const std::string& path) : path_(path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw InputError(path, "", "there is no such file", "Correct the path");
  in_.open(path, std::ios::binary);
  size_ = std::filesystem::file_size(path, error);
  if (!in_ || error) throw InputError(path, "", "cannot be read", "Check its permissions");
  FileHead head{};
  if (size_ < sizeof head) fail("it is too short");
  read_bytes(reinterpret_cast<char*>(&head), sizeof head);
  if (std::memcmp(head.magic, kMagic, sizeof kMagic) != 0) fail("it does not begin as one");
  if (head.version != kVersion || head.reserved != 0)
    fail("it is of version " + std::to_string(head.version) + ", and only " + std::to_string(kVersion) +
         " is known");
  read_tables();
}

void ArfcdReader::fail(const std::string& what) const {
  throw InputError(path_, "byte " + std::to_string(block_), "is no whole file of trajectories: " + what,
                   "Run the simulation again with --fcd FILE.arfcd");
}

void ArfcdReader::read_bytes(char* to, std::size_t size) {
  if (size > size_ - offset_) fail("it ends too early: the run did not come to its end, or the file was cut");
  in_.read(to, static_cast<std::streamsize>(size));
  if (in_.gcount() != static_cast<std::streamsize>(size)) fail("it cannot be read to its end");
  offset_ += size;
}

std::uint32_t ArfcdReader::read_block() {
  block_ = offset_;
  BlockHead head{};
  read_bytes(reinterpret_cast<char*>(&head), sizeof head);
  // No more is asked for than the file has.
  if (head.size > kMostBody || head.size > size_ - offset_) fail("a block is longer than the file");
  body_.resize(head.size);
  read_bytes(body_.data(), body_.size());
  if (checksum_of(body_.data(), body_.size(), block_, head.kind) != head.checksum)
    fail("a block is damaged (its checksum differs)");
  return head.kind;
}

void ArfcdReader::read_tables() {
  const auto fail_here = [this](const std::string& what) { fail(what); };
  if (read_block() != kTables) fail("it does not begin with its tables");
  Cursor tables(body_.data(), body_.size(), fail_here);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  tables_.replicas = static_cast<std::uint32_t>(tables.number(std::numeric_limits<std::int32_t>::max()));
  tables_.lanes = static_cast<std::uint32_t>(tables.number(kMost));
  tables_.network_path = tables.text();
  tables_.network_xxh3 = tables.text();
  for (auto n = tables.number(tables.left()); n > 0; --n) {
    TrajectoryType type;
    type.id = tables.text();
    type.length_m = tables.value<double>();
    type.width_m = tables.value<double>();
    tables_.types.push_back(std::move(type));
  }
  const std::uint64_t vehicles = tables.number(std::min(kMost, size_));
  tables.end();
  while (tables_.vehicles.size() < vehicles) {
    if (read_block() != kVehicles) fail("vehicles are missing");
    Cursor block(body_.data(), body_.size(), fail_here);
    const auto more = block.number(std::min<std::uint64_t>(block.left(), vehicles - tables_.vehicles.size()));
    if (more == 0) fail("a block of vehicles is empty");
    for (std::uint64_t i = 0; i < more; ++i) {
      std::string id = block.text();
      tables_.vehicles.push_back({std::move(id), block.below(tables_.types.size())});
    }
    block.end();
  }
}

bool ArfcdReader::next(TrafficColumns& state) {
  const auto kind = read_block();
  if (kind == kEnd) {
    if (!body_.empty() || offset_ != size_) fail("something stands behind its end");
    return false;
  }
  if (kind != kState) fail("a block of kind " + std::to_string(kind) + " stands among the states");
  const auto fail_here = [this](const std::string& what) { fail(what); };
  Cursor block(body_.data(), body_.size(), fail_here);
  const auto head = block.value<StateHead>();
  if (head.replica >= tables_.replicas) fail("a state is of a replica that there is not");
  auto vehicles = block.part(head.size[kVehicle]), lanes = block.part(head.size[kLane]),
       positions = block.part(head.size[kPosition]), speeds = block.part(head.size[kSpeed]),
       parked = block.part(head.size[kParked]);
  block.end();
  // A number has a byte at least, so no state grows beyond a few times its block.
  for (const auto* column : {&vehicles, &lanes, &positions, &speeds})
    if (head.rows > column->left()) fail("a column is shorter than its rows");
  if (head.parked > parked.left()) fail("a column is shorter than its rows");
  state.time_ms = head.time_ms;
  state.replica = static_cast<int>(head.replica);
  for (auto* column : {&state.trip, &state.lane}) column->resize(head.rows);
  for (auto* column : {&state.pos, &state.speed}) column->resize(head.rows);
  state.parked.resize(head.parked);
  for (auto& trip : state.trip) trip = vehicles.below(tables_.vehicles.size());
  vehicles.end();
  std::int64_t lane = 0;
  for (auto& here : state.lane) {
    lane = lanes.after(lane, 0, std::int64_t{tables_.lanes} - 1);
    here = static_cast<std::uint32_t>(lane);
  }
  lanes.end();
  using Units = std::numeric_limits<std::int32_t>;
  for (std::size_t i = 0; i < state.pos.size(); ++i) {
    const bool follows = i > 0 && state.lane[i] == state.lane[i - 1];
    state.pos[i] = static_cast<std::int32_t>(
        positions.after(follows ? state.pos[i - 1] : 0, Units::min(), Units::max()));
  }
  positions.end();
  for (auto& speed : state.speed)
    speed = static_cast<std::int32_t>(speeds.after(0, Units::min(), Units::max()));
  speeds.end();
  for (auto& trip : state.parked) trip = parked.below(tables_.vehicles.size());
  parked.end();
  return true;
}

}  // namespace arterial

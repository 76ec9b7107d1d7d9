// The .arnet file, version 2. Little-endian, flat:
//
//   header    "ARNET\r\n\x1a", version, section count, file size, XXH64 of the table
//   table     one entry for each section: record size, record count, where it begins, XXH64 of its bytes with
//             those up to the next one
//   sections  arrays of records of fixed size, each begins at a multiple of 8 bytes: what lies in the file as
//             in memory is copied whole. A string in a record is (offset, size) in a section of text; a list
//             is (first, count) in the section of its element type. Lanes have text of their own, so that
//             they are read beside the rest.
//
// Text and lists lie in the order in which the records name them, and the reader insists on it: no stretch
// can be named twice, so a small hostile file cannot grow into a large network. The fields of each record are
// stated once (`fields`), for writing, reading and measuring alike.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <type_traits>

#include "sim/model/atomic_file.h"
#include "sim/model/checksum.h"
#include "sim/model/large_pages.h"
#include "sim/model/network.h"
#include "sim/model/side_by_side.h"

namespace arterial {
namespace {

constexpr char kMagic[8] = {'A', 'R', 'N', 'E', 'T', '\r', '\n', '\x1a'};
constexpr std::uint32_t kVersion = 2;

struct Header {
  char magic[8];
  std::uint32_t version, section_count;
  std::uint64_t file_size, checksum;
};
static_assert(sizeof(Header) == 32);

struct SectionEntry {
  std::uint64_t record_size, count, begin, checksum;
};
static_assert(sizeof(SectionEntry) == 32);

/// What does not repeat.
struct Whole {
  std::string name, crs, source, licence, attribution;
  double offset_x_m = 0, offset_y_m = 0;
  std::uint32_t road_lane_count = 0;
  bool left_hand = false;
};

// ---- the fields of each record ----

template <class A>
void fields(A& a, Whole& w) {
  a(w.name, w.crs, w.source, w.licence, w.attribution, w.offset_x_m, w.offset_y_m, w.road_lane_count,
    w.left_hand);
}
template <class A>
void fields(A& a, Point& p) {
  a(p.x, p.y);
}
template <class A>
void fields(A& a, Shape& s) {
  a(s.first, s.count);
}
template <class A>
void fields(A& a, Link& l) {
  a(l.from, l.to, l.first_lane, l.lane_count, l.road_class, l.priority, l.roundabout, l.id, l.source_id,
    l.name);
}
template <class A>
void fields(A& a, Lane& l) {
  a(l.link, l.index, l.internal, l.allowed, l.no_change_left, l.no_change_right, l.length_m, l.width_m,
    l.speed_mps, l.shape, l.id);
}
template <class A>
void fields(A& a, LanePiece& p) {
  a(p.lane_id, p.begin_m);
}
template <class A>
void fields(A& a, Connection& c) {
  a(c.from, c.to, c.lane, c.junction, c.signal, c.signal_index, c.turn, c.priority, c.keep_clear,
    c.turn_on_red, c.wait_m, c.pieces);
}
template <class A>
void fields(A& a, Conflict& c) {
  a(c.a, c.b, c.a_begin_m, c.a_end_m, c.b_begin_m, c.b_end_m, c.a_yields, c.b_yields, c.merge);
}
template <class A>
void fields(A& a, Junction& j) {
  a(j.at, j.type, j.shape, j.id, j.source_ids);
}
template <class A>
void fields(A& a, Phase& p) {
  a(p.duration_s, p.min_s, p.max_s, p.state, p.next);
}
template <class A>
void fields(A& a, Program& p) {
  a(p.id, p.actuated, p.offset_s, p.max_gap_s, p.detector_gap_s, p.phases);
}
template <class A>
void fields(A& a, ProgramSwitch& s) {
  a(s.at_s, s.program);
}
template <class A>
void fields(A& a, Signal& s) {
  a(s.id, s.source_ids, s.programs, s.active_program, s.switches, s.guessed);
}
template <class A>
void fields(A& a, Stop& s) {
  a(s.lane, s.begin_m, s.end_m, s.id, s.name);
}
template <class A>
void fields(A& a, Detector& d) {
  a(d.lane, d.pos_m, d.period_s, d.id);
}
template <class A>
void fields(A& a, Zone& z) {
  a(z.id, z.name, z.residents, z.jobs, z.rings, z.links);
}
template <class A>
void fields(A& a, Building& b) {
  a(b.outline, b.height_m);
}
template <class A>
void fields(A& a, Problem& p) {
  a(p.severity, p.code, p.object_id, p.x_m, p.y_m, p.words);
}
template <class A>
void fields(A& a, std::string& s) {
  a(s);
}
template <class A>
void fields(A& a, std::uint32_t& v) {
  a(v);
}
template <class Tag, class A>
void fields(A& a, Id<Tag>& id) {
  a(id);
}

// The last value of each enumeration: a byte beyond it is a fault of the file.
constexpr unsigned last_of(RoadClass) { return static_cast<unsigned>(RoadClass::kOther); }
constexpr unsigned last_of(Turn) { return static_cast<unsigned>(Turn::kPartLeft); }
constexpr unsigned last_of(Priority) { return static_cast<unsigned>(Priority::kZipper); }
constexpr unsigned last_of(JunctionType) { return static_cast<unsigned>(JunctionType::kDeadEnd); }
constexpr unsigned last_of(Severity) { return static_cast<unsigned>(Severity::kError); }

// ---- sections: the arrays of the Network, then the elements of its lists, then text ----

enum Section : std::uint32_t {
  kWhole,
  kLinks,
  kLanes,
  kConnections,
  kConflicts,
  kJunctions,
  kSignals,
  kStops,
  kDetectors,
  kZones,
  kBuildings,
  kWater,
  kPoints,
  kProblems,
  kPieces,
  kPrograms,
  kPhases,
  kSwitches,
  kStringList,
  kNumberList,
  kShapeList,
  kLinkList,
  kLaneText,
  kText,
  kSectionCount
};

template <class T>
constexpr Section list_section();
template <>
constexpr Section list_section<LanePiece>() {
  return kPieces;
}
template <>
constexpr Section list_section<Program>() {
  return kPrograms;
}
template <>
constexpr Section list_section<Phase>() {
  return kPhases;
}
template <>
constexpr Section list_section<ProgramSwitch>() {
  return kSwitches;
}
template <>
constexpr Section list_section<std::string>() {
  return kStringList;
}
template <>
constexpr Section list_section<std::uint32_t>() {
  return kNumberList;
}
template <>
constexpr Section list_section<Shape>() {
  return kShapeList;
}
template <>
constexpr Section list_section<LinkId>() {
  return kLinkList;
}

constexpr Section text_section(Section records) { return records == kLanes ? kLaneText : kText; }

/// Records without lists, and with no text or with text of their own, are read by themselves.
constexpr bool stands_alone(Section s) {
  return s == kLanes || s == kPoints || s == kConflicts || s == kBuildings || s == kWater;
}

/// Where the section behind one that ends at `end` begins.
constexpr std::uint64_t next_begin(std::uint64_t end) { return (end + 7) / 8 * 8; }

/// Calls `visit(section, vector)` for each array of the Network.
template <class N, class Visit>
void each_array(N& network, Visit visit) {
  visit(kLinks, network.links);
  visit(kLanes, network.lanes);
  visit(kConnections, network.connections);
  visit(kConflicts, network.conflicts);
  visit(kJunctions, network.junctions);
  visit(kSignals, network.signals);
  visit(kStops, network.stops);
  visit(kDetectors, network.detectors);
  visit(kZones, network.zones);
  visit(kBuildings, network.buildings);
  visit(kWater, network.water);
  visit(kPoints, network.points);
  visit(kProblems, network.problems);
}

/// Bytes of a record.
class Measure {
 public:
  std::uint64_t size = 0;
  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

 private:
  template <class T>
  void one(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
      size += sizeof(T);
    else if constexpr (std::is_same_v<T, std::string>)
      size += 12;
    else if constexpr (requires { value.data(); })
      size += 8;
    else if constexpr (requires { value.value; })
      size += 4;
    else
      fields(*this, value);
  }
};

template <class T>
std::uint64_t record_size() {
  T value{};
  Measure measure;
  fields(measure, value);
  return measure.size;
}

/// Record sizes that this version writes and expects, by section.
std::vector<std::uint64_t> record_sizes() {
  std::vector<std::uint64_t> sizes(kSectionCount, 1);
  sizes[kWhole] = record_size<Whole>();
  Network network;
  each_array(network, [&](Section section, auto& things) {
    sizes[section] = record_size<typename std::remove_reference_t<decltype(things)>::value_type>();
  });
  sizes[kPieces] = record_size<LanePiece>();
  sizes[kPrograms] = record_size<Program>();
  sizes[kPhases] = record_size<Phase>();
  sizes[kSwitches] = record_size<ProgramSwitch>();
  sizes[kStringList] = record_size<std::string>();
  sizes[kNumberList] = sizes[kLinkList] = 4;
  sizes[kShapeList] = record_size<Shape>();
  return sizes;
}

// ---- writing ----

class Writer {
 public:
  explicit Writer(std::vector<std::string>& sections, std::vector<std::uint64_t>& counts, Section into)
      : sections_(sections), counts_(counts), into_(into) {}
  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

  template <class T>
  void record(T& value) {
    fields(*this, value);
    ++counts_[into_];
  }

 private:
  template <class T>
  void raw(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    sections_[into_].append(bytes, sizeof(T));
  }
  template <class T>
  void one(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      raw(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      std::string& text = sections_[text_section(into_)];
      raw(static_cast<std::uint64_t>(text.size()));
      raw(static_cast<std::uint32_t>(value.size()));
      text += value;
    } else if constexpr (requires { value.data(); }) {
      constexpr Section list = list_section<typename T::value_type>();
      raw(static_cast<std::uint32_t>(counts_[list]));
      raw(static_cast<std::uint32_t>(value.size()));
      Writer elements(sections_, counts_, list);
      for (auto& element : value) elements.record(element);
    } else if constexpr (requires { value.value; }) {
      raw(value.value);
    } else {
      fields(*this, value);
    }
  }

  std::vector<std::string>& sections_;
  std::vector<std::uint64_t>& counts_;
  Section into_;
};

// ---- reading ----

struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A section of the mapped file, with how much of it was taken. Two threads that count in two sections must
/// not share a line of the cache.
struct alignas(64) Stretch {
  const char* data = nullptr;
  std::uint64_t record_size = 1, count = 0, taken = 0;
  std::uint64_t size = 0, checksum = 0;  // of its bytes with those up to the next section
};

class Reader {
 public:
  Reader(std::vector<Stretch>& sections, Section from)
      : sections_(sections), from_(sections[from]), text_(sections[text_section(from)]) {}
  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

  /// Appends the next `count` records.
  template <class T>
  void take(std::vector<T>& things, std::uint64_t count) {
    if (count > from_.count - from_.taken) throw Damage("a list runs over the end of its section");
    at_ = from_.data + from_.taken * from_.record_size;
    from_.taken += count;
    if constexpr (std::is_same_v<T, Point>) {
      static_assert(sizeof(Point) == 16 && std::is_trivially_copyable_v<Point>);
      const auto* first = reinterpret_cast<const Point*>(at_);
      things.insert(things.end(), first, first + count);
    } else {
      for (std::uint64_t k = 0; k < count; ++k) fields(*this, things.emplace_back());
    }
  }

 private:
  template <class T>
  T raw() {
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  template <class T>
  void one(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      const auto byte = raw<std::uint8_t>();
      if (byte > 1) throw Damage("a yes or no is neither");
      value = byte == 1;
    } else if constexpr (std::is_enum_v<T>) {
      const auto byte = raw<std::uint8_t>();
      if (byte > last_of(T{})) throw Damage("a kind does not exist");
      value = static_cast<T>(byte);
    } else if constexpr (std::is_arithmetic_v<T>) {
      value = raw<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      const auto offset = raw<std::uint64_t>();
      const auto size = raw<std::uint32_t>();
      if (offset != text_.taken || size > text_.count - text_.taken)
        throw Damage("a text lies outside its section");
      value = std::string(text_.data + offset, size);
      text_.taken += size;
    } else if constexpr (requires { value.data(); }) {
      constexpr Section list = list_section<typename T::value_type>();
      const auto first = raw<std::uint32_t>();
      const auto count = raw<std::uint32_t>();
      const Stretch& elements = sections_[list];
      if (first != elements.taken || count > elements.count - elements.taken)
        throw Damage("a list lies outside its section");
      value.reserve(count);
      if (count > 0) Reader(sections_, list).take(value, count);
    } else if constexpr (requires { value.value; }) {
      value.value = raw<std::uint32_t>();
    } else {
      fields(*this, value);
    }
  }

  std::vector<Stretch>& sections_;
  Stretch &from_, &text_;
  const char* at_ = nullptr;
};

void demand_checksum(std::uint64_t sum, const Stretch& section) {
  if (sum != section.checksum) throw Damage("a checksum does not agree");
}

void check_section(const Stretch& section) { demand_checksum(xxh64(section.data, section.size), section); }

/// All of an array, piece by piece: what was summed up is still in the cache when it is read.
template <class T>
void read_array(std::vector<Stretch>& sections, Section section, std::vector<T>& things) {
  constexpr std::uint64_t kPiece = 4096;
  const Stretch& from = sections[section];
  reserve_on_large_pages(things, from.count);
  Reader reader(sections, section);
  Xxh64 sum;
  while (from.taken < from.count) {
    const std::uint64_t count = std::min(kPiece, from.count - from.taken);
    sum.add(from.data + from.taken * from.record_size, count * from.record_size);
    reader.take(things, count);
  }
  const std::uint64_t records = from.count * from.record_size;
  sum.add(from.data + records, from.size - records);
  demand_checksum(sum.value(), from);
}

/// A file mapped for reading.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      throw InputError(path, "", std::string("cannot be read (") + std::strerror(errno) + ")",
                       "Correct the path");
    struct stat about {};
    const bool regular = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    if (regular) size_ = static_cast<std::size_t>(about.st_size);
    if (regular && size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int error = errno;
    ::close(descriptor);
    if (!regular) throw InputError(path, "", "this is no regular file", "Name an .arnet file");
    if (data_ == MAP_FAILED)
      throw InputError(path, "", std::string("cannot be mapped into memory (") + std::strerror(error) + ")",
                       "Free some memory");
  }
  ~Mapping() {
    if (data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  const char* data() const { return static_cast<const char*>(data_ == MAP_FAILED ? nullptr : data_); }
  std::size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

constexpr const char* kMakeAgain = "Make it again with `arterial import`";

std::vector<Stretch> sections_of(const std::string& path, const Mapping& file) {
  Header header;
  if (file.size() < sizeof header || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0)
    throw InputError(path, "", "this is no .arnet network file",
                     "Make one with `arterial import SOURCE -o FILE.arnet`");
  std::memcpy(&header, file.data(), sizeof header);
  if (header.version != kVersion)
    throw InputError(path, "",
                     "is of version " + std::to_string(header.version) + "; this program reads version " +
                         std::to_string(kVersion),
                     kMakeAgain);
  if (header.file_size != file.size())
    throw InputError(path, "",
                     "has " + std::to_string(file.size()) + " bytes where " +
                         std::to_string(header.file_size) + " were written",
                     kMakeAgain);
  if (header.section_count != kSectionCount ||
      file.size() < sizeof header + kSectionCount * sizeof(SectionEntry))
    throw InputError(path, "", "does not have the sections of a network", kMakeAgain);
  if (xxh64(file.data() + sizeof header, kSectionCount * sizeof(SectionEntry), kSectionCount) !=
      header.checksum)
    throw InputError(path, "", "is damaged (the checksum of its table does not agree)", kMakeAgain);

  const std::vector<std::uint64_t> sizes = record_sizes();
  std::vector<Stretch> sections(kSectionCount);
  std::uint64_t begin = sizeof header + kSectionCount * sizeof(SectionEntry), end = begin;
  for (std::uint32_t s = 0; s < kSectionCount; ++s) {
    SectionEntry entry;
    std::memcpy(&entry, file.data() + sizeof header + s * sizeof entry, sizeof entry);
    const bool fits = entry.record_size == sizes[s] && entry.begin == begin &&
                      entry.count <= (file.size() - begin) / sizes[s] &&
                      (s == kText || s == kLaneText || entry.count < Id<void>::kNone);
    if (!fits)
      throw InputError(path, "section " + std::to_string(s), "does not fit into the file", kMakeAgain);
    end = begin + entry.count * entry.record_size;
    const std::uint64_t next = std::min<std::uint64_t>(next_begin(end), file.size());
    sections[s] = {file.data() + begin, entry.record_size, entry.count, 0, next - begin, entry.checksum};
    begin = next;
  }
  if (end != file.size()) throw InputError(path, "", "has bytes behind its last section", kMakeAgain);
  return sections;
}

void describe(Network& network, Whole whole) {
  network.name = std::move(whole.name);
  network.crs = std::move(whole.crs);
  network.source = std::move(whole.source);
  network.licence = std::move(whole.licence);
  network.attribution = std::move(whole.attribution);
  network.offset_x_m = whole.offset_x_m;
  network.offset_y_m = whole.offset_y_m;
  network.road_lane_count = whole.road_lane_count;
  network.left_hand = whole.left_hand;
}

}  // namespace

void write_network(const Network& network, const std::string& path) {
  std::vector<std::string> sections(kSectionCount);
  std::vector<std::uint64_t> counts(kSectionCount, 0);
  Whole whole{network.name,        network.crs,        network.source,     network.licence,
              network.attribution, network.offset_x_m, network.offset_y_m, network.road_lane_count,
              network.left_hand};
  Writer(sections, counts, kWhole).record(whole);
  // `fields` serves reading too and takes its record by reference to non-const; the writer changes nothing.
  each_array(const_cast<Network&>(network), [&](Section section, auto& things) {
    Writer writer(sections, counts, section);
    for (auto& thing : things) writer.record(thing);
  });
  counts[kText] = sections[kText].size();
  counts[kLaneText] = sections[kLaneText].size();

  const std::vector<std::uint64_t> sizes = record_sizes();
  std::vector<SectionEntry> table;
  std::uint64_t begin = sizeof(Header) + kSectionCount * sizeof(SectionEntry);
  for (std::uint32_t s = 0; s < kSectionCount; ++s) {
    std::string& section = sections[s];
    if (s + 1 < kSectionCount) section.resize(next_begin(section.size()));
    table.push_back({sizes[s], counts[s], begin, xxh64(section.data(), section.size())});
    begin += section.size();
  }
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.section_count = kSectionCount;
  header.file_size = begin;
  header.checksum = xxh64(table.data(), table.size() * sizeof table[0], kSectionCount);

  AtomicFile file(path);
  file.write({reinterpret_cast<const char*>(&header), sizeof header});
  file.write({reinterpret_cast<const char*>(table.data()), table.size() * sizeof table[0]});
  for (const std::string& section : sections) file.write(section);
  file.commit();
}

Network read_network(const std::string& path) {
  const Mapping file(path);
  std::vector<Stretch> sections = sections_of(path, file);
  Network network;
  try {
    std::vector<std::function<void()>> jobs;  // the longest first
    jobs.push_back([&] {
      check_section(sections[kLaneText]);
      read_array(sections, kLanes, network.lanes);
    });
    jobs.push_back([&] {  // what shares text and lists, in the order in which it was written
      for (std::uint32_t s = kPieces; s < kSectionCount; ++s)
        if (s != kLaneText) check_section(sections[s]);
      std::vector<Whole> whole;
      read_array(sections, kWhole, whole);
      if (whole.size() != 1) throw Damage("it is not one network");
      describe(network, std::move(whole.front()));
      each_array(network, [&](Section section, auto& things) {
        if (!stands_alone(section)) read_array(sections, section, things);
      });
    });
    jobs.push_back([&] { read_array(sections, kPoints, network.points); });
    jobs.push_back([&] { read_array(sections, kConflicts, network.conflicts); });
    jobs.push_back([&] { read_array(sections, kBuildings, network.buildings); });
    jobs.push_back([&] { read_array(sections, kWater, network.water); });
    run_side_by_side(jobs, threads_worth(file.size()));
    for (const Stretch& s : sections)
      if (s.taken != s.count) throw Damage("a section holds more than the network names");
  } catch (const Damage& damage) {
    throw InputError(path, "", std::string("is damaged (") + damage.what() + ")", kMakeAgain);
  }
  const std::vector<std::string> faults = faults_in(network);
  if (!faults.empty())
    throw InputError(path, "", "is not a sound network (" + faults.front() + ")", kMakeAgain);
  return network;
}

}  // namespace arterial

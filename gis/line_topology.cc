#include "gis/line_topology.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <unordered_map>

namespace arterial {
namespace {

constexpr std::size_t kMostListed = 1000, kMostCrossings = 2'000'000, kMostCells = 200'000'000;
constexpr std::uint64_t kMostCompared = 2'000'000'000;  // pairs: some seconds
constexpr double kSamePlace_m = 1e-3;
constexpr std::uint32_t kNone = 0xffffffffu;

double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

struct Cell {
  std::int64_t x = 0, y = 0;
  bool operator==(const Cell&) const = default;
};
struct CellHash {
  std::size_t operator()(const Cell& c) const {
    std::uint64_t a =
        static_cast<std::uint64_t>(c.x) * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(c.y);
    a = (a ^ (a >> 31)) * 0xbf58476d1ce4e5b9ull;
    return static_cast<std::size_t>(a ^ (a >> 29));
  }
};
Cell cell_of(Point p, double size) {
  return {static_cast<std::int64_t>(std::floor(p.x / size)),
          static_cast<std::int64_t>(std::floor(p.y / size))};
}
/// Places are compared in millimetres.
Cell place_of(Point p) { return {std::llround(p.x / kSamePlace_m), std::llround(p.y / kSamePlace_m)}; }

struct Segment {
  std::uint32_t line = 0, at = 0;  // from points[at] to points[at + 1]
};

/// Which segments pass a square of the ground. Looked up, never walked, so its order does not matter.
class SegmentGrid {
 public:
  explicit SegmentGrid(const std::vector<DraftLine>& lines) : lines_(lines) {
    double length = 0;
    std::size_t segments = 0;
    for (const DraftLine& line : lines)
      for (std::size_t k = 0; k + 1 < line.points.size(); ++k, ++segments)
        length += distance(line.points[k], line.points[k + 1]);
    size_ = std::max(20.0, segments == 0 ? 0 : length / static_cast<double>(segments));
    std::size_t entries = 0;
    for (std::uint32_t l = 0; l < lines.size(); ++l)
      for (std::uint32_t k = 0; k + 1 < lines[l].points.size(); ++k)
        each_cell(lines[l].points[k], lines[l].points[k + 1], [&](Cell c) {
          if (++entries > kMostCells) throw std::length_error("the lines are too long for their number");
          cells_[c].push_back({l, k});
        });
  }

  /// Every segment that may come nearer than `reach` (at most the cell's size), some of them several times.
  template <class Take>
  void near(Point p, double reach, Take&& take) const {
    const Cell low = cell_of({p.x - reach, p.y - reach}, size_),
               high = cell_of({p.x + reach, p.y + reach}, size_);
    for (std::int64_t y = low.y; y <= high.y; ++y)
      for (std::int64_t x = low.x; x <= high.x; ++x)
        if (const auto found = cells_.find({x, y}); found != cells_.end())
          for (const Segment& s : found->second) take(s);
  }

  /// All pairs (each once per shared cell) in the order of lines.
  template <class Take>
  void pairs_of(std::uint32_t line, std::uint32_t at, Take&& take) const {
    each_cell(lines_[line].points[at], lines_[line].points[at + 1], [&](Cell c) {
      for (const Segment& other : cells_.at(c))
        if (other.line > line || (other.line == line && other.at > at)) take(other, c);
    });
  }

  Cell cell(Point p) const { return cell_of(p, size_); }

 private:
  /// The cells of a row that the segment passes, row by row.
  template <class Take>
  void each_cell(Point a, Point b, Take&& take) const {
    if (a.y > b.y) std::swap(a, b);
    const std::int64_t first = cell_of(a, size_).y, last = cell_of(b, size_).y;
    for (std::int64_t y = first; y <= last; ++y) {
      const auto x_at = [&](double wanted) {
        if (b.y - a.y < 1e-12) return wanted <= a.y ? a.x : b.x;
        return a.x + (b.x - a.x) * std::clamp((wanted - a.y) / (b.y - a.y), 0.0, 1.0);
      };
      double low = x_at(static_cast<double>(y) * size_), high = x_at(static_cast<double>(y + 1) * size_);
      if (first == last) low = a.x, high = b.x;
      if (low > high) std::swap(low, high);
      const std::int64_t x0 = cell_of({low - 1e-6, 0}, size_).x, x1 = cell_of({high + 1e-6, 0}, size_).x;
      for (std::int64_t x = x0; x <= x1; ++x) take(Cell{x, y});
    }
  }

  const std::vector<DraftLine>& lines_;
  double size_ = 20;
  std::unordered_map<Cell, std::vector<Segment>, CellHash> cells_;
};

struct Projection {
  double t = 0, gap_m = 0;
  Point at;
};

Projection onto(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  Projection out;
  out.t = square > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / square, 0.0, 1.0) : 0;
  out.at = {a.x + out.t * dx, a.y + out.t * dy};
  out.gap_m = distance(p, out.at);
  return out;
}

std::string metres_text(double value) {
  const auto cm = static_cast<long long>(std::llround(value * 100));
  std::string text = std::to_string(cm / 100) + ".";
  return text + (cm % 100 < 10 ? "0" : "") + std::to_string(cm % 100) + " m";
}

/// Problems of one kind: the first are listed with their place, all are counted.
class Listed {
 public:
  Listed(std::vector<Problem>& problems, Severity severity, std::string code)
      : problems_(problems), severity_(severity), code_(std::move(code)) {}
  void add(const std::string& id, Point at, std::string words) {
    if (++count_ <= kMostListed) problems_.push_back({severity_, code_, id, at.x, at.y, std::move(words)});
  }
  void close() {
    if (count_ > kMostListed)
      problems_.push_back({severity_, code_, "", 0, 0,
                           "And " + std::to_string(count_ - kMostListed) + " more of the same kind."});
  }
  std::size_t count() const { return count_; }

 private:
  std::vector<Problem>& problems_;
  Severity severity_;
  std::string code_;
  std::size_t count_ = 0;
};

class MeetByPlace {
 public:
  MeetByPlace(std::vector<DraftLine> lines, const TopologyOptions& options)
      : lines_(std::move(lines)), options_(options) {}

  Topology meet() {
    close_gaps();
    cross();
    make_nodes();
    return std::move(out_);
  }

 private:
  /// A million ends in one place would be compared with each other for hours.
  void compare() {
    if (++compared_ > kMostCompared) throw std::length_error("too many lines lie in one place");
  }

  struct Insertion {
    std::uint32_t line = 0, at = 0;  // into the segment behind points[at]
    double t = 0;
    Point point;
  };

  Point& end_of(std::uint32_t line, bool last) {
    return last ? lines_[line].points.back() : lines_[line].points.front();
  }

  /// Dangling ends move to the nearest vertex; failing that, every end moves onto a line that it nearly
  /// touches.
  void close_gaps() {
    if (options_.snap_m <= 0) return;
    Listed closed(out_.problems, Severity::kGuess, "gap_closed");
    std::unordered_map<Cell, std::uint32_t, CellHash> uses;
    for (const DraftLine& line : lines_)
      for (const Point& p : line.points) ++uses[place_of(p)];
    close_to_vertices(uses, closed);
    close_to_lines(closed);
    closed.close();
  }

  void close_to_vertices(std::unordered_map<Cell, std::uint32_t, CellHash>& uses, Listed& closed) {
    const double size = std::max(options_.snap_m, 0.01);
    struct Vertex {
      std::uint32_t line, at;
    };
    std::unordered_map<Cell, std::vector<Vertex>, CellHash> vertices;
    for (std::uint32_t l = 0; l < lines_.size(); ++l)
      for (std::uint32_t k = 0; k < lines_[l].points.size(); ++k)
        vertices[cell_of(lines_[l].points[k], size)].push_back({l, k});
    for (std::uint32_t l = 0; l < lines_.size(); ++l)
      for (const bool last : {false, true}) {
        Point& end = end_of(l, last);
        if (uses[place_of(end)] != 1) continue;
        double best = options_.snap_m + kSamePlace_m / 2;
        Point to{};
        std::uint32_t with = kNone;
        const Cell middle = cell_of(end, size);
        for (std::int64_t y = middle.y - 1; y <= middle.y + 1; ++y)
          for (std::int64_t x = middle.x - 1; x <= middle.x + 1; ++x) {
            const auto found = vertices.find({x, y});
            if (found == vertices.end()) continue;
            for (const Vertex& v : found->second) {
              compare();
              if (v.line == l) continue;
              const bool is_end = v.at == 0 || v.at + 1 == lines_[v.line].points.size();
              if (!is_end && lines_[v.line].level != lines_[l].level) continue;
              const Point p = lines_[v.line].points[v.at];  // ends that moved count where they are now
              const double gap = distance(p, end);
              if (gap < best) best = gap, to = p, with = v.line;
            }
          }
        if (with == kNone) continue;
        closed.add(lines_[l].id, to,
                   "The " + std::string(last ? "end" : "beginning") + " of " + lines_[l].id + " lay " +
                       metres_text(best) + " from " + lines_[with].id + "; they meet now.");
        --uses[place_of(end)];
        end = to;
        ++uses[place_of(end)];
      }
  }

  void close_to_lines(Listed& closed) {
    const SegmentGrid grid(lines_);
    std::vector<Insertion> insertions;
    for (std::uint32_t l = 0; l < lines_.size(); ++l)
      for (const bool last : {false, true}) {
        const Point end = end_of(l, last);
        Segment best_segment;
        Projection best;
        best.gap_m = options_.snap_m;
        bool found = false, meets_line = false;
        std::uint32_t met = kNone;
        grid.near(end, options_.snap_m, [&](const Segment& s) {
          compare();
          const DraftLine& other = lines_[s.line];
          if (s.line == l || other.level != lines_[l].level) return;
          const Point a = other.points[s.at], b = other.points[s.at + 1];
          if (distance(a, end) <= kSamePlace_m || distance(b, end) <= kSamePlace_m)
            meets_line = true, met = s.line;
          const Projection p = onto(end, a, b);
          const double length = distance(a, b);
          if (p.gap_m > best.gap_m || p.t * length <= kSamePlace_m || (1 - p.t) * length <= kSamePlace_m)
            return;
          if (found && p.gap_m == best.gap_m && s.line >= best_segment.line) return;
          best = p, best_segment = s, found = true;
        });
        if (!found || (meets_line && met == best_segment.line)) continue;
        insertions.push_back({best_segment.line, best_segment.at, best.t, end});
        closed.add(lines_[l].id, end,
                   "The " + std::string(last ? "end" : "beginning") + " of " + lines_[l].id + " lay " +
                       metres_text(best.gap_m) + " from the middle of " + lines_[best_segment.line].id +
                       "; they meet now.");
      }
    insert(insertions);
  }

  void insert(std::vector<Insertion>& insertions) {
    std::stable_sort(insertions.begin(), insertions.end(), [](const Insertion& a, const Insertion& b) {
      return a.line != b.line ? a.line < b.line : a.at != b.at ? a.at < b.at : a.t < b.t;
    });
    std::size_t next = 0;
    while (next < insertions.size()) {
      const std::uint32_t l = insertions[next].line;
      std::vector<Point> points;
      for (std::uint32_t k = 0; k < lines_[l].points.size(); ++k) {
        points.push_back(lines_[l].points[k]);
        for (; next < insertions.size() && insertions[next].line == l && insertions[next].at == k; ++next)
          if (place_of(points.back()) != place_of(insertions[next].point))
            points.push_back(insertions[next].point);
      }
      lines_[l].points = std::move(points);
    }
  }

  void cross() {
    const SegmentGrid grid(lines_);
    std::vector<Insertion> insertions;
    std::size_t joined = 0, apart = 0, over = 0;
    for (std::uint32_t l = 0; l < lines_.size(); ++l)
      for (std::uint32_t k = 0; k + 1 < lines_[l].points.size(); ++k)
        grid.pairs_of(l, k, [&](const Segment& other, Cell cell) {
          compare();
          double t = 0, u = 0;
          Point at;
          if (!crossing(lines_[l].points[k], lines_[l].points[k + 1], lines_[other.line].points[other.at],
                        lines_[other.line].points[other.at + 1], t, u, at) ||
              !(grid.cell(at) == cell))
            return;
          if (lines_[l].level != lines_[other.line].level) {
            ++over;
            return;
          }
          if (!options_.cross_by_level || other.line == l) {
            ++apart;
            return;
          }
          if (++joined > kMostCrossings) throw std::length_error("the lines cross more than 2,000,000 times");
          insertions.push_back({l, k, t, at});
          insertions.push_back({other.line, other.at, u, at});
        });
    insert(insertions);
    const auto note = [&](Severity severity, const char* code, const std::string& words) {
      out_.problems.push_back({severity, code, "", 0, 0, words});
    };
    if (joined)
      note(Severity::kGuess, "crossings_joined",
           std::to_string(joined) +
               " times lines of one level cross without a common vertex; they meet there now.");
    if (apart)
      note(Severity::kWarning, "crossings_apart",
           std::to_string(apart) +
               " times lines of one level cross without a common vertex; they do not meet (crossings: "
               "apart).");
    if (over)
      note(Severity::kNote, "crossings_over",
           std::to_string(over) + " times lines of different levels cross; they do not meet.");
  }

  /// Strictly inside both.
  static bool crossing(Point a, Point b, Point c, Point d, double& t, double& u, Point& at) {
    const double abx = b.x - a.x, aby = b.y - a.y, cdx = d.x - c.x, cdy = d.y - c.y;
    const double cross = abx * cdy - aby * cdx;
    const double ab = std::hypot(abx, aby), cd = std::hypot(cdx, cdy);
    if (std::abs(cross) < 1e-9 * ab * cd || ab == 0 || cd == 0) return false;
    t = ((c.x - a.x) * cdy - (c.y - a.y) * cdx) / cross;
    u = ((c.x - a.x) * aby - (c.y - a.y) * abx) / cross;
    if (t * ab <= kSamePlace_m || (1 - t) * ab <= kSamePlace_m || u * cd <= kSamePlace_m ||
        (1 - u) * cd <= kSamePlace_m)
      return false;
    at = {a.x + t * abx, a.y + t * aby};
    return true;
  }

  /// One node per place; but lines of several levels that only pass through a place do not meet there.
  void make_nodes() {
    struct Place {
      std::uint32_t node = kNone;
      int level = 0;
      bool several = false, ends = false;
    };
    std::unordered_map<Cell, Place, CellHash> places;
    for (const DraftLine& line : lines_)
      for (std::size_t k = 0; k < line.points.size(); ++k) {
        const auto [found, is_new] = places.try_emplace(place_of(line.points[k]));
        Place& place = found->second;
        if (is_new) place.level = line.level;
        place.several |= place.level != line.level;
        place.ends |= k == 0 || k + 1 == line.points.size();
      }
    std::unordered_map<Cell, std::vector<std::pair<int, std::uint32_t>>, CellHash> by_level;
    out_.lines.resize(lines_.size());
    for (std::size_t l = 0; l < lines_.size(); ++l) {
      auto& nodes = out_.lines[l];
      for (const Point& p : lines_[l].points) {
        Place& place = places[place_of(p)];
        const std::uint32_t node = place.several && !place.ends
                                       ? node_of_level(by_level[place_of(p)], lines_[l].level, p)
                                       : (place.node == kNone ? place.node = add_node(p) : place.node);
        if (nodes.empty() || nodes.back() != node) nodes.push_back(node);
      }
      if (nodes.size() < 2) nodes.clear();
    }
  }

  std::uint32_t node_of_level(std::vector<std::pair<int, std::uint32_t>>& nodes, int level, Point p) {
    for (const auto& [known, node] : nodes)
      if (known == level) return node;
    nodes.emplace_back(level, add_node(p));
    return nodes.back().second;
  }

  std::uint32_t add_node(Point p) {
    PlanNode node;
    node.at = p;
    out_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(out_.nodes.size() - 1);
  }

  std::vector<DraftLine> lines_;
  TopologyOptions options_;
  Topology out_;
  std::uint64_t compared_ = 0;
};

}  // namespace

Topology meet_by_place(std::vector<DraftLine> lines, const TopologyOptions& options) {
  return MeetByPlace(std::move(lines), options).meet();
}

Topology meet_by_id(const std::vector<DraftLine>& lines, const NodeTable& table,
                    const TopologyOptions& options) {
  Topology out;
  out.nodes = table;
  out.lines.resize(lines.size());
  std::unordered_map<std::string, std::uint32_t> node_of;
  for (std::uint32_t k = 0; k < table.size(); ++k) node_of.emplace(table[k].id, k);
  Listed moved(out.problems, Severity::kWarning, "end_far_from_node");
  Listed unknown(out.problems, Severity::kError, "node_unknown");
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const DraftLine& line = lines[l];
    std::uint32_t ends[2] = {kNone, kNone};
    for (const bool last : {false, true}) {
      const std::string& id = last ? line.to : line.from;
      auto found = node_of.find(id);
      if (found == node_of.end() && table.empty() && !line.points.empty() && !id.empty()) {
        found = node_of.emplace(id, static_cast<std::uint32_t>(out.nodes.size())).first;
        PlanNode node;
        node.id = id;
        node.at = last ? line.points.back() : line.points.front();
        out.nodes.push_back(std::move(node));
      }
      if (found == node_of.end()) {
        unknown.add(line.id, line.points.empty() ? Point{} : line.points.front(),
                    line.id + " leads " + (last ? "to" : "from") + " the node '" + id.substr(0, 60) +
                        "', which is not there; it is left out.");
        continue;
      }
      ends[last] = found->second;
      if (line.points.empty()) continue;
      const double gap =
          distance(last ? line.points.back() : line.points.front(), out.nodes[found->second].at);
      if (gap > options.snap_m)
        moved.add(line.id, out.nodes[found->second].at,
                  "The " + std::string(last ? "end" : "beginning") + " of " + line.id + " lies " +
                      metres_text(gap) + " from its node " + id.substr(0, 60) + "; the node's place counts.");
    }
    if (ends[0] == kNone || ends[1] == kNone) continue;
    auto& nodes = out.lines[l];
    nodes.push_back(ends[0]);
    for (std::size_t k = 1; k + 1 < line.points.size(); ++k) {
      PlanNode node;
      node.at = line.points[k];
      if (distance(node.at, out.nodes[nodes.back()].at) <= kSamePlace_m) continue;
      nodes.push_back(static_cast<std::uint32_t>(out.nodes.size()));
      out.nodes.push_back(std::move(node));
    }
    nodes.push_back(ends[1]);
    // A loop needs a point on its way.
    if (nodes.size() == 2 && nodes[0] == nodes[1]) nodes.clear();
  }
  moved.close();
  unknown.close();
  return out;
}

}  // namespace arterial

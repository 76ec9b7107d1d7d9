#include "scenarios/map/junction_picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "scenarios/map/draw_junction.h"
#include "scenarios/map/map.h"
#include "sim/model/atomic_file.h"
#include "sim/model/problem.h"

namespace arterial {
namespace {

constexpr double kHeader_px = 66, kFooter_px = 26, kPanel_px = 390, kMargin_px = 18;
constexpr double kRoadAround_m = 28;
constexpr Colour kInk{0.13, 0.15, 0.18}, kSoftInk{0.38, 0.40, 0.43}, kPanelGround{1, 1, 1},
    kRule{0.83, 0.83, 0.81};
constexpr std::size_t kMostRows = 24, kMostPhases = 60;

const char* words_of(JunctionType type) {
  static constexpr const char* kWords[] = {"priority",     "signal",        "right before left",
                                           "all-way stop", "roundabout",    "zipper",
                                           "unregulated",  "rail crossing", "dead end"};
  return kWords[static_cast<unsigned>(type)];
}

const char* words_of(Turn turn) {
  static constexpr const char* kWords[] = {"straight", "right", "left", "U-turn", "half right", "half left"};
  return kWords[static_cast<unsigned>(turn)];
}

std::string counted(std::size_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

class Picture {
 public:
  explicit Picture(const JunctionPicture& asked)
      : p_(asked),
        n_(*asked.network),
        j_(n_[asked.junction]),
        canvas_(asked.width_px, asked.height_px, kPaper),
        approaches_(approaches_of(n_, asked.junction)) {
    for (const Connection& c : n_.connections)
      if (c.junction == p_.junction) ways_.push_back(&c);
  }

  std::string png() {
    const MapFrame frame = frame_of();
    MapPicture ground;
    ground.network = &n_;
    draw_network(ground, frame, canvas_);
    draw_junctions(n_, p_.junction, frame, canvas_);
    scale_bar(frame);
    header();
    double y = kHeader_px + 14;
    panel();
    y = legend(y);
    signal_plan(y);
    footer();
    return canvas_.png();
  }

 private:
  double panel_x() const { return p_.width_px - kPanel_px; }

  MapFrame frame_of() const {
    double x0 = j_.at.x, x1 = x0, y0 = j_.at.y, y1 = y0;
    const auto hold = [&](const Shape& s) {
      for (std::uint32_t k = 0; k < s.count; ++k) {
        const Point& q = n_.points[s.first + k];
        x0 = std::min(x0, q.x), x1 = std::max(x1, q.x), y0 = std::min(y0, q.y), y1 = std::max(y1, q.y);
      }
    };
    hold(j_.shape);
    for (const Connection* c : ways_) hold(n_[c->lane].shape);
    MapFrame f;
    f.top_px = kHeader_px;
    f.width_px = panel_x();
    f.height_px = p_.height_px - kHeader_px - kFooter_px;
    const double wide = x1 - x0 + 2 * kRoadAround_m, high = y1 - y0 + 2 * kRoadAround_m;
    f.px_per_m = p_.width_m > 0 ? f.width_px / std::clamp(p_.width_m, 10.0, 5000.0)
                                : std::min(f.width_px / wide, f.height_px / high);
    f.x0_m = (x0 + x1) / 2 - 0.5 * f.width_px / f.px_per_m;
    f.y1_m = (y0 + y1) / 2 + 0.5 * f.height_px / f.px_per_m;
    return f;
  }

  void header() {
    canvas_.colour(kPanelGround);
    canvas_.box(0, 0, p_.width_px, kHeader_px);
    canvas_.colour(kRule);
    canvas_.box(0, kHeader_px - 1, p_.width_px, 1);
    std::set<std::string> streets;
    for (const Link& l : n_.links)
      if ((l.to == p_.junction || l.from == p_.junction) && !l.name.empty()) streets.insert(l.name);
    std::string names;
    for (const std::string& s : streets) names += (names.empty() ? "" : ", ") + s;
    canvas_.colour(kInk);
    canvas_.text(p_.title.empty() ? (names.empty() ? j_.id : names) : p_.title, kMargin_px, 8, 22,
                 Canvas::Align::kLeft, p_.width_px - 2 * kMargin_px, true);
    std::size_t crossing = 0, merging = 0;
    for (const Conflict& k : n_.conflicts)
      if (n_[k.a].junction == p_.junction) ++(k.merge ? merging : crossing);
    const std::string words = j_.id + "  |  " + words_of(j_.type) + "  |  " +
                              counted(j_.source_ids.size(), "source node") + "  |  " +
                              std::to_string(approaches_.size()) + " approaches" + "  |  " +
                              counted(ways_.size(), "connection") + "  |  " + counted(crossing, "crossing") +
                              ", " + counted(merging, "merge");
    canvas_.colour(kSoftInk);
    canvas_.text(words, kMargin_px, 40, 14, Canvas::Align::kLeft, p_.width_px - 2 * kMargin_px);
  }

  void panel() {
    canvas_.colour(kPanelGround);
    canvas_.box(panel_x(), kHeader_px, kPanel_px, p_.height_px - kHeader_px - kFooter_px);
    canvas_.colour(kRule);
    canvas_.box(panel_x(), kHeader_px, 1, p_.height_px - kHeader_px - kFooter_px);
  }

  double legend(double y) {
    const double x = panel_x() + kMargin_px, second = x + 180;
    const Turn turns[] = {Turn::kStraight, Turn::kPartRight, Turn::kRight,
                          Turn::kPartLeft, Turn::kLeft,      Turn::kUTurn};
    for (std::size_t i = 0; i < 6; ++i) {
      const double top = y + 22.0 * static_cast<double>(i);
      canvas_.colour(colour_of(turns[i]));
      canvas_.box(x, top + 9, 30, 3);
      canvas_.colour(kInk);
      canvas_.text(words_of(turns[i]), x + 40, top, 14);
    }
    const std::pair<MarkKind, const char*> marks[] = {{MarkKind::kSignal, "signal"},
                                                      {MarkKind::kPriority, "goes first"},
                                                      {MarkKind::kYield, "gives way"},
                                                      {MarkKind::kStop, "stops"},
                                                      {MarkKind::kEqual, "right before left"}};
    double top = y;
    for (const auto& [mark, words] : marks) {
      draw_mark(mark, second + 8, top + 10, 15, canvas_);
      canvas_.colour(kInk);
      canvas_.text(n_.left_hand && mark == MarkKind::kEqual ? "left before right" : words, second + 26, top,
                   14);
      top += 22;
    }
    canvas_.colour(kCrossing, 0.6);
    canvas_.box(second, top + 5, 10, 10);
    canvas_.colour(kMerging, 0.8);
    canvas_.box(second + 84, top + 5, 10, 10);
    canvas_.colour(kInk);
    canvas_.text("crossing", second + 15, top, 13);
    canvas_.text("merge", second + 99, top, 13);
    return y + 22 * 6 + 14;
  }

  // -- the signal's program

  struct Row {
    std::string name;
    std::string lane_words;
    std::vector<std::uint16_t> places;  // in the state string
  };

  std::vector<Row> rows_of(SignalId signal) const {
    std::vector<Row> rows;
    for (std::size_t a = 0; a < approaches_.size() && a < 26; ++a) {
      std::map<Turn, Row> by_turn;
      for (const Connection* c : ways_)
        if (n_[c->from].link == approaches_[a] && c->signal == signal)
          by_turn[c->turn].places.push_back(c->signal_index);
      for (auto& [turn, row] : by_turn) {
        row.name = std::string(1, static_cast<char>('A' + a)) + " " + words_of(turn);
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }

  void signal_plan(double y) {
    SignalId signal;
    for (const Connection* c : ways_)
      if (c->signal.valid()) signal = c->signal;
    const double x = panel_x() + kMargin_px;
    if (!signal.valid()) return;
    const Signal& s = n_[signal];
    if (s.programs.empty() || s.programs[s.active_program].phases.empty()) return;
    const Program& program = s.programs[s.active_program];
    double cycle = 0;
    for (const Phase& phase : program.phases) cycle += phase.duration_s;
    canvas_.colour(kInk);
    canvas_.text(std::string(s.guessed ? "Guessed" : "Signal") + " program, cycle " +
                     std::to_string(std::lround(cycle)) + " s, " + (program.actuated ? "actuated" : "fixed"),
                 x, y, 15, Canvas::Align::kLeft, kPanel_px - 2 * kMargin_px, true);
    y += 28;
    const std::vector<Row> rows = rows_of(signal);
    for (std::size_t i = 0; i < rows.size() && i < kMostRows && y < p_.height_px - kFooter_px - 60;
         ++i, y += 21)
      plan_row(rows[i], program, cycle, y);
    time_axis(program, cycle, y + 2);
  }

  void plan_row(const Row& row, const Program& program, double cycle, double y) {
    const double x = panel_x() + kMargin_px, bars = x + 92, wide = kPanel_px - 2 * kMargin_px - 92;
    canvas_.colour(kInk);
    canvas_.text(row.name, x, y - 1, 13, Canvas::Align::kLeft, 90);
    double at = 0;
    for (std::size_t k = 0; k < program.phases.size() && k < kMostPhases && cycle > 0; ++k) {
      const Phase& phase = program.phases[k];
      char shown = 'r';
      for (const std::uint16_t place : row.places)
        if (place < phase.state.size()) shown = brighter(shown, phase.state[place]);
      const double left = bars + wide * at / cycle, width = wide * phase.duration_s / cycle;
      at += phase.duration_s;
      canvas_.colour(lamp(shown));
      const bool thin = shown == 'r';
      canvas_.box(left, y + (thin ? 8 : 2), width, thin ? 3 : 15);
      if (shown == 'g' && width > 12) {
        canvas_.colour(kInk);
        canvas_.text("yields", left + width / 2, y + 2, 10, Canvas::Align::kCentre, width);
      }
    }
  }

  static char brighter(char a, char b) {
    static const std::string order = "rsuoOygG";
    const auto rank = [](char c) { return order.find(c) == std::string::npos ? 0 : order.find(c); };
    return rank(b) > rank(a) ? b : a;
  }

  static Colour lamp(char c) {
    switch (c) {
      case 'G': return {0.10, 0.62, 0.45};
      case 'g': return {0.62, 0.86, 0.76};
      case 'y': return {0.96, 0.77, 0.15};
      case 'u': return {0.93, 0.55, 0.25};
      case 's': return {0.55, 0.75, 0.90};
      case 'o':
      case 'O': return {0.75, 0.75, 0.75};
      default: return {0.78, 0.25, 0.25};
    }
  }

  void time_axis(const Program& program, double cycle, double y) {
    const double bars = panel_x() + kMargin_px + 92, wide = kPanel_px - 2 * kMargin_px - 92;
    double at = 0, last_px = -100;
    for (const Phase& phase : program.phases) {
      const double px = bars + wide * at / std::max(cycle, 1e-9);
      canvas_.colour(kRule);
      canvas_.box(px, y, 1, 5);
      if (px - last_px > 26) {
        canvas_.colour(kSoftInk);
        canvas_.text(std::to_string(std::lround(at)), px, y + 5, 11, Canvas::Align::kCentre);
        last_px = px;
      }
      at += phase.duration_s;
    }
  }

  void scale_bar(const MapFrame& f) {
    const double length_m = f.px_per_m * 20 < 220 ? 20 : 10, px = length_m * f.px_per_m;
    const double x = kMargin_px, y = p_.height_px - kFooter_px - 22;
    canvas_.colour(kPaper, 0.8);
    canvas_.box(x - 6, y - 20, px + 12, 30);
    canvas_.colour(kInk);
    canvas_.box(x, y, px, 2);
    canvas_.box(x, y - 5, 2, 7);
    canvas_.box(x + px - 2, y - 5, 2, 7);
    canvas_.text(std::to_string(static_cast<int>(length_m)) + " m", x + px / 2, y - 19, 12,
                 Canvas::Align::kCentre);
  }

  void footer() {
    canvas_.colour(kPanelGround);
    canvas_.box(0, p_.height_px - kFooter_px, p_.width_px, kFooter_px);
    std::string credit = n_.attribution.empty() ? n_.source : n_.attribution;
    if (!n_.licence.empty() && credit.find(n_.licence) == std::string::npos)
      credit += " (" + n_.licence + ")";
    canvas_.colour(kSoftInk);
    canvas_.text((credit.empty() ? "" : "Map data: " + credit + "  |  ") + std::string("Drawn by Arterial"),
                 kMargin_px, p_.height_px - kFooter_px + 5, 11, Canvas::Align::kLeft,
                 p_.width_px - 2 * kMargin_px);
  }

  const JunctionPicture& p_;
  const Network& n_;
  const Junction& j_;
  Canvas canvas_;
  std::vector<LinkId> approaches_;
  std::vector<const Connection*> ways_;
};

}  // namespace

JunctionId find_junction(const Network& network, std::string_view id, const std::string& file) {
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
    if (network.junctions[j].id == id) return JunctionId(j);
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
    for (const std::string& source : network.junctions[j].source_ids)
      if (source == id) return JunctionId(j);
  throw InputError(file, std::string(id.substr(0, 100)), "there is no such junction",
                   "Name a junction or one of its source nodes, as in connections.csv of inspect --tables");
}

std::string junction_png(const JunctionPicture& picture) {
  if (!picture.network || picture.junction.value >= picture.network->junctions.size())
    throw std::invalid_argument("a picture needs a network and a junction of it");
  JunctionPicture asked = picture;
  asked.width_px = std::clamp(asked.width_px, 640, 8192);
  asked.height_px = std::clamp(asked.height_px, 480, 8192);
  return Picture(asked).png();
}

void draw_junction_png(const JunctionPicture& picture, const std::string& path) {
  write_file_atomically(path, junction_png(picture));
}

}  // namespace arterial

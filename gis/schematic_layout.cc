#include "gis/schematic_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace arterial::gis {
namespace {

constexpr std::uint32_t kAllPairs = 1'200;  // up to so many nodes every pair counts, else pairs with pivots
constexpr std::uint32_t kPivots = 60;
constexpr int kPowerSteps = 100, kRounds = 120;
constexpr double kLeastDrawn_m = 60;
constexpr float kFar = std::numeric_limits<float>::infinity();

struct Neighbour {
  std::uint32_t node;
  float length;
};

class Layout {
 public:
  Layout(std::uint32_t nodes, const std::vector<SchemeEdge>& edges) : n_(nodes), edges_(edges), next_(nodes) {
    for (const SchemeEdge& e : edges) {
      if (e.a == e.b) continue;
      next_[e.a].push_back({e.b, static_cast<float>(e.length_m)});
      next_[e.b].push_back({e.a, static_cast<float>(e.length_m)});
    }
  }

  std::vector<Point> make() {
    choose_pivots();
    first_axes();
    for (int round = 0; round < kRounds; ++round) relax();
    turn_and_scale();
    return std::move(at_);
  }

 private:
  std::vector<float> distances_from(std::uint32_t source) const {
    std::vector<float> d(n_, kFar);
    using Item = std::pair<float, std::uint32_t>;
    std::priority_queue<Item, std::vector<Item>, std::greater<>> open;
    d[source] = 0;
    open.push({0.0f, source});
    while (!open.empty()) {
      const auto [length, node] = open.top();
      open.pop();
      if (length > d[node]) continue;
      for (const Neighbour& v : next_[node])
        if (length + v.length < d[v.node]) open.push({d[v.node] = length + v.length, v.node});
    }
    return d;
  }

  /// Each pivot is the node farthest from all before it; with few nodes all are pivots. Parts that no way
  /// joins lie a little farther apart than anything else.
  void choose_pivots() {
    const std::uint32_t count = n_ <= kAllPairs ? n_ : kPivots;
    std::vector<float> nearest(n_, kFar);
    std::uint32_t pivot = 0;
    float longest = 0;
    for (std::uint32_t k = 0; k < count; ++k) {
      pivots_.push_back(pivot);
      away_.push_back(distances_from(pivot));
      for (std::uint32_t i = 0; i < n_; ++i) {
        nearest[i] = std::min(nearest[i], away_.back()[i]);
        if (std::isfinite(away_.back()[i])) longest = std::max(longest, away_.back()[i]);
      }
      pivot = n_ <= kAllPairs ? k + 1
                              : static_cast<std::uint32_t>(std::max_element(nearest.begin(), nearest.end()) -
                                                           nearest.begin());
    }
    const float apart = longest > 0 ? longest * 1.2f : 1000.0f;
    for (auto& row : away_)
      for (float& d : row)
        if (!std::isfinite(d)) d = apart;
  }

  void first_axes() {
    const std::size_t k = pivots_.size();
    std::vector<std::vector<double>> c(k, std::vector<double>(n_));  // doubly centred squares
    double all = 0;
    std::vector<double> of_node(n_, 0);
    for (std::size_t p = 0; p < k; ++p) {
      double of_pivot = 0;
      for (std::uint32_t i = 0; i < n_; ++i) {
        c[p][i] = double{away_[p][i]} * away_[p][i];
        of_pivot += c[p][i] / n_;
        of_node[i] += c[p][i] / static_cast<double>(k);
      }
      for (double& v : c[p]) v -= of_pivot;
      all += of_pivot / static_cast<double>(k);
    }
    for (std::size_t p = 0; p < k; ++p)
      for (std::uint32_t i = 0; i < n_; ++i) c[p][i] = -(c[p][i] - of_node[i] + all) / 2;
    std::vector<std::vector<double>> axes;
    for (int axis = 0; axis < 2; ++axis) {
      std::vector<double> v(n_);
      for (std::uint32_t i = 0; i < n_; ++i) v[i] = std::fmod((i + 1) * 0.6180339887498949, 1.0) - 0.5;
      for (int step = 0; step < kPowerSteps; ++step) {
        std::vector<double> w(n_, 0);
        for (std::size_t p = 0; p < k; ++p) {
          double sum = 0;
          for (std::uint32_t i = 0; i < n_; ++i) sum += c[p][i] * v[i];
          for (std::uint32_t i = 0; i < n_; ++i) w[i] += c[p][i] * sum;
        }
        for (const auto& before : axes) project_out(w, before);
        if (!normalise(w)) break;
        v = std::move(w);
      }
      axes.push_back(v);
    }
    // In the size of the distances; nodes that fall together are parted a little, each its own way.
    double size = 0;
    for (const auto& row : away_)
      for (const float d : row) size = std::max(size, double{d});
    at_.resize(n_);
    for (std::uint32_t i = 0; i < n_; ++i) {
      const double angle = i * 2.399963229728653;
      at_[i] = {size * axes[0][i] + size * 1e-3 * std::cos(angle),
                size * axes[1][i] + size * 1e-3 * std::sin(angle)};
    }
  }

  static void project_out(std::vector<double>& v, const std::vector<double>& unit) {
    double dot = 0;
    for (std::size_t i = 0; i < v.size(); ++i) dot += v[i] * unit[i];
    for (std::size_t i = 0; i < v.size(); ++i) v[i] -= dot * unit[i];
  }

  static bool normalise(std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x * x;
    if (!(sum > 0) || !std::isfinite(sum)) return false;
    for (double& x : v) x /= std::sqrt(sum);
    return true;
  }

  /// One round of majorization: each node goes where its distances pull it.
  void relax() {
    for (std::uint32_t i = 0; i < n_; ++i) {
      double x = 0, y = 0, weights = 0;
      const auto pull = [&](std::uint32_t j, double wanted) {
        if (j == i || !(wanted > 0)) return;
        const double dx = at_[i].x - at_[j].x, dy = at_[i].y - at_[j].y, gap = std::hypot(dx, dy);
        const double weight = 1 / (wanted * wanted), along = gap > 1e-9 ? wanted / gap : 0;
        x += weight * (at_[j].x + dx * along);
        y += weight * (at_[j].y + dy * along);
        weights += weight;
      };
      for (std::size_t p = 0; p < pivots_.size(); ++p) pull(pivots_[p], away_[p][i]);
      if (n_ > kAllPairs)
        for (const Neighbour& v : next_[i]) pull(v.node, v.length);
      if (weights > 0) at_[i] = {x / weights, y / weights};
    }
  }

  void turn_and_scale() {
    double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
    for (const Point& p : at_) mx += p.x / n_, my += p.y / n_;
    for (const Point& p : at_)
      xx += (p.x - mx) * (p.x - mx), xy += (p.x - mx) * (p.y - my), yy += (p.y - my) * (p.y - my);
    double angle = std::atan2(2 * xy, xx - yy) / 2;
    double c = std::cos(angle), s = std::sin(angle);
    std::vector<double> drawn;
    for (Point& p : at_) p = {(p.x - mx) * c + (p.y - my) * s, -(p.x - mx) * s + (p.y - my) * c};
    // The first node lies west and north: a mirrored or turned drawing of the same net would confuse.
    const double east = at_[0].x > 0 ? -1 : 1, north = at_[0].y < 0 ? -1 : 1;
    for (const SchemeEdge& e : edges_)
      if (e.a != e.b) drawn.push_back(std::hypot(at_[e.a].x - at_[e.b].x, at_[e.a].y - at_[e.b].y));
    double scale = 1;
    if (!drawn.empty()) {
      const auto low = drawn.begin() + static_cast<std::ptrdiff_t>(drawn.size() / 50);
      std::nth_element(drawn.begin(), low, drawn.end());
      scale = std::clamp(kLeastDrawn_m / std::max(*low, 1e-3), 1.0, 10.0);
    }
    for (Point& p : at_) p = {p.x * east * scale, p.y * north * scale};
  }

  std::uint32_t n_;
  const std::vector<SchemeEdge>& edges_;
  std::vector<std::vector<Neighbour>> next_;
  std::vector<std::uint32_t> pivots_;
  std::vector<std::vector<float>> away_;  // by pivot, by node
  std::vector<Point> at_;
};

}  // namespace

std::vector<Point> schematic_layout(std::uint32_t nodes, const std::vector<SchemeEdge>& edges) {
  if (nodes == 0) return {};
  return Layout(nodes, edges).make();
}

}  // namespace arterial::gis

// The laws behind recorded leaders (NGSIM), and the simulated diagram beside measured freeway points.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/car_following.h"
#include "scenarios/validate/cases.h"
#include "scenarios/validate/observed.h"
#include "scenarios/validate/ring.h"
#include "scenarios/validate/scene.h"

namespace arterial::validate {
namespace {

struct Pair {  // one follower and its leader, ten times a second
  std::vector<double> place, speed, leader_rear, leader_speed;
};

std::vector<Pair> read_pairs(const NumberTable& t) {
  std::vector<Pair> pairs;
  const auto& id = t.columns.at("pair_id");
  const auto& y = t.columns.at("local_y");
  const auto& v = t.columns.at("v_vel");
  const auto& ahead = t.columns.at("preceding_local_y");
  const auto& length = t.columns.at("preceding_length");
  const auto& ahead_v = t.columns.at("preceding_vel");
  for (std::size_t k = 0; k < t.rows; ++k) {
    if (k == 0 || id[k] != id[k - 1]) pairs.emplace_back();
    Pair& p = pairs.back();
    p.place.push_back(y[k]), p.speed.push_back(v[k]);
    p.leader_rear.push_back(ahead[k] - length[k]), p.leader_speed.push_back(ahead_v[k]);
  }
  // Both must be on the road at once, with air between them.
  std::erase_if(pairs, [](const Pair& p) {
    bool good = p.place.size() >= 100;
    for (std::size_t k = 0; k < p.place.size(); ++k)
      good = good && p.leader_rear[k] - p.place[k] > 0.5 && p.leader_rear[k] - p.place[k] < 120;
    return !good;
  });
  return pairs;
}

/// What a driver is made of, in the order of calibration: tau, min_gap, accel, decel, desired speed.
using Driver = std::array<double, 5>;

struct Error {
  double gap_m = 0, speed_mps = 0;  // root mean squares
  double mixed = 0;  // Kesting and Treiber (2008): squares of the gap's error over the gap, over the mean gap
};

/// Drives behind the recorded leader at 0.1 s, from the recorded start. Krauss without dawdling; both laws
/// under the engine's bounds: v + accel T and the desired speed.
Error drive(const Pair& p, const Driver& d, bool idm) {
  constexpr double kStep = 0.1;
  TypeParams type{};
  type.tau = d[0], type.min_gap = d[1], type.accel = d[2], type.decel = d[3];
  type.max_speed = d[4], type.idm_delta = 4;
  double x = p.place[0], v = p.speed[0];
  double gap_squares = 0, speed_squares = 0, mixed = 0, gaps = 0;
  const std::size_t n = p.place.size();
  for (std::size_t k = 0; k + 1 < n; ++k) {
    const double gap = p.leader_rear[k] - x;
    double next;
    if (idm)
      next = v + kStep * idm_acceleration(v, d[4], gap, v - p.leader_speed[k], type);
    else
      next =
          krauss_follow_speed(gap - type.min_gap, p.leader_speed[k], type.decel, type.decel, type.tau, kStep);
    next = std::max(0.0, std::min({next, v + type.accel * kStep, std::max(d[4], v - type.decel * kStep)}));
    v = next, x += v * kStep;
    const double error = p.leader_rear[k + 1] - x - (p.leader_rear[k + 1] - p.place[k + 1]);
    const double real_gap = p.leader_rear[k + 1] - p.place[k + 1];
    gap_squares += error * error, mixed += error * error / real_gap, gaps += real_gap;
    speed_squares += (v - p.speed[k + 1]) * (v - p.speed[k + 1]);
  }
  const double m = static_cast<double>(n - 1);
  return {std::sqrt(gap_squares / m), std::sqrt(speed_squares / m), std::sqrt(mixed / gaps)};
}

/// Pattern search on the mixed error, from the default driver; every step is the same on every machine.
Driver calibrated(const Pair& p, bool idm, Driver d) {
  constexpr Driver kLow{0.2, 0.5, 0.3, 0.5, 8}, kHigh{4, 10, 5, 9, 40};
  Driver width{0.5, 1.5, 0.8, 1.5, 6};
  double best = drive(p, d, idm).mixed;
  for (int round = 0; round < 30; ++round) {
    bool better = false;
    for (std::size_t k = 0; k < d.size(); ++k)
      for (const double sign : {1.0, -1.0}) {
        Driver trial = d;
        trial[k] = std::clamp(d[k] + sign * width[k], kLow[k], kHigh[k]);
        if (const double error = drive(p, trial, idm).mixed; error < best)
          best = error, d = trial, better = true;
      }
    if (!better)
      for (double& w : width) w /= 2;
  }
  return d;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

Section real_followers(const Effort& effort) {
  Section s;
  s.id = "followers";
  s.title = "Real followers";
  s.words =
      "NGSIM leader-follower pairs (US DOT; 10 Hz): each follower is driven by the law behind its recorded "
      "leader, from its "
      "recorded place and speed, at a step of 0.1 s and without dawdling. Errors are means over the pairs. "
      "Calibrated: tau, minimum gap, "
      "acceleration, deceleration and desired speed of every driver, on the mixed error of Kesting and "
      "Treiber, "
      "\"Calibrating car-following models using trajectory data\" (2008), who find 11 to 29 % for calibrated "
      "models "
      "on other data; beyond 29 % is red. Punzo and Simonelli (2005) and Brockfeld, Kuehne and Wagner (2004) "
      "find 12 to 30 %.";
  const auto table =
      read_numbers(effort.data + "/obs_ngsim/df.csv.gz",
                   {"pair_id", "local_y", "v_vel", "preceding_local_y", "preceding_length", "preceding_vel"});
  if (!table) {
    s.words += "\n\n(Left out: the shared data has no obs_ngsim.)";
    s.told("skipped: no obs_ngsim in the data folder", "", 0);
    return s;
  }
  const std::vector<Pair> pairs = read_pairs(*table);
  s.told("pairs", "", static_cast<double>(pairs.size()));
  const std::size_t every = effort.quick ? 8 : 1;
  for (const bool idm : {false, true}) {
    const std::string name = idm ? "IDM" : "Krauss";
    const Driver usual{1.0, 2.5, 2.6, 4.5, 29};  // the default type on a road of 65 mph
    Error before, after;
    std::array<std::vector<double>, 5> found;
    double n = 0;
    for (std::size_t k = 0; k < pairs.size(); k += every) {
      const Error a = drive(pairs[k], usual, idm);
      const Driver own = calibrated(pairs[k], idm, usual);
      const Error b = drive(pairs[k], own, idm);
      before.gap_m += a.gap_m, before.speed_mps += a.speed_mps, before.mixed += a.mixed;
      after.gap_m += b.gap_m, after.speed_mps += b.speed_mps, after.mixed += b.mixed;
      for (std::size_t j = 0; j < own.size(); ++j) found[j].push_back(own[j]);
      ++n;
    }
    s.told(name + ", default: RMSE of the gap", "m", before.gap_m / n);
    s.told(name + ", default: RMSE of the speed", "m/s", before.speed_mps / n);
    s.told(name + ", default: mixed error", "", before.mixed / n);
    s.told(name + ", calibrated: RMSE of the gap", "m", after.gap_m / n);
    s.told(name + ", calibrated: RMSE of the speed", "m/s", after.speed_mps / n);
    s.between(name + ", calibrated: mixed error", "", 0, 0.29, after.mixed / n, "literature: 0.11 to 0.29");
    const char* words[] = {"tau (s)", "minimum gap (m)", "acceleration (m/s2)", "deceleration (m/s2)",
                           "desired speed (m/s)"};
    for (std::size_t j = 0; j < found.size(); ++j)
      s.beside(name + ", median driver: " + words[j], "", usual[j], median(found[j]),
               "expected: the default type");
  }
  return s;
}

Section freeway_points(const Effort& effort) {
  Section s;
  s.id = "freeway";
  s.title = "Measured freeway points";
  s.words =
      "Five-minute points of flow and density a lane (Cheng et al., Traffic-Flow-Fundamental-Diagram, MIT) "
      "beside a ring "
      "of one lane at 65 mph, default drivers (Krauss with noise, and IDM), step 1 s. No gate: the points "
      "are of "
      "another fleet on several lanes; the plot shows where default drivers stand.";
  const auto table = read_numbers(effort.data + "/obs_fd_cheng/input_data.csv", {"Flow", "Speed", "Density"});
  if (!table) {
    s.words += "\n\n(Left out: the shared data has no obs_fd_cheng.)";
    s.told("skipped: no obs_fd_cheng in the data folder", "", 0);
    return s;
  }
  Plot plot;
  plot.title = "Freeway: measured points and the simulated diagram";
  plot.x_label = "density (veh/km/ln)", plot.y_label = "flow (veh/h/ln)", plot.x_is_clock = false;
  PlotSeries points{"measured", {}, {}, false, false, true};
  std::vector<double> flows;
  const auto& flow = table->columns.at("Flow");
  const auto& density = table->columns.at("Density");
  for (std::size_t k = 0; k < table->rows; ++k) {
    flows.push_back(flow[k]);
    if (k % 12 == 0) points.x.push_back(density[k] / 1.609344), points.y.push_back(flow[k]);
  }
  plot.series.push_back(points);
  std::sort(flows.begin(), flows.end());
  const double high = flows.empty() ? 0 : flows[flows.size() * 99 / 100];
  for (const FollowingModel model : {FollowingModel::kKrauss, FollowingModel::kIdm}) {
    PlotSeries line{model == FollowingModel::kIdm ? "IDM" : "Krauss", {}, {}, false, false};
    double most = 0;
    for (int n = 4; n <= 116; n += effort.quick ? 16 : 4) {
      RingSetting setting;
      setting.type = default_car();
      setting.type.model = model;
      setting.type.speed_factor_deviation = 0;
      setting.vehicles = n;
      setting.speed_limit_mps = 29.06;
      setting.settle_s = 400, setting.measure_s = 400;
      const RingRun run = run_ring(setting);
      line.x.push_back(run.density_vpkm), line.y.push_back(run.flow_vph);
      most = std::max(most, run.flow_vph);
    }
    s.beside(line.name + ": highest flow", "veh/h/ln", high, most,
             "expected: 99th percentile of the measured flows");
    plot.series.push_back(line);
  }
  s.figures.push_back({"freeway.svg", plot});
  return s;
}

}  // namespace arterial::validate

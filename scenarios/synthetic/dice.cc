#include "scenarios/synthetic/dice.h"

#include <cmath>

namespace arterial::synthetic {

namespace {
double ease(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }
}  // namespace

double Dice::noise(double x, double y) const {
  const double fx = std::floor(x), fy = std::floor(y);
  const auto ix = static_cast<std::int64_t>(fx), iy = static_cast<std::int64_t>(fy);
  const double u = ease(x - fx), v = ease(y - fy);
  const double low = unit(ix, iy) * (1 - u) + unit(ix + 1, iy) * u;
  const double high = unit(ix, iy + 1) * (1 - u) + unit(ix + 1, iy + 1) * u;
  return 2 * (low * (1 - v) + high * v) - 1;
}

}  // namespace arterial::synthetic

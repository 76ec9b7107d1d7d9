#include "kernels/machine_shuffled.h"
#include "kernels/stepper.h"

namespace arterial {

namespace {
class ShuffledBackend : public Stepper<ShuffledMachine> {
 public:
  ShuffledBackend(const CityTables& city, std::uint64_t seed) : Stepper(city, ShuffledMachine(seed)) {}
  std::string name() const override { return "shuffled"; }
  std::string device() const override { return "1 thread in a drawn order"; }
};
}  // namespace

std::unique_ptr<KernelBackend> make_shuffled_backend(const CityTables& city, std::uint64_t seed) {
  return std::make_unique<ShuffledBackend>(city, seed);
}

}  // namespace arterial

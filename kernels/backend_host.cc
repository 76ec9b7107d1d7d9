#include <omp.h>

#include "kernels/machine_host.h"
#include "kernels/stepper.h"

namespace arterial {

namespace {
template <class W>
class HostBackend : public Stepper<HostMachine<W>> {
 public:
  template <class... Settings>
  HostBackend(const CityTables& city, int threads, Settings... settings)
      : Stepper<HostMachine<W>>(city, HostMachine<W>(threads, settings...)), threads_(threads) {}
  std::string name() const override { return "cpu"; }
  std::string device() const override {
    return std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads");
  }

 private:
  int threads_;
};
}  // namespace

std::unique_ptr<KernelBackend> make_host_backend(const CityTables& city, int threads) {
  if (threads <= 0) threads = omp_get_num_procs();
  if (threads == 1) return std::make_unique<HostBackend<Serial>>(city, 1);
  return std::make_unique<HostBackend<Parallel>>(city, threads);
}

std::unique_ptr<KernelBackend> make_eager_backend(const CityTables& city, int threads) {
  return std::make_unique<HostBackend<Parallel>>(city, threads, std::uint64_t{0});
}

}  // namespace arterial

// The stages on a CUDA device.
#include "kernels/backend.h"
#include "kernels/machine_cuda.cuh"
#include "kernels/machine_probe.h"
#include "kernels/stepper.h"

namespace arterial {

namespace {
class CudaBackend : public Stepper<CudaMachine> {
 public:
  CudaBackend(const CityTables& city, std::string device)
      : Stepper(city, CudaMachine()), device_(std::move(device)) {}
  std::string name() const override { return "cuda"; }
  std::string device() const override { return device_; }
  double bytes_per_update() const override {
    // Beyond the host's: fates and places tallied (9 read, 16 written), listed and looked up again (18 read),
    // and rows moved once more where vehicles are inserted.
    return Stepper::bytes_per_update() + 43 + 2 * sizeof(HotRow);
  }

 private:
  std::string device_;
};

/// Name of the device that would be used; empty where there is none, or none that runs this build's kernels.
std::string find_device() {
  int count = 0, device = 0;
  cudaDeviceProp properties{};
  cudaFuncAttributes attributes{};
  const bool found =
      cudaGetDeviceCount(&count) == cudaSuccess && count > 0 && cudaGetDevice(&device) == cudaSuccess &&
      cudaGetDeviceProperties(&properties, device) == cudaSuccess &&
      cudaFuncGetAttributes(&attributes, for_each_index_kernel<FillColumn<std::uint32_t>>) == cudaSuccess;
  (void)cudaGetLastError();  // that there is none is no error of a later call
  return found ? properties.name : "";
}
}  // namespace

bool cuda_built() { return true; }
bool cuda_available() {
  static const bool available = !find_device().empty();
  return available;
}

std::unique_ptr<KernelBackend> make_cuda_backend(const CityTables& city) {
  if (!cuda_available()) return nullptr;
  return std::make_unique<CudaBackend>(city, find_device());
}

bool probe_cuda_machine(const ProbeInput& input, ProbeResult& result) {
  if (!cuda_available()) return false;
  result = probe_machine(CudaMachine(), input);
  return true;
}

double cuda_copy_bandwidth(std::size_t bytes) {
  if (!cuda_available()) return 0;
  CudaMachine::Column<unsigned char> from, to;
  from.resize(bytes);
  to.resize(bytes);
  cudaEvent_t begin, end;
  check_cuda(cudaEventCreate(&begin), "make an event");
  check_cuda(cudaEventCreate(&end), "make an event");
  float best_ms = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    check_cuda(cudaEventRecord(begin), "record an event");
    check_cuda(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice), "copy");
    check_cuda(cudaEventRecord(end), "record an event");
    check_cuda(cudaEventSynchronize(end), "wait for the copy");
    float ms = 0;
    check_cuda(cudaEventElapsedTime(&ms, begin, end), "read the time of the copy");
    if (attempt == 1 || (attempt > 1 && ms < best_ms)) best_ms = ms;
  }
  (void)cudaEventDestroy(begin);
  (void)cudaEventDestroy(end);
  return best_ms > 0 ? 2.0 * static_cast<double>(bytes) / (best_ms * 1e-3) : 0;
}

}  // namespace arterial

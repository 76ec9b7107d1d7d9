// Stands in where the build has no CUDA.
#include "kernels/backend.h"
#include "kernels/machine_probe.h"

namespace arterial {
std::unique_ptr<KernelBackend> make_cuda_backend(const CityTables&) { return nullptr; }
bool cuda_built() { return false; }
bool cuda_available() { return false; }
bool probe_cuda_machine(const ProbeInput&, ProbeResult&) { return false; }
double cuda_copy_bandwidth(std::size_t) { return 0; }
}  // namespace arterial

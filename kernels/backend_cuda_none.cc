// Stands in where the build has no CUDA.
#include "kernels/backend.h"

namespace arterial {
std::unique_ptr<KernelBackend> make_cuda_backend(const CityTables&) { return nullptr; }
bool cuda_built() { return false; }
bool cuda_available() { return false; }
}  // namespace arterial

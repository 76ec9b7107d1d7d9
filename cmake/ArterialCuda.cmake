# Finds CUDA's compiler and Thrust's headers. Afterwards
#   ARTERIAL_HAVE_CUDA      ON where nvcc was found and works; then CUDA is an enabled language
#   arterial_cuda           (interface) flags of device code and the CUDA runtime; link it to what holds .cu files
#   ARTERIAL_HAVE_THRUST    ON where Thrust's headers were found
#   arterial_thrust         (interface) Thrust's headers, for host code that is not in a hurry
set(ARTERIAL_HAVE_CUDA OFF)
if(ARTERIAL_CUDA)
  # The toolkit does not put itself on the PATH.
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    file(GLOB cuda_folders /usr/local/cuda-*/bin)
    list(SORT cuda_folders COMPARE NATURAL ORDER DESCENDING)
    find_program(ARTERIAL_NVCC nvcc HINTS /usr/local/cuda/bin ${cuda_folders} /opt/cuda/bin)
    mark_as_advanced(ARTERIAL_NVCC)
    if(ARTERIAL_NVCC)
      set(CMAKE_CUDA_COMPILER ${ARTERIAL_NVCC})
    endif()
  endif()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # A100, H100 and H200 as machine code, everything newer through PTX.
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90-real;90-virtual")
  endif()
  # nvcc's host compiler must be g++: clang as CXX (fuzzing, tidy) would be asked for flags that it does not know.
  if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER AND NOT DEFINED ENV{CUDAHOSTCXX})
    find_program(ARTERIAL_CUDA_HOST g++)
    mark_as_advanced(ARTERIAL_CUDA_HOST)
    if(ARTERIAL_CUDA_HOST)
      set(CMAKE_CUDA_HOST_COMPILER ${ARTERIAL_CUDA_HOST})
    endif()
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc can C++20.
    string(APPEND CMAKE_CUDA_FLAGS " -std=c++20")
    find_package(CUDAToolkit QUIET)
    set(ARTERIAL_HAVE_CUDA ON)
  endif()
endif()

add_library(arterial_cuda INTERFACE)
if(ARTERIAL_HAVE_CUDA)
  target_compile_definitions(arterial_cuda INTERFACE ARTERIAL_HAVE_CUDA=1)
  # The same bits as the host: no fused multiply-add. Host code inside a .cu gets the host's flags.
  target_compile_options(arterial_cuda INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false --extended-lambda --expt-relaxed-constexpr
      -Xcompiler=-Wall,-Wextra,-ffp-contract=off,-fno-math-errno>)
  # The static runtime: a machine without CUDA runs the same program on its cores.
  if(TARGET CUDA::cudart_static)
    target_link_libraries(arterial_cuda INTERFACE CUDA::cudart_static)
  endif()
  message(STATUS "CUDA ${CMAKE_CUDA_COMPILER_VERSION} (${CMAKE_CUDA_COMPILER}) for ${CMAKE_CUDA_ARCHITECTURES}")
else()
  message(STATUS "CUDA: no nvcc found; everything else is built")
endif()

# Thrust: from the toolkit (CCCL), else Debian's libthrust-dev.
set(ARTERIAL_HAVE_THRUST OFF)
add_library(arterial_thrust INTERFACE)
find_path(ARTERIAL_THRUST_FOLDER thrust/version.h
  HINTS ${CUDAToolkit_INCLUDE_DIRS} /usr/local/cuda/include /usr/include
  PATH_SUFFIXES cccl)
mark_as_advanced(ARTERIAL_THRUST_FOLDER)
if(ARTERIAL_THRUST_FOLDER)
  set(ARTERIAL_HAVE_THRUST ON)
  if(NOT ARTERIAL_THRUST_FOLDER STREQUAL "/usr/include")
    target_include_directories(arterial_thrust SYSTEM INTERFACE ${ARTERIAL_THRUST_FOLDER})
  endif()
  target_compile_definitions(arterial_thrust INTERFACE ARTERIAL_HAVE_THRUST=1)
endif()

# What every room shares: flags, OpenMP, CUDA where there is a compiler for it, and arterial_room().

# Floating point inside one vehicle's update must give the same bits on host and device, debug and release: no
# contraction, no fast-math (DESIGN: "Time, keys, numbers"). -fno-math-errno changes no value.
add_library(arterial_flags INTERFACE)
target_include_directories(arterial_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(arterial_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-psabi -ffp-contract=off -fno-math-errno>)

set(ARTERIAL_SANITIZE "" CACHE STRING "Sanitizers of -fsanitize=, for instance address,undefined")
if(ARTERIAL_SANITIZE)
  set(sanitizer -fsanitize=${ARTERIAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(arterial_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${sanitizer}>)
  target_link_options(arterial_flags INTERFACE ${sanitizer})
endif()

find_package(OpenMP)
find_package(Threads REQUIRED)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()

include(${CMAKE_CURRENT_LIST_DIR}/ArterialCuda.cmake)

option(ARTERIAL_ASSERTIONS "Keep assert() in every build type" OFF)
if(ARTERIAL_ASSERTIONS)
  foreach(language CXX CUDA)
    foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
      string(REPLACE "-DNDEBUG" "" CMAKE_${language}_FLAGS_${type} "${CMAKE_${language}_FLAGS_${type}}")
    endforeach()
  endforeach()
endif()

# A library of one room: arterial_room(NAME SOURCES... [LINKS libs...])
function(arterial_room name)
  cmake_parse_arguments(R "" "" "LINKS" ${ARGN})
  add_library(${name} STATIC ${R_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC arterial_flags ${R_LINKS})
endfunction()

#pragma once
// Catch2 as the machine has it: v2 in Debian 12, v3 in its backports and later. Tests include this and
// nothing else of Catch2.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::Contains;
#else
#include <catch2/catch.hpp>
#endif

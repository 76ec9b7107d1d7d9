#pragma once
// What every main of ours shares: exceptions become exit codes and one message.
#include <exception>
#include <iostream>
#include <new>

#include "sim/model/problem.h"

namespace arterial {

template <class Body>
int guarded_main(const char* program, Body body) {
  try {
    return body();
  } catch (const InputError& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << program << ": internal fault: out of memory\n";
  } catch (const std::exception& error) {
    std::cerr << program << ": internal fault: " << error.what() << "\n";
  }
  return 3;
}

}  // namespace arterial

// What the bench programs write to standard output.
#pragma once

#include <functional>

#include "kernel_bench.h"

namespace evosift {

// A line of JSON a kernel, then one with the limits and the instruction set (or the device's name); where `bench` throws,
// instead {"code", "message"}. The program's exit status.
int print_bench(const std::function<KernelBench()>& bench);

}  // namespace evosift

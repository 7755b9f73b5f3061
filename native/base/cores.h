// The cores that this process may keep busy.
#pragma once

namespace evosift {

int physical_cores();
// min(physical cores, CPUs this process may run on, cgroup quota), at least 1.
int usable_cores();

}  // namespace evosift

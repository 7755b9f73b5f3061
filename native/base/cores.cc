#include "cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace evosift {

namespace {

// CPUs that the cgroup's quota amounts to, rounded up; a large number without one.
int cgroup_quota() {
  constexpr int kNone = 1 << 20;
  const auto quota_of = [](double quota, double period) {
    return quota > 0 && period > 0 ? std::max(1, static_cast<int>(std::ceil(quota / period))) : kNone;
  };
  int least = kNone;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.rfind("0::", 0) != 0) continue;
    // Version 2: a limit may stand at any level above.
    for (std::string path = line.substr(3);; path = path.substr(0, path.rfind('/'))) {
      std::ifstream max("/sys/fs/cgroup" + path + "/cpu.max");
      std::string quota;
      double period = 0;
      if (max >> quota >> period && quota != "max") least = std::min(least, quota_of(std::atof(quota.c_str()), period));
      if (path.empty() || path == "/") break;
    }
  }
  double quota = 0, period = 0;
  if (std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota &&
      std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period)
    least = std::min(least, quota_of(quota, period));
  return least;
}

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) cpus.push_back(i);
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

int physical_cores_among(const std::vector<int>& cpus) {
  std::set<std::pair<std::string, std::string>> cores;
  for (const int cpu : cpus) {
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    std::string package, core;
    if (!(std::ifstream(topology + "physical_package_id") >> package) || !(std::ifstream(topology + "core_id") >> core))
      return static_cast<int>(cpus.size());
    cores.emplace(package, core);
  }
  return static_cast<int>(cores.size());
}

}  // namespace

int physical_cores() { return physical_cores_among(allowed_cpus()); }

int usable_cores() { return std::max(1, std::min(physical_cores(), cgroup_quota())); }

}  // namespace evosift

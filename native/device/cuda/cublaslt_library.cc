#include "cublaslt_library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace evosift {
namespace cublaslt {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSonames[] = {"libcublasLt.so.13", "libcublasLt.so.12"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Folders of a Python environment in which the wheels of CUDA 13 and 12 put the library.
void add_python(const fs::path& prefix, std::vector<fs::path>& folders) {
  std::error_code ignored;
  std::vector<fs::path> pythons;
  for (const auto& entry : fs::directory_iterator(prefix / "lib", ignored))
    if (entry.path().filename().string().rfind("python3", 0) == 0) pythons.push_back(entry.path());
  std::sort(pythons.begin(), pythons.end());
  for (const fs::path& python : pythons)
    for (const char* packages : {"site-packages", "dist-packages"})
      for (const char* folder : {"nvidia/cu13/lib", "nvidia/cublas/lib"}) folders.push_back(python / packages / folder);
}

// The prefix of the python3 on PATH.
fs::path python_prefix() {
  const std::string path = environment("PATH");
  for (size_t from = 0; from <= path.size();) {
    const size_t to = std::min(path.find(':', from), path.size());
    const fs::path python = fs::path(path.substr(from, to - from)) / "python3";
    std::error_code failed;
    if (fs::exists(python, failed)) return python.parent_path().parent_path();
    from = to + 1;
  }
  return {};
}

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  const std::string home = environment("CUDA_HOME");
  const fs::path cuda = home.empty() ? "/usr/local/cuda" : home;
  all.push_back(cuda / "lib64");
  all.push_back(cuda / "lib");
  const std::string user = environment("HOME");
  std::vector<fs::path> prefixes{environment("VIRTUAL_ENV"), environment("CONDA_PREFIX"), python_prefix()};
  if (!user.empty()) prefixes.push_back(fs::path(user) / ".local");
  for (size_t i = 0; i < prefixes.size(); ++i)
    if (!prefixes[i].empty() && std::find(prefixes.begin(), prefixes.begin() + static_cast<std::ptrdiff_t>(i),
                                          prefixes[i]) == prefixes.begin() + static_cast<std::ptrdiff_t>(i))
      add_python(prefixes[i], all);
  return all;
}

template <typename F>
bool resolve(void* handle, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(handle, name));
  return function != nullptr;
}

// The first function that the library lacks, or null.
const char* missing_function(void* handle, Api& api) {
#define EVOSIFT_RESOLVE(name) \
  if (!resolve(handle, "cublasLt" #name, api.name)) return "cublasLt" #name
  EVOSIFT_RESOLVE(Create);
  EVOSIFT_RESOLVE(Destroy);
  EVOSIFT_RESOLVE(GetVersion);
  EVOSIFT_RESOLVE(MatmulDescCreate);
  EVOSIFT_RESOLVE(MatmulDescDestroy);
  EVOSIFT_RESOLVE(MatmulDescSetAttribute);
  EVOSIFT_RESOLVE(MatrixLayoutCreate);
  EVOSIFT_RESOLVE(MatrixLayoutDestroy);
  EVOSIFT_RESOLVE(MatmulPreferenceCreate);
  EVOSIFT_RESOLVE(MatmulPreferenceDestroy);
  EVOSIFT_RESOLVE(MatmulPreferenceSetAttribute);
  EVOSIFT_RESOLVE(MatmulAlgoGetHeuristic);
  EVOSIFT_RESOLVE(Matmul);
#undef EVOSIFT_RESOLVE
  return nullptr;
}

std::string path_of(void* handle, const std::string& name) {
  link_map* map = nullptr;
  return dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map->l_name[0] ? map->l_name : name;
}

// The handle stays open for the process's life where the library is whole.
bool load(const std::string& name, int flags, Library& library) {
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | flags);
  if (!handle) {
    if (flags & RTLD_NOLOAD) return false;
    const std::string fault = dlerror();
    library.tried.push_back(fault.rfind(name, 0) == 0 ? fault : name + ": " + fault);
    return false;
  }
  const std::string path = path_of(handle, name);
  if (const char* function = missing_function(handle, library.api)) {
    library.tried.push_back(path + ": has no " + function);
    dlclose(handle);
    return false;
  }
  library.found = true;
  library.path = path;
  return true;
}

Library search() {
  Library library;
  const std::string named = environment("EVOSIFT_CUBLASLT");
  if (!named.empty()) {
    load(named, 0, library);
    return library;
  }
  for (const char* soname : kSonames)
    if (load(soname, RTLD_NOLOAD, library)) return library;
  for (const char* soname : kSonames)
    if (load(soname, 0, library)) return library;
  for (const fs::path& folder : folders()) {
    std::error_code absent;
    bool any = false;
    for (const char* soname : kSonames) {
      if (!fs::exists(folder / soname, absent)) continue;
      any = true;
      if (load((folder / soname).string(), 0, library)) return library;
    }
    if (!any) library.tried.push_back(folder.string() + ": has none");
  }
  return library;
}

}  // namespace

const char* const kRemedy = "pip install nvidia-cublas";

const Library& library() {
  static const Library library = search();
  return library;
}

std::string version_text(size_t version) {
  // 130002 is 13.0.2: two digits each for minor and patch since version 12.
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace cublaslt
}  // namespace evosift

#include "check.h"

#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <vector>

namespace evosift::test {

namespace {

struct Test {
  const char* name;
  void (*body)();
};

// Made on first use: registrations in other files come in no known order.
std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

std::map<std::string, std::string>& arguments() {
  static std::map<std::string, std::string> all;
  return all;
}

int failures = 0;

}  // namespace

Registration::Registration(const char* name, void (*body)()) { tests().push_back({name, body}); }

void fail(const char* file, int line, const std::string& what) {
  ++failures;
  std::printf("  %s:%d: %s\n", file, line, what.c_str());
}

const std::string& argument(const std::string& name) {
  const auto found = arguments().find(name);
  if (found == arguments().end()) throw std::runtime_error("argument --" + name + " is missing");
  return found->second;
}

}  // namespace evosift::test

// usage: PROGRAM [TEST...] [--NAME VALUE...]; all tests by default.
int main(int argc, char** argv) {
  using namespace evosift::test;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (text.rfind("--", 0) == 0 && i + 1 < argc)
      arguments()[text.substr(2)] = argv[++i];
    else
      wanted.push_back(text);
  }
  int run = 0;
  for (const Test& test : tests()) {
    bool selected = wanted.empty();
    for (const std::string& name : wanted) selected = selected || name == test.name;
    if (!selected) continue;
    ++run;
    const int before = failures;
    try {
      test.body();
    } catch (const std::exception& error) {
      fail(test.name, 0, std::string("threw ") + error.what());
    }
    std::printf("%s %s\n", failures == before ? "ok" : "FAILED", test.name);
  }
  if (run == 0) std::printf("FAILED: no such test\n");
  return failures == 0 && run > 0 ? 0 : 1;
}

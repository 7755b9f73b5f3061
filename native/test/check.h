// A test program in a page: TEST(name) { CHECK(...); } in any file of it, and check.cc for main. A test goes on after a
// failed check, so that one run says everything.
#pragma once

#include <cmath>
#include <functional>
#include <sstream>
#include <string>

#include "../base/error.h"

namespace evosift::test {

struct Registration {
  Registration(const char* name, void (*body)());
};

void fail(const char* file, int line, const std::string& what);

// The argument --NAME VALUE of the command line; throws where it is absent.
const std::string& argument(const std::string& name);

template <typename Value>
std::string show(const Value& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace evosift::test

#define TEST(name)                                                              \
  static void test_##name();                                                    \
  static const evosift::test::Registration register_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) evosift::test::fail(__FILE__, __LINE__, #condition); \
  } while (false)

// `context` says which case of a table it was.
#define CHECK_EQUAL(actual, expected, context)                                                                   \
  do {                                                                                                           \
    const auto actual_ = (actual);                                                                               \
    const auto expected_ = (expected);                                                                           \
    if (!(actual_ == expected_))                                                                                 \
      evosift::test::fail(__FILE__, __LINE__,                                                                    \
                          std::string(context) + ": " #actual " is " + evosift::test::show(actual_) + ", not " + \
                              evosift::test::show(expected_));                                                   \
  } while (false)

// |actual - expected| <= relative * |expected|; a NaN fails.
#define CHECK_NEAR(actual, expected, relative, context)                                                          \
  do {                                                                                                           \
    const double actual_ = (actual);                                                                             \
    const double expected_ = (expected);                                                                         \
    if (!(std::abs(actual_ - expected_) <= (relative) * std::abs(expected_)))                                    \
      evosift::test::fail(__FILE__, __LINE__,                                                                    \
                          std::string(context) + ": " #actual " is " + evosift::test::show(actual_) + ", not " + \
                              evosift::test::show(expected_));                                                   \
  } while (false)

// `action` must throw an Error of that code whose message contains `text`.
#define CHECK_ERROR(action, wanted_code, text, context)                                                  \
  do {                                                                                                   \
    try {                                                                                                \
      action;                                                                                            \
      evosift::test::fail(__FILE__, __LINE__, std::string(context) + ": no error");                      \
    } catch (const evosift::Error& error_) {                                                             \
      const std::string message_ = error_.what();                                                        \
      if (std::string(error_.code()) != (wanted_code) || message_.find(text) == std::string::npos)       \
        evosift::test::fail(__FILE__, __LINE__,                                                          \
                            std::string(context) + ": the error is " + error_.code() + ": " + message_); \
    }                                                                                                    \
  } while (false)

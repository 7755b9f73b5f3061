// How long a call takes on this thread.
#pragma once

#include <functional>

namespace evosift {

// The median of a call's times, in seconds, after a warm-up: about 0.1 s of samples, at least nine. Calls shorter than
// the clock can tell are timed several at a time.
double median_seconds(const std::function<void()>& call);

}  // namespace evosift

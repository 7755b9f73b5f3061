// What vectors must be before they are compared.
#pragma once

#include "vector_set.h"
#include "workers.h"

namespace evosift {

// Throws Error bad_data, naming the first vector with a value that is not finite.
void check_finite(const Workers& workers, const VectorSet& vectors);
// Makes every vector's length 1. Throws Error bad_data, naming the first one of zeros.
void normalise(const Workers& workers, VectorSet& vectors);

}  // namespace evosift

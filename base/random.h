// Randomness that a test can replace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace posthaste {

class Random {
 public:
  virtual ~Random() = default;

  // `size` bytes fit for keys. A system that cannot give any ends the process.
  virtual std::string Bytes(size_t size) = 0;

  // Uniform in [0, bound). REQUIRES: bound > 0. By rejection, so without bias.
  uint64_t Below(uint64_t bound);

  // Uniform in [0, 1).
  double Unit();
};

// The system's generator (RAND_bytes). Thread-safe; lives as long as the process.
Random& SystemRandom();

}  // namespace posthaste

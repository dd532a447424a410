// Randomness that is the same in every run.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "base/random.h"

namespace posthaste {

// Gives what was pushed, one call each, then the sequence of SplitMix64 from the seed.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(uint64_t seed = 1) : state_(seed) {}

  // The answer to the next call of Bytes; REQUIRES: of the size that will be asked for.
  void Push(std::string bytes) { pushed_.push_back(std::move(bytes)); }

  std::string Bytes(size_t size) override {
    if (!pushed_.empty()) {
      std::string bytes = std::move(pushed_.front());
      pushed_.pop_front();
      return bytes;
    }
    std::string bytes;
    while (bytes.size() < size) {
      const uint64_t word = Next();
      for (int shift = 0; shift < 64 && bytes.size() < size; shift += 8) {
        bytes.push_back(static_cast<char>(word >> shift));
      }
    }
    return bytes;
  }

 private:
  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
  }

  uint64_t state_;
  std::deque<std::string> pushed_;
};

}  // namespace posthaste

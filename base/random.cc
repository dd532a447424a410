#include "base/random.h"

#include <cstdlib>
#include <cstring>

#include "base/crypto.h"

namespace posthaste {
namespace {

class RealRandom final : public Random {
 public:
  std::string Bytes(size_t size) override { return crypto::RandomBytes(size); }
};

uint64_t Word(Random& random) {
  const std::string bytes = random.Bytes(sizeof(uint64_t));
  uint64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

}  // namespace

uint64_t Random::Below(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t word = Word(*this);
  while (word >= limit) word = Word(*this);
  return word % bound;
}

double Random::Unit() { return static_cast<double>(Word(*this) >> 11) * 0x1.0p-53; }

Random& SystemRandom() {
  static RealRandom random;
  return random;
}

}  // namespace posthaste

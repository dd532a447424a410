#include "service/codes/binding.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"

namespace posthaste::codes {
namespace {

// Computed with Python's hashlib.
TEST(BindingHash, HasTheDocumentedValues) {
  EXPECT_EQ(BindingHash({}), "");
  EXPECT_EQ(Hex(BindingHash({{"session", "s1"}, {"device", "d1"}})),
            "36827ab0c819ac66f55a9157f0615309bead61c53851b00443e29634258a2c71");
}

TEST(BindingHash, DiffersForEveryWayToCutTheSameBytes) {
  const std::set<std::string> hashes = {
      BindingHash({}),
      BindingHash({{"", ""}}),
      BindingHash({{"a", "b"}}),
      BindingHash({{"ab", ""}}),
      BindingHash({{"", "ab"}}),
      BindingHash({{"b", "a"}}),
      BindingHash({{"a", "b"}, {"c", "d"}}),
      BindingHash({{"a", "bcd"}}),
      BindingHash({{"a", std::string("b\0\0\0\1c", 6)}}),
  };
  EXPECT_EQ(hashes.size(), 9U);
}

}  // namespace
}  // namespace posthaste::codes

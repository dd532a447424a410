// Checklist 1: the digits of codes are uniform, and leading zeros are kept.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "service/codes/binding.h"
#include "service/codes/compare.h"
#include "service/codes/derive.h"

namespace posthaste::codes {
namespace {

class UniformDigitsTest : public ::testing::Test {
 protected:
  std::string Code(uint32_t generation, int length = 6) const {
    return std::string(DeriveCode(*keys_.Find(1), subject_, generation, length).Reveal());
  }

  const KeyRing keys_ = *KeyRing::Create({{1, Secret(std::string(32, 'k'))}}, 1);
  const std::string mailbox_hash_ = std::string(32, '\x11');
  const std::string unbound_ = BindingHash({});
  CodeSubject subject_{"acme", "password_reset", mailbox_hash_, "v0123456789", unbound_};
};

TEST_F(UniformDigitsTest, OverAMillionCodes) {
  // Pearson's statistic may exceed these once in 10^5 runs, and there is only this one: the key is
  // fixed.
  constexpr double kLimit9 = 40.8;     // 9 degrees of freedom.
  constexpr double kLimit999 = 1'200;  // 999 degrees of freedom.
  constexpr int kCodes = 1'000'000;
  std::array<std::array<int, 10>, 6> positions{};
  std::array<int, 1000> heads{};
  std::array<int, 1000> tails{};
  std::string id = "v";
  for (int i = 0; i < kCodes; ++i) {
    id.resize(1);
    id += std::to_string(i / 4);
    subject_.verification_id = id;
    const std::string code = Code(static_cast<uint32_t>(i % 4 + 1));
    for (size_t at = 0; at < 6; ++at) ++positions[at][static_cast<size_t>(code[at] - '0')];
    ++heads[static_cast<size_t>(std::stoi(code.substr(0, 3)))];
    ++tails[static_cast<size_t>(std::stoi(code.substr(3)))];
  }
  const auto statistic = [](const auto& counts) {
    const double expected = static_cast<double>(kCodes) / static_cast<double>(counts.size());
    double sum = 0;
    for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
    return sum;
  };
  for (const auto& position : positions) EXPECT_LT(statistic(position), kLimit9);
  EXPECT_LT(statistic(heads), kLimit999);
  EXPECT_LT(statistic(tails), kLimit999);
}

TEST_F(UniformDigitsTest, KeepLeadingZerosAtEveryLength) {
  for (int length = kCodeLengthMin; length <= kCodeLengthMax; ++length) {
    int with_zero = 0;
    for (uint32_t generation = 1; generation < 500; ++generation) {
      const std::string code = Code(generation, length);
      EXPECT_EQ(code.size(), static_cast<size_t>(length));
      with_zero += code[0] == '0' ? 1 : 0;
    }
    EXPECT_GT(with_zero, 20) << "about fifty";
  }
}

TEST_F(UniformDigitsTest, ALeadingZeroIsPartOfTheCode) {
  uint32_t generation = 1;
  while (Code(generation)[0] != '0') ++generation;
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  VerificationState state;
  state.purpose = subject_.purpose;
  state.binding_hash = unbound_;
  state.generations.assign(generation, {1, now + absl::Minutes(10), ""});
  state.oldest_live = generation;
  const auto judged = [&](const std::string& input) {
    return JudgeCode(keys_, subject_, state, input, now).value().kind;
  };
  EXPECT_EQ(judged(Code(generation)), CodeVerdict::Kind::kMatched);
  EXPECT_EQ(judged(Code(generation).substr(1)), CodeVerdict::Kind::kNone);
  EXPECT_EQ(judged("0" + Code(generation)), CodeVerdict::Kind::kNone);
}

}  // namespace
}  // namespace posthaste::codes

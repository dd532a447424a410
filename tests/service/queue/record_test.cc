#include "service/queue/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::queue {
namespace {

constexpr std::string_view kId = "m0512345678901234567890";

Record Example() {
  Record record;
  record.head = {.state = v1::Message::DEFERRED,
                 .mail_class = MailClass::kGeneral,
                 .flags = kFlagSuperseded | kFlagDecoy,
                 .attempts = 200,
                 .uncertain = 3,
                 .settled = 511,
                 .create_ms = 1'800'000'000'001,
                 .deadline_ms = 1'800'000'000'002,
                 .change_ms = 1'800'000'000'003,
                 .accept_ms = 1'800'000'000'004,
                 .fingerprint = "01234567",
                 .failure_class = v1::GREYLISTED,
                 .scope = v1::SITE,
                 .generation = 0xABCD};
  record.facts.set_tenant("shop");
  record.facts.set_template_name("verification_code");
  record.verification = "verification";
  record.facts.set_verification_id("v0512345678901234567890");
  record.live.set_skeleton("skeleton");
  record.result.set_last_reply("451 4.7.1 greylisted");
  record.sealed = std::string("\0sealed\xFF", 8);
  return record;
}

TEST(Record, IsOfAnotherVersionWithAttachmentsAndElseTheSame) {
  Record record = Example();
  const std::string without = Encode(record, kId);
  EXPECT_EQ(without[0], 2);
  record.head.flags |= kFlagAttachments;
  std::string with = Encode(record, kId);
  EXPECT_EQ(with[0], 3);
  const auto back = Decode(with, kId);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(HasAttachments(back->head));
  EXPECT_EQ(Encode(*back, kId), with);
  with[0] = without[0];
  with[3] = without[3];
  EXPECT_EQ(with, without);
}

TEST(Record, ComesBackAsItWasEncoded) {
  const Record record = Example();
  const auto back = Decode(Encode(record, kId), kId);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(Encode(*back, kId), Encode(record, kId));
  EXPECT_EQ(back->head.state, record.head.state);
  EXPECT_EQ(back->head.mail_class, record.head.mail_class);
  EXPECT_EQ(back->head.flags, record.head.flags);
  EXPECT_EQ(back->head.attempts, 200);
  EXPECT_EQ(back->head.uncertain, 3);
  EXPECT_EQ(back->head.settled, 511);
  EXPECT_EQ(back->head.create_ms, record.head.create_ms);
  EXPECT_EQ(back->head.deadline_ms, record.head.deadline_ms);
  EXPECT_EQ(back->head.change_ms, record.head.change_ms);
  EXPECT_EQ(back->head.accept_ms, record.head.accept_ms);
  EXPECT_EQ(back->head.fingerprint, record.head.fingerprint);
  EXPECT_EQ(back->head.failure_class, v1::GREYLISTED);
  EXPECT_EQ(back->head.scope, v1::SITE);
  EXPECT_EQ(back->head.generation, 0xABCD);
  EXPECT_EQ(back->facts.tenant(), "shop");
  EXPECT_EQ(back->result.last_reply(), "451 4.7.1 greylisted");
  EXPECT_EQ(back->verification, "verification");
  EXPECT_EQ(back->facts.verification_id(), "v0512345678901234567890");
  EXPECT_EQ(back->live.skeleton(), "skeleton");
  EXPECT_EQ(back->sealed, record.sealed);
}

TEST(Record, LiesAsItsHeaderSays) {
  const std::string bytes = Encode(Example(), kId);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x02\x03\x02\x05\xC8\x03\xFF\x01", 8));
  EXPECT_EQ(bytes.substr(8, 6), std::string("\x01\x50\x5C\x18\xA3\x01", 6));
  EXPECT_EQ(bytes.substr(32, 8), "01234567");
  EXPECT_EQ(bytes[40], v1::GREYLISTED);
  EXPECT_EQ(bytes[41], 3);
  EXPECT_EQ(bytes.substr(42, 4), std::string("\xCD\xAB\x0C\0", 4));
  EXPECT_EQ(bytes.substr(50, 12), "verification");
}

TEST(Record, StoresTheIdOfAVerificationOnlyWhereItDidNotBegin) {
  Record record = Example();
  EXPECT_EQ(Encode(record, kId).find("v05123"), std::string::npos);
  record.verification.clear();
  record.facts.set_verification_id("v05another");
  EXPECT_EQ(Decode(Encode(record, kId), kId)->facts.verification_id(), "v05another");
  record.facts.clear_verification_id();
  EXPECT_EQ(Decode(Encode(record, kId), kId)->facts.verification_id(), "");
}

TEST(Record, HasNothingBehindItsResultWhenItHasEnded) {
  Record record = Example();
  record.live.Clear();
  record.sealed.clear();
  const std::string bytes = Encode(record, kId);
  EXPECT_TRUE(bytes.ends_with(record.result.SerializeAsString()));
  EXPECT_EQ(Decode(bytes, kId)->sealed, "");
}

TEST(Record, IsRefusedWhenItIsCutOffOrUnknown) {
  const std::string bytes = Encode(Example(), kId);
  const size_t live = Example().live.ByteSizeLong();
  const size_t clear = bytes.size() - Example().sealed.size();
  for (size_t size = 0; size < clear; ++size) {
    if (size == clear - live - 2) continue;  // As one that has ended.
    EXPECT_EQ(Decode(bytes.substr(0, size), kId).status().code(), absl::StatusCode::kDataLoss)
        << size;
  }
  for (const auto& [at, value] : {std::pair<size_t, char>{0, 1}, {1, 0}, {1, 99}, {2, 3}}) {
    std::string bad = bytes;
    bad[at] = value;
    EXPECT_EQ(Decode(bad, kId).status().code(), absl::StatusCode::kDataLoss) << at;
  }
}

TEST(Record, IsToldApartWhenItIsOfANewerVersion) {
  std::string bytes = Encode(Example(), kId);
  bytes[0] = 4;
  EXPECT_EQ(Decode(bytes, kId).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Decode("\x04", kId).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Record, KnowsWhichStatesAreTerminal) {
  int terminal = 0;
  for (int state = 1; state <= v1::Message::State_MAX; ++state) {
    terminal += IsTerminal(static_cast<State>(state)) ? 1 : 0;
  }
  EXPECT_EQ(terminal, 8);
  EXPECT_FALSE(IsTerminal(v1::Message::PARKED));
  EXPECT_TRUE(IsTerminal(v1::Message::UNCERTAIN));
}

}  // namespace
}  // namespace posthaste::queue

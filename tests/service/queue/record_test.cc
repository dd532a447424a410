#include "service/queue/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::queue {
namespace {

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
                 .fingerprint = "0123456789abcdef",
                 .failure_class = v1::GREYLISTED,
                 .scope = v1::SITE,
                 .generation = 0xABCD};
  record.facts.set_tenant("shop");
  record.facts.set_template_name("verification_code");
  record.result.set_last_reply("451 4.7.1 greylisted");
  record.sealed = std::string("\0sealed\xFF", 8);
  return record;
}

TEST(Record, ComesBackAsItWasEncoded) {
  const Record record = Example();
  const auto back = Decode(Encode(record));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(Encode(*back), Encode(record));
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
  EXPECT_EQ(back->sealed, record.sealed);
}

TEST(Record, LiesAsItsHeaderSays) {
  const std::string bytes = Encode(Example());
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x01\x03\x02\x05\xC8\x03\xFF\x01", 8));
  EXPECT_EQ(bytes.substr(40, 16), "0123456789abcdef");
  EXPECT_EQ(bytes[56], v1::GREYLISTED);
  EXPECT_EQ(bytes[57], 3);
  EXPECT_EQ(bytes.substr(62, 2), "\xCD\xAB");
}

TEST(Record, IsRefusedWhenItIsCutOffOrUnknown) {
  const std::string bytes = Encode(Example());
  const size_t clear = bytes.size() - Example().sealed.size();
  for (size_t size = 0; size < clear; ++size) {
    EXPECT_EQ(Decode(bytes.substr(0, size)).status().code(), absl::StatusCode::kDataLoss) << size;
  }
  for (const auto& [at, value] : {std::pair<size_t, char>{0, 2}, {1, 0}, {1, 99}, {2, 3}}) {
    std::string bad = bytes;
    bad[at] = value;
    EXPECT_EQ(Decode(bad).status().code(), absl::StatusCode::kDataLoss) << at;
  }
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

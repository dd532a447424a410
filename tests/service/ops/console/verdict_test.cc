#include "service/ops/console/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Tone = Verdict::Tone;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 08:00 UTC.
const absl::Time kTwoPast = kNow + absl::Minutes(2);

// Two relays that take codes, and 312 codes in the queue.
Situation Good() {
  Situation situation;
  situation.now = kNow + absl::Minutes(10);
  situation.codes = 312;
  situation.slots = 64;
  situation.slots_used = 5;
  situation.accepted = 900;
  situation.p99_seconds = 1.25;
  for (const char* id : {"mx1", "mx2"}) {
    RelayView relay;
    relay.id = id;
    relay.accepted = 450;
    situation.relays.push_back(relay);
  }
  return situation;
}

Situation WithRelay(v1::FailureClass failure_class, const std::string& reply) {
  Situation situation = Good();
  situation.relays.pop_back();
  RelayView& relay = situation.relays[0];
  relay.accepted = 0;
  relay.failed = 12;
  relay.failing_since = kTwoPast;
  relay.failure_class = failure_class;
  relay.reply = reply;
  return situation;
}

void ExpectVerdict(const Situation& situation, Tone tone, Cause cause, const std::string& text,
                   const std::string& advice) {
  const Verdict verdict = Judge(situation);
  EXPECT_EQ(verdict.tone, tone);
  EXPECT_EQ(CauseName(verdict.cause), CauseName(cause));
  EXPECT_EQ(verdict.text, text);
  EXPECT_THAT(verdict.advice, HasSubstr(advice));
}

TEST(JudgeNow, IsGladWhenCodesAreOnTime) {
  ExpectVerdict(Good(), Tone::kGood, Cause::kNone,
                "Codes are on time: 99 % accepted within 1.25 s, 312 codes waiting.", "");
  Situation quick = Good();
  quick.p99_seconds = 0.0456;
  EXPECT_THAT(Judge(quick).text, HasSubstr("within 46 ms"));
  ExpectVerdict({}, Tone::kGood, Cause::kNone, "All quiet: no codes lately, none waiting.", "");
}

TEST(JudgeNow, BlamesARelay) {
  ExpectVerdict(WithRelay(v1::OTHER, "421 4.3.2 Not today"), Tone::kBad, Cause::kRelay,
                "Codes are late: relay mx1 answers 421 since 08:02 UTC; 312 codes waiting.",
                "Hold it");
  EXPECT_THAT(Judge(WithRelay(v1::CONNECT_FAILURE, "")).text, HasSubstr("mx1 cannot be reached"));
  EXPECT_THAT(Judge(WithRelay(v1::TIMEOUT, "")).text, HasSubstr("does not answer in time"));
  EXPECT_THAT(Judge(WithRelay(v1::TLS_FAILURE, "")).text, HasSubstr("TLS"));
}

TEST(JudgeNow, WarnsOfARelayWhoseMailOthersTake) {
  Situation situation = WithRelay(v1::CONNECT_FAILURE, "");
  situation.relays.push_back(Good().relays[1]);
  ExpectVerdict(situation, Tone::kWarn, Cause::kRelay,
                "Codes are on time, but relay mx1 cannot be reached since 08:02 UTC; other relays "
                "take its mail.",
                "Hold it");
  situation.oldest_due = kNow;
  EXPECT_EQ(Judge(situation).tone, Tone::kBad) << "unless codes are late all the same";
}

TEST(JudgeNow, SaysNothingOfARelayThatRecovered) {
  Situation situation = WithRelay(v1::CONNECT_FAILURE, "");
  situation.relays[0].failing_since.reset();
  situation.relays[0].accepted = 1;
  EXPECT_EQ(Judge(situation).tone, Tone::kGood);
  situation.relays[0].open = false;
  EXPECT_EQ(Judge(situation).cause, Cause::kRelay) << "but of one whose breaker is open";
}

TEST(JudgeNow, BlamesCredentials) {
  Situation situation = WithRelay(v1::AUTH_FAILED, "535 5.7.8 no");
  situation.codes = 1;
  ExpectVerdict(situation, Tone::kBad, Cause::kCredentials,
                "Codes are late: relay mx1 refuses our user name or password (535) since 08:02 "
                "UTC; 1 code waiting.",
                "password_file");
  Situation suspended = Good();
  suspended.relays[1].suspended = true;
  EXPECT_EQ(Judge(suspended).cause, Cause::kCredentials);
}

TEST(JudgeNow, BlamesDns) {
  ExpectVerdict(WithRelay(v1::DNS_FAILURE, ""), Tone::kBad, Cause::kDns,
                "Codes are late: relay mx1 has a name that DNS does not answer since 08:02 UTC; "
                "312 codes waiting.",
                "resolve names");
}

TEST(JudgeNow, BlamesRedisBeforeAllElse) {
  Situation situation = WithRelay(v1::OTHER, "421 no");
  situation.redis_trouble = "connection refused";
  situation.redis_trouble_since = kTwoPast;
  ExpectVerdict(situation, Tone::kBad, Cause::kRedis,
                "No codes are taken or sent: Redis does not answer since 08:02 UTC (connection "
                "refused).",
                "Look at the Redis process");
  situation.redis_trouble = "OOM command not allowed when used memory > 'maxmemory'.";
  EXPECT_THAT(Judge(situation).text, HasSubstr("its memory is full since 08:02 UTC"));
  EXPECT_THAT(Judge(situation).advice, HasSubstr("maxmemory"));
  situation.redis_trouble = "MISCONF Errors writing to the AOF file: No space left on device";
  EXPECT_THAT(Judge(situation).text, HasSubstr("takes no more: its disk is full since"));
  EXPECT_THAT(Judge(situation).advice, HasSubstr("Make room"));
  situation.redis_trouble = "connection refused; its disk has no room: 0 KiB left in /data";
  EXPECT_THAT(Judge(situation).text, HasSubstr("takes no more: its disk is full since"));
  situation.redis_trouble = "its disk takes no writes: aof_last_write_status is err";
  EXPECT_THAT(Judge(situation).text, HasSubstr("takes no more: its disk is full or broken since"));
  situation.redis_trouble = "redis at /mnt/disk1/redis.sock: connection refused";
  EXPECT_THAT(Judge(situation).text, HasSubstr("does not answer since"));
}

TEST(JudgeNow, BlamesAProviderThatPutsMailOff) {
  Situation situation = Good();
  ProviderView gmail{"gmail", 2, 40, 0, kTwoPast, "421 4.7.28 rate"};
  situation.providers = {{"microsoft", 100, 1, 1, std::nullopt, ""}, gmail};
  ExpectVerdict(situation, Tone::kWarn, Cause::kProvider,
                "Codes to gmail are late: it puts 40 of 42 off (421) since 08:02 UTC; mail to "
                "others is on time.",
                "Read its reply");
  situation.providers[1].deferred = 2;
  EXPECT_EQ(Judge(situation).cause, Cause::kNone) << "two say nothing";
  situation.providers[1].deferred = 40;
  situation.providers[1].failing_since.reset();
  EXPECT_EQ(Judge(situation).cause, Cause::kNone) << "it takes mail again";
}

TEST(JudgeNow, BlamesUsWhenNobodyElseIsAtFault) {
  Situation situation = Good();
  situation.oldest_due = kNow + absl::Minutes(9);
  ExpectVerdict(situation, Tone::kBad, Cause::kUs,
                "Codes are late, and it is us: our worker does not take them; the oldest waits for "
                "60 s; 312 codes waiting.",
                "role worker");
  situation.slots_used = 64;
  EXPECT_THAT(Judge(situation).text, HasSubstr("all 64 slots of our worker are taken"));
  EXPECT_THAT(Judge(situation).advice, HasSubstr("worker.slots"));
  situation.sends = false;
  EXPECT_THAT(Judge(situation).text, HasSubstr("no worker takes them"));
  situation.oldest_due = situation.now - kLate;
  EXPECT_EQ(Judge(situation).cause, Cause::kNone);
}

TEST(JudgeNow, TellsAHoldBeforeWhatRelaysDo) {
  Situation situation = WithRelay(v1::OTHER, "421 no");
  situation.hold = "all mail, by ana, until 09:00: the provider asked";
  const Verdict verdict = Judge(situation);
  EXPECT_EQ(verdict.cause, Cause::kHold);
  EXPECT_THAT(verdict.text, StartsWith("Codes are held: all mail, by ana"));
  situation.hold.clear();
  situation.relays[0].held = true;
  EXPECT_EQ(Judge(situation).cause, Cause::kNone) << "a relay that is held is no news";
}

}  // namespace
}  // namespace posthaste::ops

#include "service/queue/webhook_ledger.h"

#include <gmock/gmock.h>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

constexpr int64_t kNowMillis = 1'800'000'000'000;
constexpr int64_t kKeptMillis = 72 * 3'600'000;

Position At(int64_t ms, uint64_t sequence = 0) { return {static_cast<uint64_t>(ms), sequence}; }
Mark MarkAt(int64_t ms, int64_t seen_ms) { return {At(ms).ToString(), seen_ms}; }

TEST(Marks, ComeBackForTheSameNumberOfShardsOnly) {
  const Marks marks = {{"1-2", 77}, {"0-0", 0}};
  EXPECT_EQ(DecodeMarks(EncodeMarks(marks), 2), marks);
  EXPECT_EQ(DecodeMarks(EncodeMarks(marks), 3), std::nullopt);
  for (const char* text : {"", " ", "1-2", "1-2:x 0-0:0", "1-2:1 "})
    EXPECT_EQ(DecodeMarks(text, 2), std::nullopt) << text;
}

TEST(BehindGap, IsNowhereWhileTheNextLineIsKept) {
  EXPECT_EQ(BehindGap(MarkAt(kNowMillis - 5, kNowMillis - 5), kNowMillis,
                      {At(kNowMillis - 5), 1'000'000}),
            std::nullopt);
  EXPECT_EQ(BehindGap(MarkAt(kNowMillis - 5, 0), kNowMillis, {At(kNowMillis - 5), 9}), std::nullopt)
      << "long unseen, and nothing went";
  EXPECT_EQ(BehindGap(MarkAt(0, kNowMillis - 5), kNowMillis, {At(kNowMillis - 3), 9}), std::nullopt)
      << "a quiet shard";
  EXPECT_EQ(BehindGap(MarkAt(0, kNowMillis - 5), kNowMillis, {std::nullopt, 0}), std::nullopt);
}

TEST(BehindGap, IsRightBeforeTheFirstLineThatIsKept) {
  const Mark cut = *BehindGap(MarkAt(kNowMillis - 50, kNowMillis - 40), kNowMillis,
                              {At(kNowMillis - 10, 3), 1'000'000});
  EXPECT_EQ(cut.position, At(kNowMillis - 10, 2).ToString());
  EXPECT_EQ(BehindGap(cut, kNowMillis, {At(kNowMillis - 10, 3), 1'000'000}), std::nullopt);
  EXPECT_NE(BehindGap(cut, kNowMillis, {At(kNowMillis - 8), 1'000'000}), std::nullopt)
      << "more was cut";
  const Mark old = *BehindGap(MarkAt(5, 5), kNowMillis, {At(kNowMillis - kKeptMillis - 9), 4});
  EXPECT_EQ(
      old.position,
      (Position{static_cast<uint64_t>(kNowMillis - kKeptMillis - 10), UINT64_MAX}).ToString());
  EXPECT_EQ(BehindGap(old, kNowMillis, {At(kNowMillis - kKeptMillis - 9), 4}), std::nullopt);
  const Mark empty = *BehindGap(MarkAt(5, 5), kNowMillis, {std::nullopt, 0});
  EXPECT_EQ(empty.position, At(5).ToString());
  EXPECT_EQ(BehindGap(empty, kNowMillis, {std::nullopt, 0}), std::nullopt);
}

class WebhookLedgerTest : public LeaseTest {
 protected:
  WebhookLedgerTest() { marks_.resize(kShards, Mark{"7-1", 9}); }

  WebhookLedger Ledger(const std::string& token) {
    return WebhookLedger(*peer_.client, keys_, peer_.clock, "acme", "orders", token);
  }
  std::optional<WebhookStanding> Take(WebhookLedger& ledger,
                                      const std::string& settings = "settings") {
    return Run(ledger.Take(settings)).value();
  }
  WebhookStanding Standing() {
    WebhookStanding standing;
    standing.marks = marks_;
    return standing;
  }

  Marks marks_;
};

TEST_F(WebhookLedgerTest, GivesBackWhatWasNoted) {
  WebhookLedger ledger = Ledger("a");
  const std::optional<WebhookStanding> fresh = Take(ledger);
  ASSERT_TRUE(fresh.has_value());
  EXPECT_EQ(fresh->marks, std::nullopt);
  EXPECT_EQ(fresh->paused, "");
  WebhookStanding standing = Standing();
  standing.failures = 3;
  standing.since_ms = 11;
  standing.next_ms = 12;
  standing.paused = "failing";
  EXPECT_TRUE(Run(ledger.Note(standing)).value());
  const WebhookStanding back = *Take(ledger);
  EXPECT_EQ(back.marks, marks_);
  EXPECT_EQ(back.failures, 3);
  EXPECT_EQ(back.since_ms, 11);
  EXPECT_EQ(back.next_ms, 12);
  EXPECT_EQ(back.paused, "failing");
}

TEST_F(WebhookLedgerTest, BelongsToOneSenderUntilItsLeaseEnds) {
  WebhookLedger first = Ledger("a"), second = Ledger("b");
  EXPECT_TRUE(Take(first).has_value());
  EXPECT_FALSE(Take(second).has_value());
  EXPECT_TRUE(Run(first.Note(Standing())).value());
  Server().MoveClock(kWebhookLease + absl::Seconds(1));
  EXPECT_TRUE(Take(second).has_value());
  WebhookStanding late = Standing();
  late.marks->front().position = "1-1";
  EXPECT_FALSE(Run(first.Note(late)).value()) << "it is another's now";
  EXPECT_FALSE(Take(first).has_value());
  EXPECT_EQ(Take(second)->marks, marks_);
}

TEST_F(WebhookLedgerTest, IsFreeAtOnceWhenItIsGivenBack) {
  WebhookLedger first = Ledger("a"), second = Ledger("b");
  EXPECT_TRUE(Take(first).has_value());
  EXPECT_TRUE(Run(first.Note(Standing(), true)).value());
  EXPECT_EQ(Take(second)->marks, marks_);
}

TEST_F(WebhookLedgerTest, IsKeptAsLongAsItIsNotedOrTaken) {
  WebhookLedger ledger = Ledger("a");
  Take(ledger);
  for (int turn = 0; turn < 3; ++turn) {
    Server().MoveClock(kWebhookKept - absl::Hours(1));
    EXPECT_TRUE(Run(ledger.Note(Standing())).value()) << turn;
  }
  EXPECT_EQ(Take(ledger)->marks, marks_);
  Server().MoveClock(kWebhookKept + absl::Hours(1));
  EXPECT_EQ(Take(ledger)->marks, std::nullopt);
}

TEST_F(WebhookLedgerTest, ForgetsItsFailuresButNotItsPlaceWithOtherSettings) {
  WebhookLedger ledger = Ledger("a");
  Take(ledger, "one");
  WebhookStanding standing = Standing();
  standing.failures = 3;
  standing.paused = "gone";
  EXPECT_TRUE(Run(ledger.Note(standing)).value());
  EXPECT_EQ(Take(ledger, "one")->paused, "gone");
  const WebhookStanding again = *Take(ledger, "two");
  EXPECT_EQ(again.paused, "");
  EXPECT_EQ(again.failures, 0);
  EXPECT_EQ(again.next_ms, 0);
  EXPECT_EQ(again.marks, marks_);
}

}  // namespace
}  // namespace posthaste::queue

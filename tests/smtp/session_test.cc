// What one transaction tells, and in which order things happen in it; what it makes of replies is
// in tests/dialogues.
#include "smtp/session.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/str_cat.h"
#include "tests/smtp/session_support.h"

namespace posthaste::smtp {
namespace {

TEST_F(SessionTest, SendsAMessageInThreeWrites) {
  Script(absl::StrCat(kGreet, kOffer, "C: <body>\nC: .\nS: 250 Ok\n"));
  Open();
  relay_->BeginTransaction(message_);
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(relay_->trace().writes, 3);
  EXPECT_EQ(session_->transactions(), 1);
  EXPECT_TRUE(session_->capabilities().pipelining);
  EXPECT_TRUE(relay_->violations().empty()) << relay_->violations()[0];
}

TEST_F(SessionTest, DoubtsARefusalThatAYesComesWith) {
  Script(absl::StrCat(kGreet, kOffer, "C: <body>\nC: .\nS: 451 Not now\nS: 250 Kept\n"));
  Open();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.verdict, Verdict::kUncertain);
  EXPECT_EQ(attempt.outcome.reply.code, 451);
  EXPECT_THAT(attempt.transcript, testing::HasSubstr("S: 250 Kept"));
  EXPECT_FALSE(session_->Usable());
}

TEST_F(SessionTest, SendsTheBodyWhileTheFenceIsAskedAndTheDotAfterItsAnswer) {
  fence_.held = true;
  Script(absl::StrCat(kGreet, kOffer, "C: <body>\nC: .\nS: 250 Ok\n"));
  Open();
  bool done = false;
  const auto send = [](Session& session, Envelope& envelope, std::string& message, Fence& fence,
                       bool& over) -> Task<void> {
    const Attempt attempt = co_await session.Send(envelope, message, fence);
    over = attempt.outcome.verdict == Verdict::kAccepted;
  };
  asio::co_spawn(loop_, send(*session_, envelope_, message_, fence_, done), asio::detached);
  loop_.restart();
  while (!fence_.waiting) loop_.run_one();
  EXPECT_EQ(fence_.asked, 1);
  EXPECT_TRUE(relay_->trace().body_taken);
  EXPECT_FALSE(relay_->trace().dot_begun);
  EXPECT_FALSE(done);
  fence_.Release();
  while (!done && loop_.run_one() > 0) {
  }
  EXPECT_TRUE(done);
  EXPECT_TRUE(relay_->trace().dot_begun);
}

TEST_F(SessionTest, TellsThePhasesOfOpeningWithTheFirstMessageOnly) {
  const std::string slow_dot = "C: <body>\nC: .\nS: <wait 4s>\nS: 250 Ok\n";
  Script(absl::StrCat("S: <wait 1s>\nS: 220 relay.test\nC: EHLO client.test\nS: <wait 2s>\n",
                      "S: 250-relay.test\nS: 250 PIPELINING\n", kOffer, slow_dot, kOffer,
                      slow_dot));
  Open();
  clock_.Advance(absl::Hours(1));  // Idle.
  const absl::Time begun = clock_.Now();
  const Attempt first = Send();
  EXPECT_EQ(first.start_time, begun);
  EXPECT_EQ(Spent(first, Phase::kGreeting), absl::Seconds(1));
  EXPECT_EQ(Spent(first, Phase::kEhlo), absl::Seconds(2));
  EXPECT_EQ(Spent(first, Phase::kMail), absl::ZeroDuration());
  EXPECT_EQ(Spent(first, Phase::kDot), absl::Seconds(4));
  EXPECT_NE(first.transcript.find("S: 220 relay.test"), std::string::npos);

  clock_.Advance(absl::Hours(1));
  relay_->BeginTransaction(message_);
  const Attempt second = Send();
  EXPECT_EQ(Spent(second, Phase::kGreeting), absl::ZeroDuration());
  EXPECT_EQ(Spent(second, Phase::kDot), absl::Seconds(4));
  EXPECT_EQ(
      second.transcript,
      "C: MAIL FROM:<***@client.test>\nC: RCPT TO:<***@x.test>\nC: DATA\nS: 250 Ok\nS: 250 Ok\n"
      "S: 354 Go\nC: (21 bytes)\nC: .\nS: 250 Ok\n");
  EXPECT_EQ(second.relay, "primary");
  EXPECT_EQ(second.address, "127.0.0.1:25");
}

TEST_F(SessionTest, WaitsForTheReplyToTheDotAsLongAsTheMessageAllows) {
  envelope_.dot_limit = absl::Seconds(20);
  Script(absl::StrCat(kGreet, kOffer, "C: <body>\nC: .\nS: <silence>\n"));
  Open();
  const SteadyTime begun = clock_.Steady();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.verdict, Verdict::kUncertain);
  EXPECT_TRUE(attempt.dot_sent);
  EXPECT_EQ(clock_.Steady() - begun, std::chrono::seconds(20));
  EXPECT_FALSE(session_->Usable());
}

TEST_F(SessionTest, SaysNothingAtOrAfterTheDeadline) {
  Script(kGreet);
  Open();
  envelope_.deadline = clock_.Steady();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.ending, Ending::kStopped);
  EXPECT_EQ(attempt.fence, FenceAnswer::kExpired);
  EXPECT_EQ(fence_.asked, 0);
  EXPECT_EQ(session_->transactions(), 0);
  EXPECT_TRUE(session_->Usable());
}

TEST_F(SessionTest, SendsNoDotAtOrAfterTheDeadline) {
  Script(absl::StrCat(kGreet, kOffer, "C: <body>\n"));
  Open();
  envelope_.deadline = clock_.Steady() + std::chrono::seconds(7);
  fence_.slow = absl::Seconds(7);
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.ending, Ending::kStopped);
  EXPECT_EQ(attempt.fence, FenceAnswer::kExpired);
  EXPECT_FALSE(attempt.dot_sent);
  EXPECT_FALSE(relay_->trace().dot_begun);
  EXPECT_EQ(fence_.answered, 1);
}

// A step of the wall clock, either way, neither ends a message early nor sends one late.
TEST_F(SessionTest, MeasuresTheDeadlineOnTheSteadyClock) {
  for (const absl::Duration jump : {absl::Hours(1), -absl::Hours(1)}) {
    Script(absl::StrCat(kGreet, kOffer, "C: <body>\nC: .\nS: 250 Ok\n", kOffer, "C: <body>\n"));
    Open();
    envelope_.deadline = clock_.Steady() + std::chrono::seconds(20);
    clock_.Jump(jump);
    EXPECT_EQ(Send().outcome.verdict, Verdict::kAccepted);
    relay_->BeginTransaction(message_);
    fence_.slow = absl::Seconds(20);
    EXPECT_EQ(Send().fence, FenceAnswer::kExpired);
    fence_.slow = absl::ZeroDuration();
  }
}

TEST_F(SessionTest, WaitsForNoReplyLongerThanTheMessageMakesSense) {
  Script(absl::StrCat(kGreet,
                      "C: MAIL FROM:<noreply@client.test>\nC: RCPT TO:<anna.lee@x.test>\nC: DATA\n",
                      "S: <silence>\n"));
  Open();
  envelope_.deadline = clock_.Steady() + std::chrono::seconds(7);
  const SteadyTime begun = clock_.Steady();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.ending, Ending::kStopped);
  EXPECT_EQ(attempt.fence, FenceAnswer::kExpired);
  EXPECT_EQ(clock_.Steady() - begun, std::chrono::seconds(7));
  EXPECT_FALSE(session_->Usable());
}

TEST_F(SessionTest, SendsAMessageInTwoWritesWithChunking) {
  Script(
      "S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250-CHUNKING\n"
      "S: 250 PIPELINING\nC: MAIL FROM:<noreply@client.test>\nC: RCPT TO:<anna.lee@x.test>\n"
      "C: BDAT 21\nC: <chunk>\nS: 250 Ok\nS: 250 Ok\nS: 250 Ok\nC: BDAT 0 LAST\nS: 250 Ok\n");
  Open();
  relay_->BeginTransaction(message_);
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.verdict, Verdict::kAccepted);
  EXPECT_TRUE(attempt.dot_sent);
  EXPECT_EQ(relay_->trace().writes, 2);
  EXPECT_TRUE(relay_->violations().empty()) << relay_->violations()[0];
  EXPECT_NE(attempt.transcript.find("C: BDAT 21\nC: (21 bytes)\n"), std::string::npos)
      << attempt.transcript;
}

TEST_F(SessionTest, BeginsNoMoreMessagesThanTheRelayTakesOnAConnection) {
  Script(absl::StrCat(
      "S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250-LIMITS MAILMAX=2\n",
      "S: 250 PIPELINING\n", kOffer, "C: <body>\nC: .\nS: 250 Ok\n", kOffer,
      "C: <body>\nC: .\nS: 250 Ok\nC: QUIT\nS: 221 Bye\n"));
  Open();
  Send();
  EXPECT_TRUE(session_->Usable());
  relay_->BeginTransaction(message_);
  Send();
  EXPECT_TRUE(session_->UsedUp());
  EXPECT_FALSE(session_->Usable());
  RunTask(loop_, session_->Quit());
  EXPECT_TRUE(relay_->violations().empty()) << relay_->violations()[0];
}

TEST_F(SessionTest, DoesNotAskTheFenceForARefusedRecipient) {
  Script(absl::StrCat(kGreet,
                      "C: MAIL FROM:<noreply@client.test>\nC: RCPT TO:<anna.lee@x.test>\nC: DATA\n",
                      "S: 250 Ok\nS: 550 5.1.1 anna.lee: unknown\nS: 503 No\n"));
  Open();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.verdict, Verdict::kBounced);
  EXPECT_EQ(fence_.asked, 0);
  EXPECT_NE(attempt.transcript.find("S: 550 5.1.1 ***: unknown"), std::string::npos);
}

TEST_F(SessionTest, BlamesNobodyForALostCount) {
  Script(absl::StrCat(kGreet,
                      "C: MAIL FROM:<noreply@client.test>\nC: RCPT TO:<anna.lee@x.test>\nC: DATA\n",
                      "S: 503 5.5.1 Nested MAIL\nS: 250 Ok\nS: 354 Go\n"));
  Open();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.ending, Ending::kRelayFailed);
  EXPECT_EQ(attempt.outcome.scope, Scope::kNone);
  EXPECT_EQ(attempt.outcome.reply.code, 503);
  EXPECT_FALSE(session_->Usable());
}

TEST_F(SessionTest, CountsOnlyTransactionsThatTheRelayHeardOf) {
  Script("S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250 SIZE 5\n");
  Open();
  const Attempt attempt = Send();
  EXPECT_EQ(attempt.outcome.failure_class, FailureClass::kTooLarge);
  EXPECT_EQ(session_->transactions(), 0);
  EXPECT_TRUE(session_->Usable());
}

TEST_F(SessionTest, QuitsWithinTwoSecondsWhateverTheRelayDoes) {
  Script(absl::StrCat(kGreet, "C: QUIT\nS: <silence>\n"));
  Open();
  const SteadyTime begun = clock_.Steady();
  RunTask(loop_, session_->Quit());
  EXPECT_EQ(clock_.Steady() - begun, std::chrono::seconds(2));
  EXPECT_FALSE(session_->Usable());
  RunTask(loop_, session_->Quit());  // Nothing is left to say.
}

}  // namespace
}  // namespace posthaste::smtp

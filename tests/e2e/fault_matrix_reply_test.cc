// Rows 22 to 35: refusals and losses up to the dot.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"

namespace posthaste {
namespace {

using ::testing::Ge;
using v1::Message;

// Redis answers a little later than the relay, so that what the relay does while the body flows is
// there before the fence has passed.
class FaultMatrixBody : public FaultMatrix {
 protected:
  FaultMatrixBody() { options_.redis_proxy = true; }
  void StartWithSlowFence() {
    StartWithSecond();
    service().proxy().SetDelay(absl::Milliseconds(15));
  }
};

TEST_F(FaultMatrix, Row22RefusesTheRecipientForGood) {
  relay_.At(Stage::kRcpt, {Say("550 5.1.1 Nobody here")});
  StartWithSecond();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"rcpt", "550", v1::INVALID_RECIPIENT, ""});
  EXPECT_EQ(second_.tries(), 0) << "another relay has no other recipients";
  relay_.Behave();
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 1);
}

TEST_F(FaultMatrix, Row23Greylists) {
  relay_.Play(
      [](const std::string&, int number) { return number == 1 ? Fate::kGreylist : Fate::kAccept; });
  StartWithSecond();
  const std::string id = SendCode();
  const Seen seen = ExpectUnsent(id, Message::DEFERRED, {"rcpt", "450", v1::GREYLISTED, ""});
  const int64_t wait_s =
      seen.message.next_attempt_time().seconds() - seen.message.update_time().seconds();
  EXPECT_THAT(wait_s, Ge(59));
  EXPECT_LE(wait_s, 300);
  MoveClock(absl::Seconds(wait_s + 1));
  ExpectAccepted(id, relay_, 2);
}

TEST_F(FaultMatrix, Row24SaysTooManyRecipients) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kRcpt) return std::nullopt;
    if (moment.transaction == 1) return Act{Say("452 4.5.3 Too many recipients")};
    return Act{Say("552 Too many recipients")};
  });
  Start();
  ExpectUnsent(SendCode(), Message::DEFERRED, {"rcpt", "452", v1::RATE_LIMITED, ""});
  ExpectUnsent(SendCode(), Message::DEFERRED, {"rcpt", "552", v1::RATE_LIMITED, ""});
}

TEST_F(FaultMatrix, Row25LimitsTheFrequencyWithA550) {
  relay_.At(Stage::kRcpt, {Say("550 Connection frequency limited")});
  Start();
  ExpectUnsent(SendCode(), Message::DEFERRED, {"rcpt", "550", v1::RATE_LIMITED, "rate"});
  // Backed off: the next waits, untried.
  const std::string waits = SendCode();
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] {
    return Metric("posthaste_message_transitions_total", {"RELEASED"}) > 0;
  }));
  EXPECT_EQ(AwaitState(waits, Message::QUEUED).message.attempt_count(), 0);
  EXPECT_EQ(relay_.tries(), 1);
}

TEST_F(FaultMatrix, Row26RefusesTheSender) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kMail) return std::nullopt;
    if (moment.transaction == 1) return Act{Say("550 5.7.1 We do not like you")};
    return Act{Say("530 5.7.0 Authentication required")};
  });
  Start();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"mail", "550", v1::SENDER_REJECTED, ""});
  const Seen seen =
      ExpectUnsent(SendCode(), Message::DEFERRED, {"mail", "530", v1::AUTH_FAILED, "credentials"});
  EXPECT_EQ(v1::FailureScope_Name(seen.last().scope()), "CONFIG");
}

TEST_F(FaultMatrix, Row27LosesCountOfCommands) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kMail || moment.connection > 1) return std::nullopt;
    return Act{Say("503 5.5.1 Bad sequence of commands")};
  });
  Start();
  ExpectUnsent(SendCode(), Message::DEFERRED, {"mail", "503", v1::PROTOCOL_ERROR, ""});
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 2);
}

TEST_F(FaultMatrix, Row28SplitsOrDropsRepliesToAFlight) {
  Start();
  ExpectAccepted(SendCode(), relay_);  // All in one packet.
  const absl::Duration tick = absl::Milliseconds(1);
  relay_.At(Stage::kMail, {Drip("250 2.1.0 Ok\r\n", tick)});
  relay_.At(Stage::kRcpt, {Drip("250 2.1.5 Ok\r\n", tick)});
  relay_.At(Stage::kData, {Drip("354 Go on\r\n", tick)});
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 1);
  relay_.Behave();
  relay_.At(Stage::kMail, {});  // One reply short.
  relay_.At(Stage::kRcpt, {Say("250 2.1.5 Ok")});
  ExpectUnsent(SendCode(), Message::DEFERRED, {"rcpt", "354", v1::PROTOCOL_ERROR, ""});
}

TEST_F(FaultMatrix, Row29RefusesTheRecipientAndTakesData) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.transaction != 1) return std::nullopt;
    if (moment.stage == Stage::kRcpt) return Act{Say("550 5.1.1 Nobody here")};
    if (moment.stage == Stage::kData) return Act{Say("354 Go on")};
    return std::nullopt;
  });
  Start();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"rcpt", "550", v1::INVALID_RECIPIENT, ""});
  EXPECT_EQ(relay_.dots(), 0) << "only a lone dot, for nobody";
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 1) << "the session stays in step";
}

TEST_F(FaultMatrix, Row30AnswersRcptWith421) {
  relay_.At(Stage::kRcpt, {Say("421 4.3.2 Going down"), Close()});
  StartWithSecond();
  ExpectNextThenDeferred({"rcpt", "421", v1::OTHER, "broken"});
}

TEST_F(FaultMatrix, Row31RefusesData) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kData) return std::nullopt;
    if (moment.transaction == 1) return Act{Say("554 5.7.1 This is spam")};
    return Act{Say("451 4.3.0 Not now")};
  });
  Start();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"data", "554", v1::SPAM_CONTENT, ""});
  ExpectUnsent(SendCode(), Message::DEFERRED, {"data", "451", v1::OTHER, ""});
  EXPECT_EQ(relay_.dots(), 0);
}

TEST_F(FaultMatrix, Row32NeverAnswersData) {
  relay_.At(Stage::kData, {Hang()});
  StartWithSecond();
  ExpectNextThenDeferred({"data", "", v1::TIMEOUT, "broken"});
  EXPECT_EQ(relay_.dots(), 0);
}

TEST_F(FaultMatrixBody, Row33ClosesDuringTheBody) {
  relay_.At(Stage::kBody, {Close()});
  StartWithSlowFence();
  ExpectNextThenDeferred({"body", "", v1::CONNECT_FAILURE, "broken"});
  EXPECT_EQ(relay_.dots(), 0);
}

TEST_F(FaultMatrixBody, Row34RefusesDuringTheBodyAndCloses) {
  relay_.At(Stage::kBody, {Say("552 5.3.4 Too large"), Close()});
  StartWithSlowFence();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"body", "552", v1::TOO_LARGE, ""});
  EXPECT_EQ(second_.tries(), 0);
}

TEST_F(FaultMatrix, Row35StopsReadingInTheBody) {
  FaultRelayOptions narrow;
  narrow.receive_bytes = 4096;
  FaultRelay relay(narrow);
  relay.At(Stage::kData, {Say("354 Go on"), Deaf()});
  // A mail that the buffers on the way have no room for.
  const TempDir templates;
  std::filesystem::create_directories(templates.File("verification_code/en"));
  std::string text = ReadFile(PH_SOURCE_DIR "/templates/mail/verification_code/en/body.txt");
  while (text.size() < 250'000) absl::StrAppend(&text, "Line ", text.size(), " of many.\n");
  static_cast<void>(templates.Write("verification_code/en/body.txt", text));
  options_.tenant = absl::StrCat("    templates_dir: ", templates.path(), "\n");
  options_.more += "templates_lint: WARN\n";
  Start({relay.port(), second_.port()});
  ExpectNextThenDeferred({"body", "", v1::TIMEOUT, "broken"});
  EXPECT_EQ(relay.dots(), 0);
}

}  // namespace
}  // namespace posthaste

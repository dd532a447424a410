// Rows 36 to 46 and 58: what comes after the dot. From its first byte on only the relay knows
// (RFC 1047).
#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"

namespace posthaste {
namespace {

using v1::Message;

class FaultMatrixDot : public FaultMatrix {
 protected:
  // The relay is good from here on: what was in doubt is sent once more, the same bytes, and
  // accepted by the relay that had it first.
  void ExpectOneResend(const std::string& id, int copies) {
    relay_.Behave();
    MoveClock(absl::Seconds(90));
    const Seen seen = AwaitState(id, Message::ACCEPTED);
    EXPECT_EQ(Message::State_Name(seen.state()), "ACCEPTED") << seen.last().ShortDebugString();
    EXPECT_EQ(seen.message.attempt_count(), 2);
    EXPECT_EQ(seen.message.uncertain_attempts(), 1);
    const FaultRelay::Kept kept = relay_.Of(id);
    EXPECT_EQ(kept.copies, copies);
    EXPECT_TRUE(kept.same) << "another Message-ID, Date or body";
    EXPECT_EQ(kept.message_id, absl::StrCat("<", id, "@acme.test>"));
    EXPECT_EQ(second_.Of(id).copies, 0);
  }
};

TEST_F(FaultMatrixDot, Row36ClosesAfterTheDotAndHasIt) {
  relay_.At(Stage::kDot, {Keep(), Close()});
  StartWithSecond();
  const std::string id = SendCode();
  ExpectDoubt(id, {"dot", "", v1::CONNECT_FAILURE, "broken"}, 1);
  ExpectOneResend(id, 2);
}

TEST_F(FaultMatrixDot, Row37ClosesAfterTheDotAndHasItNot) {
  relay_.At(Stage::kDot, {Close()});
  StartWithSecond();
  const std::string id = SendCode();
  ExpectDoubt(id, {"dot", "", v1::CONNECT_FAILURE, "broken"}, 0);
  ExpectOneResend(id, 1);
}

TEST_F(FaultMatrixDot, Row38IsSilentAfterTheDot) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kDot) return std::nullopt;
    // Late, but within the limit of 0.6 s.
    if (moment.transaction == 1) return Act{Keep(), Wait(absl::Milliseconds(350)), Say("250 Ok")};
    return Act{Keep(), Hang()};
  });
  StartWithSecond();
  ExpectAccepted(SendCode(), relay_);
  const std::string id = SendNotice();
  ExpectDoubt(id, {"dot", "", v1::TIMEOUT, "broken"}, 1);
}

TEST_F(FaultMatrixDot, Row39AnswersTheDotWithGarbageAndThenYes) {
  relay_.At(Stage::kDot, {Keep(), Say("yes, gladly"), Say("250 2.0.0 Kept")});
  StartWithSecond();
  const std::string id = SendCode();
  ExpectDoubt(id, {"dot", "", v1::PROTOCOL_ERROR, "broken"}, 1);
  ExpectOneResend(id, 2);
}

TEST_F(FaultMatrixDot, Row40SaysYesInOtherLetters) {
  Start();
  relay_.At(Stage::kDot, {Keep(), Say("250 2.0.0 gr\xFC\xDF Gott")});
  ExpectAccepted(SendCode(), relay_);
  relay_.At(Stage::kDot, {Keep(), Say("250 \xD3\xCA\xBC\xFE\xD2\xD1\xBD\xD3\xCA\xDC")});
  ExpectAccepted(SendCode(), relay_);
  relay_.At(Stage::kDot, {Keep(), Raw(std::string("250 a\0b\r\n", 9))});
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 1);
}

TEST_F(FaultMatrixDot, Row41NeverComesToTheEndOfItsReply) {
  Act act = {Keep()};
  for (int i = 0; i < 30; ++i) {
    act.push_back(Raw("250-still here\r\n"));
    act.push_back(Wait(absl::Milliseconds(100)));
  }
  relay_.At(Stage::kDot, act);
  StartWithSecond();
  ExpectDoubt(SendCode(), {"dot", "", v1::TIMEOUT, "broken"}, 1);
}

TEST_F(FaultMatrixDot, Row42AnswersTheDotWith4xx) {
  relay_.At(Stage::kDot, {Say("451 4.3.0 Not now")});
  StartWithSecond();
  const std::string id = SendCode();
  const Seen seen = ExpectUnsent(id, Message::DEFERRED, {"dot", "451", v1::OTHER, ""});
  EXPECT_EQ(seen.message.attempt_count(), 1);
  EXPECT_EQ(second_.tries(), 0) << "never another relay at once after the dot";
  relay_.Behave();
  MoveClock(absl::Seconds(10));
  ExpectAccepted(id, relay_, 2);
}

TEST_F(FaultMatrixDot, Row43AnswersTheDotWith5xx) {
  relay_.At(Stage::kDot, {Say("554 5.7.1 This is spam")});
  StartWithSecond();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"dot", "554", v1::SPAM_CONTENT, ""});
  EXPECT_EQ(second_.tries(), 0);
}

// As a filter does whose verdict comes out of turn: the refusal was heard first, the mail is kept.
TEST_F(FaultMatrixDot, Row43RefusesAndKeepsInOneBreath) {
  relay_.At(Stage::kDot, {Keep(), Say("554 5.7.1 This is spam"), Say("250 2.0.0 Kept")});
  StartWithSecond();
  const std::string id = SendCode();
  ExpectDoubt(id, {"dot", "554", v1::PROTOCOL_ERROR, "broken"}, 1);
  ExpectOneResend(id, 2);
}

TEST_F(FaultMatrixDot, Row44AnswersTheDotWithAnotherCode) {
  relay_.At(Stage::kDot, {Keep(), Say("354 Go on")});
  StartWithSecond();
  const std::string id = SendCode();
  ExpectDoubt(id, {"dot", "354", v1::PROTOCOL_ERROR, "broken"}, 1);
  ExpectOneResend(id, 2);
  relay_.At(Stage::kDot, {Keep(), Say("220 relay.test ESMTP")});
  const Seen seen =
      Await(SendNotice(), [](const Seen& now) { return now.message.uncertain_attempts() == 1; });
  EXPECT_EQ(Message::State_Name(seen.state()), "DEFERRED");
  EXPECT_EQ(seen.last().reply().substr(0, 3), "220");
}

TEST_F(FaultMatrixDot, Row45AnswersTheDotWith421) {
  relay_.At(Stage::kDot, {Say("421 4.3.2 Going down"), Close()});
  StartWithSecond();
  const Seen seen =
      ExpectUnsent(SendCode(), Message::DEFERRED, {"dot", "421", v1::OTHER, "broken"});
  EXPECT_EQ(seen.message.attempt_count(), 1);
  EXPECT_EQ(second_.tries(), 0);
  relay_.Behave();
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 2);
}

TEST_F(FaultMatrixDot, Row46Throttles) {
  relay_.At(Stage::kData, {Say("454 Throttling failure: Maximum sending rate exceeded.")});
  StartWithSecond();
  ExpectUnsent(SendCodeSolo(), Message::DEFERRED, {"data", "454", v1::RATE_LIMITED, "rate"});
  // The relay is given time: another takes what comes meanwhile.
  ExpectAccepted(SendCode(), second_);
  EXPECT_EQ(relay_.tries(), 1);
}

// A code that is good for a minute, and a relay that answers its dot when that minute is over.
class FaultMatrixLate : public FaultMatrixDot {
 protected:
  Seen PlayLate(Act answer) {
    options_.relay_settings = {""};
    answer.insert(answer.begin(), {Keep(), Gate()});
    relay_.At(Stage::kDot, answer);
    Start({relay_.port(), second_.port()}, "api");
    const std::string id = SendCode(absl::Seconds(60));
    MoveClock(absl::Seconds(45));
    worker_ = service().Serve("worker");
    EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return relay_.held() == 1; }));
    MoveClock(absl::Seconds(16));  // Less than its lease.
    relay_.OpenGate();
    return Await(id, [](const Seen& now) { return Terminal(now.state()); });
  }

  std::unique_ptr<Process> worker_;
};

TEST_F(FaultMatrixLate, Row58SaysYesWhenTheCodeHasExpired) {
  const Seen seen = PlayLate({Say("250 2.0.0 Kept")});
  EXPECT_EQ(Message::State_Name(seen.state()), "ACCEPTED") << seen.message.ShortDebugString();
  EXPECT_EQ(seen.message.uncertain_attempts(), 0);
  EXPECT_EQ(relay_.Of(seen.message.id()).copies, 1);
}

TEST_F(FaultMatrixLate, Row58ClosesWhenTheCodeHasExpired) {
  const Seen seen = PlayLate({Close()});
  EXPECT_EQ(Message::State_Name(seen.state()), "UNCERTAIN") << seen.message.ShortDebugString();
  EXPECT_EQ(seen.message.uncertain_attempts(), 1);
  MoveClock(absl::Minutes(10));
  relay_.Behave();
  ExpectAccepted(SendNotice(), relay_);
  EXPECT_EQ(relay_.Of(seen.message.id()).copies, 1) << "no resend of a dead code";
}

}  // namespace
}  // namespace posthaste

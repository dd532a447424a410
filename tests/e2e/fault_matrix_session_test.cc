// Rows 47 to 53: sessions that carry many messages.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"

namespace posthaste {
namespace {

using ::testing::Contains;
using v1::Message;

TEST_F(FaultMatrix, Row47ResetsTheConnectionBehindItsYes) {
  relay_.At(Stage::kDot, {Keep(), Say("250 2.0.0 Kept"), Reset()});
  Start();
  for (int i = 0; i < 3; ++i) ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 3);
  ExpectFault("");
}

TEST_F(FaultMatrix, Row48ClosesWhileIdle) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kDot) return std::nullopt;
    const absl::Duration idle = absl::Milliseconds(20);
    if (moment.connection == 1) return Act{Keep(), Say("250 Kept"), Wait(idle), Close()};
    if (moment.connection > 2) return std::nullopt;
    return Act{Keep(), Say("250 Kept"), Wait(idle), Say("421 4.4.2 Idle"), Close()};
  });
  Start();
  for (int i = 0; i < 3; ++i) {
    ExpectAccepted(SendCode(), relay_);
    PollUntil(absl::Milliseconds(60), [] { return false; });  // The connection idles.
  }
  EXPECT_EQ(relay_.connections(), 3);
  ExpectFault("");
}

TEST_F(FaultMatrix, Row49ClosesSilentlyAfterTwentyMessages) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kDot || moment.transaction != 20) return std::nullopt;
    return Act{Keep(), Say("250 2.0.0 Kept"), Close()};
  });
  Set(0, "sessions: 1");
  Start();
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(SendCode());
  for (const std::string& id : ids) ExpectAccepted(id, relay_);
  EXPECT_EQ(relay_.connections(), 3);
  ExpectFault("");
}

TEST_F(FaultMatrix, Row50RefusesRset) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage == Stage::kRcpt && moment.connection <= 2 && moment.transaction == 1) {
      return Act{Say("550 5.1.1 Nobody here")};
    }
    if (moment.stage != Stage::kRset) return std::nullopt;
    if (moment.connection == 1) return Act{Say("502 5.5.1 What is that?")};
    return Act{Hang()};
  });
  Start();
  ExpectUnsent(SendCode(), Message::BOUNCED, {"rcpt", "550", v1::INVALID_RECIPIENT, ""});
  // The session refuses RSET: another is opened, whose first recipient is unknown again.
  ExpectUnsent(SendCode(), Message::BOUNCED, {"rcpt", "550", v1::INVALID_RECIPIENT, ""});
  EXPECT_EQ(relay_.connections(), 2);
  // This one does not answer RSET.
  ExpectAccepted(SendCode(), relay_);
  EXPECT_EQ(relay_.connections(), 3);
  EXPECT_THAT(relay_.Heard(), Contains("RSET").Times(2));
}

class FaultMatrixChunks : public FaultMatrix {
 protected:
  FaultMatrixChunks()
      : chunks_({.extensions = {"PIPELINING", "ENHANCEDSTATUSCODES", "CHUNKING"}}) {}

  Seen ExpectKept(const std::string& id) {
    Seen seen = AwaitState(id, Message::ACCEPTED);
    EXPECT_EQ(Message::State_Name(seen.state()), "ACCEPTED") << seen.last().ShortDebugString();
    EXPECT_EQ(seen.message.attempt_count(), 1);
    EXPECT_EQ(chunks_.Of(seen.message.id()).copies, 1);
    return seen;
  }
  FaultRelay chunks_;
};

TEST_F(FaultMatrixChunks, Row51DoesNotKnowBdat) {
  chunks_.At(Stage::kChunk, {Say("500 5.5.1 What?")});
  Start({chunks_.port()});
  EXPECT_EQ(ExpectKept(SendCode()).last().phase(), "dot");
  // It is remembered: no second detour.
  const int connections = chunks_.connections();
  ExpectKept(SendCode());
  EXPECT_EQ(chunks_.connections(), connections);
  const std::vector<std::string> heard = chunks_.Heard();
  EXPECT_EQ(std::count_if(heard.begin(), heard.end(),
                          [](const std::string& line) { return line.rfind("BDAT", 0) == 0; }),
            1);
  ExpectFault("");
}

TEST_F(FaultMatrixChunks, Row52RefusesTheRecipientAndAnswersTheChunk) {
  Start({chunks_.port()});
  for (const char* to_chunk : {"503 5.5.1 No recipient", "250 2.0.0 Taken all the same"}) {
    chunks_.PlayScript([to_chunk](const Moment& moment) -> std::optional<Act> {
      if (moment.transaction != 1) return std::nullopt;
      if (moment.stage == Stage::kRcpt) return Act{Say("550 5.1.1 Nobody here")};
      if (moment.stage == Stage::kChunk) return Act{Say(to_chunk)};
      return std::nullopt;
    });
    ExpectUnsent(SendCode(), Message::BOUNCED, {"rcpt", "550", v1::INVALID_RECIPIENT, ""});
    const int connections = chunks_.connections();
    ExpectKept(SendCode());
    EXPECT_EQ(chunks_.connections(), connections) << "the session is in step";
    chunks_.Disconnect(false);  // The next message is a connection's first.
  }
}

// Counted before the clock is moved: what was turned away for good waits for its next try then.
TEST_F(FaultMatrix, Row53HasOneUnwellHostOfFour) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kGreeting || moment.connection % 4 != 0) return std::nullopt;
    return Act{Say("421 4.3.2 Unwell"), Close()};
  });
  Set(0, "transactions_per_session: 1");
  Start();
  constexpr int kMessages = 160;
  std::vector<std::string> ids;
  for (int i = 0; i < kMessages; ++i) ids.push_back(SendCode());
  const auto became = [&](const char* state) {
    return Metric("posthaste_message_transitions_total", {state});
  };
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] {
    return became("ACCEPTED") + became("DEFERRED") >= kMessages;
  })) << became("ACCEPTED");
  EXPECT_GE(became("ACCEPTED"), 0.95 * kMessages) << "at the first try";
  EXPECT_GE(Faults("turned_away"), kMessages / 5) << "or there was no unwell host";
  EXPECT_LE(Faults("turned_away"), kMessages / 2) << "every fourth connection, and no storm";
  EXPECT_GE(Metric("posthaste_relay_window", {"relay0"}), 4) << "the concurrency stays";
  EXPECT_EQ(Metric("posthaste_relay_breaker_state", {"relay0"}), 0);
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] {
    MoveClock(absl::Seconds(1));
    return became("ACCEPTED") == kMessages;
  })) << became("ACCEPTED");
  for (const std::string& id : ids) EXPECT_EQ(relay_.Of(id).copies, 1);
}

}  // namespace
}  // namespace posthaste

#include "smtp/conversation.h"

#include <gtest/gtest.h>

#include "tests/support/run_task.h"
#include "tests/support/scripted_relay.h"

namespace posthaste::smtp {
namespace {

class ConversationTest : public testing::Test {
 protected:
  // Connects to a relay that plays `lines`.
  void Connect(std::vector<DialogueLine> lines) {
    dialogue_.lines = std::move(lines);
    relay_ = std::make_unique<ScriptedRelay>(dialogue_, clock_, RelayMode());
    talk_.Begin(Phase::kConnect, absl::Seconds(1));
    auto stream = RunTask(loop_, relay_->Dial("relay.test", 25, talk_.deadline()));
    talk_.Attach(*std::move(stream));
  }
  absl::StatusOr<Reply> Hear() { return RunTask(loop_, talk_.Hear()); }

  static DialogueLine Server(std::string text) {
    return {DialogueLine::Kind::kServer, std::move(text), 0};
  }
  static DialogueLine Event(std::string text) {
    return {DialogueLine::Kind::kEvent, std::move(text), 0};
  }

  Loop loop_;
  FakeClock clock_;
  Dialogue dialogue_;
  std::unique_ptr<ScriptedRelay> relay_;
  Conversation talk_{clock_};
};

TEST_F(ConversationTest, BooksTimeOnThePhasesItWasSpentIn) {
  Connect({Event("wait 3s"), Server("220 a"), Event("wait 4s"), Server("250 b")});
  clock_.Advance(absl::Seconds(2));
  talk_.Begin(Phase::kGreeting, absl::Seconds(10));
  ASSERT_TRUE(Hear().ok());
  talk_.Begin(Phase::kEhlo, absl::Seconds(10));
  ASSERT_TRUE(Hear().ok());
  talk_.End();
  clock_.Advance(absl::Seconds(50));  // Nobody's.
  talk_.End();
  EXPECT_EQ(talk_.durations()[static_cast<size_t>(Phase::kConnect)], absl::Seconds(2));
  EXPECT_EQ(talk_.durations()[static_cast<size_t>(Phase::kGreeting)], absl::Seconds(3));
  EXPECT_EQ(talk_.durations()[static_cast<size_t>(Phase::kEhlo)], absl::Seconds(4));
  EXPECT_EQ(talk_.durations()[static_cast<size_t>(Phase::kMail)], absl::ZeroDuration());
  talk_.Forget();
  EXPECT_EQ(talk_.durations()[static_cast<size_t>(Phase::kEhlo)], absl::ZeroDuration());
}

TEST_F(ConversationTest, LimitsThePhaseAndNotTheRead) {
  Connect({Event("drip 3s> 220 hello")});
  talk_.Begin(Phase::kGreeting, absl::Seconds(10));
  const SteadyTime begun = clock_.Steady();
  EXPECT_EQ(Hear().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(clock_.Steady() - begun, std::chrono::seconds(10));
}

TEST_F(ConversationTest, GivesUpARelayThatTakesABodyTooSlowly) {
  Connect({Event("stop reading")});
  talk_.Begin(Phase::kBody, absl::Seconds(180));
  const SteadyTime begun = clock_.Steady();
  const std::string body(200'000, 'x');
  EXPECT_EQ(RunTask(loop_, talk_.SayBody(body)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(clock_.Steady() - begun, std::chrono::seconds(30));
}

TEST_F(ConversationTest, GivesRepliesOneByOneAndKnowsOfMore) {
  Connect({Server("250 a"), Server("250 b")});
  talk_.Begin(Phase::kMail, absl::Seconds(10));
  EXPECT_EQ(Hear()->lines[0], "a");
  EXPECT_TRUE(talk_.HeardUnasked());
  EXPECT_EQ(Hear()->lines[0], "b");
  EXPECT_FALSE(talk_.HeardUnasked());
}

TEST_F(ConversationTest, GivesWhatCameBesideAReplyWithoutWaiting) {
  Connect({Server("250 a"), Server("451 b"), Server("250-c")});
  talk_.Begin(Phase::kDot, absl::Seconds(10));
  EXPECT_EQ(Hear()->lines[0], "a");
  EXPECT_EQ(talk_.HeardBeside()->code, 451);
  EXPECT_FALSE(talk_.HeardBeside().has_value()) << "half a reply";
}

TEST_F(ConversationTest, GivesAReplyThatNonsenseFollows) {
  Connect({Server("250 a"), Server("nonsense")});
  talk_.Begin(Phase::kMail, absl::Seconds(10));
  EXPECT_TRUE(Hear().ok());
  EXPECT_TRUE(talk_.Stale());
  EXPECT_EQ(Hear().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ConversationTest, NotesWhyNoReplyCame) {
  Connect({Event("close")});
  talk_.Begin(Phase::kMail, absl::Seconds(10));
  EXPECT_TRUE(talk_.Stale());
  EXPECT_EQ(Hear().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(talk_.transcript().text(), "(connection closed by the relay)\n");
}

TEST_F(ConversationTest, IsOpenUntilItIsClosed) {
  EXPECT_FALSE(talk_.open());
  Connect({Server("250 a")});
  EXPECT_TRUE(talk_.open());
  talk_.Close();
  EXPECT_FALSE(talk_.open());
  EXPECT_FALSE(Hear().ok());
}

TEST(ClassOf, NamesTheTroubleThatOperatorsSearchFor) {
  EXPECT_EQ(ClassOf(absl::DeadlineExceededError("")), FailureClass::kTimeout);
  EXPECT_EQ(ClassOf(absl::UnavailableError("")), FailureClass::kConnectFailure);
  EXPECT_EQ(ClassOf(absl::InvalidArgumentError("")), FailureClass::kProtocolError);
  EXPECT_EQ(ClassOf(absl::NotFoundError("")), FailureClass::kDnsFailure);
  EXPECT_EQ(ClassOf(absl::ResourceExhaustedError("")), FailureClass::kProtocolError);
}

}  // namespace
}  // namespace posthaste::smtp

#include "service/cli/fate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;

v1::Message In(v1::Message::State state) {
  v1::Message message;
  message.set_id("m1");
  message.set_state(state);
  message.set_relay("capture");
  message.mutable_create_time()->set_seconds(100);
  message.mutable_relay_accept_time()->set_seconds(100);
  message.mutable_relay_accept_time()->set_nanos(34'000'000);
  return message;
}

TEST(Sentence, TellsEveryStateInWords) {
  EXPECT_EQ(Sentence(In(v1::Message::ACCEPTED)), "accepted by relay capture after 34 ms");
  EXPECT_EQ(Sentence(In(v1::Message::DEFERRED)), "deferred by relay capture, tried again");
  EXPECT_EQ(Sentence(In(v1::Message::EXPIRED)),
            "expired before it could be handed over; nothing was sent");
  EXPECT_THAT(Sentence(In(v1::Message::UNCERTAIN)), HasSubstr("relay capture may have it"));
  for (int state = v1::Message::State_MIN; state <= v1::Message::State_MAX; ++state) {
    EXPECT_FALSE(Sentence(In(static_cast<v1::Message::State>(state))).empty());
  }
}

TEST(ExitCodeOf, IsNoOnlyForWhatEndedWithoutARelay) {
  EXPECT_EQ(ExitCodeOf(v1::Message::ACCEPTED), 0);
  EXPECT_EQ(ExitCodeOf(v1::Message::QUEUED), 0);
  EXPECT_EQ(ExitCodeOf(v1::Message::PARKED), 0);
  EXPECT_EQ(ExitCodeOf(v1::Message::BOUNCED), 1);
  EXPECT_EQ(ExitCodeOf(v1::Message::EXPIRED), 1);
}

TEST(PrintFailure, TellsRelayPhaseReplyAndTheNextThing) {
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  PrintFailure("mail.example.com:465", "auth", "535 5.7.8 no\033[2J", v1::AUTH_FAILED, terminal);
  EXPECT_EQ(out.str(),
            "  relay         mail.example.com:465\n"
            "  phase         auth\n"
            "  reply         535 5.7.8 no[2J\n"
            "  why           auth_failed\n"
            "  what to do    Check user name and password; many providers want an app password "
            "made for SMTP.\n");
}

TEST(PrintAttempt, ShowsPhasesInTheirOrder) {
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  v1::Attempt attempt;
  attempt.set_number(1);
  attempt.set_relay("capture");
  attempt.set_address("127.0.0.1:8527");
  attempt.set_outcome(v1::Attempt::ACCEPTED);
  attempt.set_transcript("C: EHLO x\nS: 250 y");
  (*attempt.mutable_phase_durations())["dot"].set_nanos(3'000'000);
  (*attempt.mutable_phase_durations())["connect"].set_nanos(1'000'000);
  PrintAttempt(attempt, true, absl::UnixEpoch(), terminal);
  EXPECT_THAT(out.str(), HasSubstr("  relay         capture (127.0.0.1:8527), in clear\n"));
  EXPECT_THAT(out.str(), HasSubstr("  phases        connect 1 ms  dot 3 ms\n"));
  EXPECT_THAT(out.str(), HasSubstr("  dialogue      C: EHLO x\n                S: 250 y\n"));
}

TEST(PrintMessage, LeavesOutWhatIsNotThere) {
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  PrintMessage(In(v1::Message::ACCEPTED), absl::FromUnixSeconds(100), terminal);
  EXPECT_THAT(out.str(), HasSubstr("m1  accepted by relay capture after 34 ms\n"));
  EXPECT_EQ(out.str().find("held"), std::string::npos);
}

}  // namespace
}  // namespace posthaste::cli

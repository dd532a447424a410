// Every dialogue of tests/dialogues: as written, byte by byte, and with the connection cut before
// every line.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/dialogue_player.h"

namespace posthaste::smtp {

// How GoogleTest prints the parameter.
void PrintTo(const Dialogue& dialogue, std::ostream* out) { *out << dialogue.comment; }

namespace {

bool IsYes(int code) { return code >= 250 && code < 260; }
bool IsNo(int code) { return code >= 400 && code < 600; }

// What must hold whatever the relay does: compared with what really happened on the wire.
void ExpectInvariants(const PlayedAttempt& played) {
  const Attempt& attempt = played.attempt;
  const RelayTrace& trace = played.trace;
  const bool judged = attempt.ending == Ending::kJudged;
  const Verdict verdict = attempt.outcome.verdict;
  const int final_code = trace.dot_replies.empty() ? 0 : trace.dot_replies.front();

  if (judged && verdict == Verdict::kAccepted) {
    EXPECT_TRUE(trace.body_taken && trace.dot_begun) << "accepted without a dot";
    EXPECT_TRUE(IsYes(final_code)) << "accepted without a complete positive reply to the dot";
  }
  const bool yes = IsYes(final_code) && !trace.dot_failed;
  const bool doubt = trace.dot_begun && !yes && !IsNo(final_code);
  EXPECT_EQ(judged && verdict == Verdict::kUncertain, doubt)
      << "uncertain exactly when only the relay knows";
  EXPECT_EQ(attempt.dot_sent, trace.dot_begun);

  if (judged && verdict == Verdict::kBounced && trace.writes > 0) {
    EXPECT_GE(attempt.outcome.reply.code, 500) << "bounced without a refusal";
  }
  if (attempt.ending == Ending::kRelayFailed) {
    EXPECT_FALSE(trace.dot_begun) << "another relay would be tried after the dot";
  }

  if (played.fence_asked == 0 || played.fence_answer != FenceAnswer::kPass) {
    EXPECT_FALSE(trace.dot_begun) << "a dot without the fence";
  }
  EXPECT_LE(played.fence_asked, 1);
  EXPECT_EQ(played.fence_answered, played.fence_asked);
  if (played.fence_asked > 0) {
    EXPECT_GE(played.replies_at_ask, 2u) << "asked before RCPT was accepted";
  }

  EXPECT_LE(attempt.transcript.size(), 2048u);
  EXPECT_EQ(attempt.transcript.find("123456"), std::string::npos);
  if (!played.recipient.empty()) {
    EXPECT_EQ(attempt.transcript.find(played.recipient), std::string::npos);
  }
  EXPECT_EQ(attempt.relay, "primary");
  EXPECT_FALSE(attempt.address.empty());
}

class DialogueTest : public testing::TestWithParam<Dialogue> {
 protected:
  void ExpectAsWritten(RelayMode mode) {
    const Play play = PlayDialogue(GetParam(), mode);
    for (const std::string& wrong : play.wrong_expectations) ADD_FAILURE() << wrong;
    for (const std::string& violation : play.violations) ADD_FAILURE() << violation;
    for (const PlayedAttempt& played : play.attempts) {
      SCOPED_TRACE(played.attempt.transcript);
      ExpectInvariants(played);
    }
    EXPECT_FALSE(play.attempts.empty());
  }

  // Within a reply of 129 equal lines one cut is like the other.
  bool RepeatsTheLineBefore(int line) const {
    if (line == 0) return false;
    const DialogueLine& here = GetParam().lines[static_cast<size_t>(line)];
    const DialogueLine& before = GetParam().lines[static_cast<size_t>(line) - 1];
    return here.kind == before.kind && here.text == before.text;
  }

  void ExpectInvariantsWhenCut(RelayMode mode) {
    const int lines = static_cast<int>(GetParam().lines.size());
    for (int line = 0; line < lines; ++line) {
      if (RepeatsTheLineBefore(line)) continue;
      mode.cut_before = line;
      const Play play = PlayDialogue(GetParam(), mode);
      for (const PlayedAttempt& played : play.attempts) {
        SCOPED_TRACE(absl::StrCat("cut before line ",
                                  GetParam().lines[static_cast<size_t>(line)].number, "\n",
                                  played.attempt.transcript));
        ExpectInvariants(played);
      }
    }
  }
};

TEST_P(DialogueTest, GoesAsWritten) { ExpectAsWritten({}); }

TEST_P(DialogueTest, GoesAsWrittenByteByByte) {
  RelayMode mode;
  mode.byte_by_byte = true;
  ExpectAsWritten(mode);
}

TEST_P(DialogueTest, LeavesNoFalseBeliefWhenCutAnywhere) {
  for (const bool byte_by_byte : {false, true}) {
    for (const bool in_line : {false, true}) {
      for (const bool swallows : {false, true}) {
        for (const bool unseen : {false, true}) {
          RelayMode mode;
          mode.byte_by_byte = byte_by_byte;
          mode.cut_in_line = in_line;
          mode.cut_swallows = swallows;
          mode.cut_unseen = unseen;
          ExpectInvariantsWhenCut(mode);
        }
      }
    }
  }
}

std::string NameOf(const testing::TestParamInfo<Dialogue>& info) { return info.param.name; }

// Else the invariants could hold because nothing ever happens.
TEST(Cuts, ReachEveryKindOfEnding) {
  int accepted = 0, uncertain = 0, relay_failed = 0, stale = 0;
  for (const Dialogue& dialogue : AllDialogues()) {
    for (size_t line = 0; line < dialogue.lines.size(); ++line) {
      RelayMode mode;
      mode.cut_before = static_cast<int>(line);
      mode.cut_unseen = true;
      for (const PlayedAttempt& played : PlayDialogue(dialogue, mode).attempts) {
        const bool judged = played.attempt.ending == Ending::kJudged;
        accepted += judged && played.attempt.outcome.verdict == Verdict::kAccepted;
        uncertain += judged && played.attempt.outcome.verdict == Verdict::kUncertain;
        relay_failed += played.attempt.ending == Ending::kRelayFailed;
        stale += played.attempt.stale;
      }
    }
  }
  EXPECT_GT(accepted, 50);
  EXPECT_GT(uncertain, 100);
  EXPECT_GT(relay_failed, 500);
  EXPECT_GT(stale, 10);
}

INSTANTIATE_TEST_SUITE_P(All, DialogueTest, testing::ValuesIn(AllDialogues()), NameOf);

}  // namespace

}  // namespace posthaste::smtp

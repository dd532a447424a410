// Decoys: codes that are mailed to nobody and never match.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class DecoyTest : public StoreTest {
 protected:
  static v1::SendVerificationCodeRequest Decoy() {
    v1::SendVerificationCodeRequest request = Code();
    request.set_decoy(true);
    return request;
  }
};

TEST_F(DecoyTest, MatchesNoCodeNotEvenItsOwn) {
  const v1::Verification played = Send(Decoy());
  EXPECT_EQ(Result(played.id(), CodeIn(played.message_id())),
            v1::CheckVerificationCodeResponse::MISMATCHED);
}

TEST_F(DecoyTest, RunsOutOfGuessesLikeARealOne) {
  const v1::Verification played = Send(Decoy());
  for (int i = 1; i < world_.shared.policy.guesses; ++i) {
    const v1::CheckVerificationCodeResponse answer = Check(Guess(played.id(), "123456"));
    EXPECT_EQ(answer.result(), v1::CheckVerificationCodeResponse::MISMATCHED);
    EXPECT_EQ(answer.verification().guesses_remaining(), world_.shared.policy.guesses - i);
  }
  Result(played.id(), "123456");
  EXPECT_EQ(Result(played.id(), "123456"), v1::CheckVerificationCodeResponse::GUESSES_EXHAUSTED);
}

TEST_F(DecoyTest, IsToldOnlyToWhoMayReadMessages) {
  const v1::Verification played = Send(Decoy());
  const queue::LeasedJob job = Claimed(played.message_id());
  EXPECT_NE(job.record.head.flags & queue::kFlagDecoy, 0) << "it would be mailed";
  End(job, v1::Message::SUPPRESSED);
  EXPECT_EQ(Seen(played.id(), true).message_state(), v1::Message::SUPPRESSED);
  EXPECT_EQ(Seen(played.id(), false).message_state(), v1::Message::ACCEPTED);
  EXPECT_EQ(Seen(played.id(), false).state(), v1::Verification::PENDING);
}

TEST_F(DecoyTest, GivesWayToARealOneOfTheSameAddress) {
  const v1::Verification played = Send(Decoy());
  const v1::Verification real = Send(Code());
  EXPECT_TRUE(real.created());
  EXPECT_EQ(Seen(played.id(), true).state(), v1::Verification::SUPERSEDED);
  EXPECT_EQ(Result(real.id(), CodeIn(real.message_id())),
            v1::CheckVerificationCodeResponse::MATCHED);
}

}  // namespace
}  // namespace posthaste::api

// Checklist 3: of two right answers at once, one wins, a hundred times.
#include <set>

#include "tests/checklist/processes.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class RightAnswersRaceTest : public ProcessesTest {
 protected:
  RightAnswersRaceTest() : ProcessesTest(2) {}

  // Of that many right answers to one verification one is MATCHED and has a receipt.
  void ExpectOneWinner(const std::string& recipient, size_t answers) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    const v1::Verification sent = Send(request);
    const Guesses guesses(answers, Guess(sent.id(), CodeIn(sent.message_id())));
    std::multiset<int> results;
    for (const Response& answer : CheckAll(guesses)) {
      results.insert(answer.result());
      EXPECT_EQ(answer.receipt().empty(), answer.result() != Response::MATCHED);
    }
    EXPECT_EQ(results.count(Response::MATCHED), 1u);
    EXPECT_EQ(results.count(Response::ALREADY_USED), answers - 1);
  }
};

TEST_F(RightAnswersRaceTest, OneOfTwoWinsAHundredTimes) {
  for (int i = 0; i < 100 && !HasFailure(); ++i)
    ExpectOneWinner("user" + std::to_string(i) + "@example.com", 2);
}

TEST_F(RightAnswersRaceTest, OneOfTenWins) { ExpectOneWinner("ana@example.com", 10); }

}  // namespace
}  // namespace posthaste::api

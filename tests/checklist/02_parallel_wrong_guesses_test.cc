// Checklist 2: of ten thousand wrong guesses at once exactly as many are compared as are left.
#include <map>

#include "absl/strings/str_format.h"
#include "tests/checklist/processes.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class ParallelWrongGuessesTest : public ProcessesTest {
 protected:
  ParallelWrongGuessesTest() : ProcessesTest(3) {}

  // That many codes, each another and none of them right.
  static Guesses Wrong(const v1::Verification& sent, const std::string& right, size_t count) {
    Guesses guesses;
    for (int i = 0; guesses.size() < count; ++i) {
      std::string code = absl::StrFormat("%06d", i);
      if (code != right) guesses.push_back(Guess(sent.id(), code));
    }
    return guesses;
  }
  static std::map<int, size_t> Counted(const Answers& answers) {
    std::map<int, size_t> counted;
    for (const Response& answer : answers) ++counted[answer.result()];
    return counted;
  }
};

TEST_F(ParallelWrongGuessesTest, AreComparedExactlyAsOftenAsGuessesAreLeft) {
  const v1::Verification sent = Send();
  const std::string right = CodeIn(sent.message_id());
  EXPECT_EQ(
      Counted(CheckAll(Wrong(sent, right, 10'000))),
      (std::map<int, size_t>{{Response::MISMATCHED, 5}, {Response::GUESSES_EXHAUSTED, 9'995}}));
  EXPECT_EQ(Result(sent.id(), right), Response::GUESSES_EXHAUSTED);
}

TEST_F(ParallelWrongGuessesTest, TellNoMoreWhereverTheRightOneStandsAmongThem) {
  for (const size_t place : {0, 4, 5, 900}) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(absl::StrFormat("user%d@example.com", place));
    const v1::Verification sent = Send(request);
    const std::string right = CodeIn(sent.message_id());
    Guesses guesses = Wrong(sent, right, 1'000);
    guesses[place].set_code(right);
    std::map<int, size_t> counted = Counted(CheckAll(guesses));
    EXPECT_LE(counted[Response::MATCHED], 1u);
    EXPECT_LE(counted[Response::MATCHED] + counted[Response::MISMATCHED], 5u) << place;
    const int after =
        counted[Response::MATCHED] == 1 ? Response::ALREADY_USED : Response::GUESSES_EXHAUSTED;
    EXPECT_EQ(counted[Response::MATCHED] + counted[Response::MISMATCHED] + counted[after], 1'000u);
  }
}

}  // namespace
}  // namespace posthaste::api

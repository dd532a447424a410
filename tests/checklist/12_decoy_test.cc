// Checklist 12: a decoy cannot be told from a real send by body, status or time.
#include "tests/checklist/timing.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class IndistinctTest : public StoreTest {
 protected:
  static v1::SendVerificationCodeRequest To(const std::string& recipient, bool decoy) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_decoy(decoy);
    return request;
  }
};

TEST_F(IndistinctTest, ByBodyAndStatusOverItsWholeLife) {
  const auto real = To("ann@example.com", false), decoy = To("ana@example.com", true);
  const v1::Verification sent = Send(real), played = Send(decoy);
  EXPECT_EQ(Alike(sent), Alike(played));
  EXPECT_EQ(sent.expire_time().seconds() - sent.create_time().seconds(),
            played.expire_time().seconds() - played.create_time().seconds());
  EXPECT_EQ(sent.next_send_time().seconds() - sent.create_time().seconds(),
            played.next_send_time().seconds() - played.create_time().seconds());
  EXPECT_EQ(Verdict(Refused(real)), Verdict(Refused(decoy)));
  MoveClock(absl::Seconds(31));
  EXPECT_EQ(Alike(Send(real)), Alike(Send(decoy))) << "a resend";
  EXPECT_EQ(Alike(Seen(sent.id(), false)), Alike(Seen(played.id(), false)));
  for (int i = 0; i < 6; ++i) {
    v1::CheckVerificationCodeResponse one = Check(Guess(sent.id(), "000000000")),
                                      other = Check(Guess(played.id(), "000000000"));
    EXPECT_EQ(one.result(), other.result());
    EXPECT_EQ(Alike(one.verification()), Alike(other.verification())) << "guess " << i + 1;
  }
  EXPECT_EQ(Alike(Seen(sent.id(), false)), Alike(Seen(played.id(), false)));
}

TEST_F(IndistinctTest, ByHowLongASendAndACheckTake) {
  Arms sends, checks;
  int person = 0;
  ExpectAlike(
      {{"sends, real and decoy", &sends}, {"checks, real and decoy", &checks}}, [&](int samples) {
        for (int i = 0; i < 2 * samples; ++i) {
          // Each pair begins with the other.
          const int arm = (i + i / 2) % 2;
          const auto request = To("person" + std::to_string(person++) + "@example.com", arm == 1);
          v1::Verification sent;
          sends.Time(arm, [&] { sent = Send(request); });
          const v1::CheckVerificationCodeRequest guess = Guess(sent.id(), "000000000");
          checks.Time(arm, [&] { Check(guess); });
        }
      });
}

}  // namespace
}  // namespace posthaste::api

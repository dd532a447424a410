#include "service/queue/admit_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/queue/ids.h"
#include "service/queue/verification_record.h"
#include "tests/support/fake_random.h"

namespace posthaste::queue {
namespace {

class AdmitCallTest : public testing::Test {
 protected:
  AdmitCallTest() {
    FakeRandom random;
    request_.id = NewId('m', 3, absl::FromUnixMillis(1'800'000'000'000), random);
    request_.tenant = "shop";
  }

  std::string Wire(std::string_view newest = "") const {
    std::string wire;
    AdmitCall(keys_, request_, newest).AppendTo(wire);
    return wire;
  }
  static std::string Word(const std::string& word) {
    return "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }

  const Keys keys_{16};
  AdmitRequest request_;
};

TEST_F(AdmitCallTest, NamesOnlyTheKeysThatItNeeds) {
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("7") + Word(keys_.Message(3, request_.id))));
  request_.record.head.mail_class = MailClass::kNotice;
  request_.supersede_group = "group";
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("9")));
  EXPECT_THAT(Wire("1m03"), testing::HasSubstr(Word("12")));
  EXPECT_THAT(Wire("2m03"), testing::HasSubstr(Word(keys_.Lane(3, MailClass::kGeneral, "shop"))));
  EXPECT_THAT(Wire("2m03"), testing::HasSubstr(Word(keys_.Attachments(3, "m03"))));
  request_.attachments = "sealed files";
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("10") + Word(keys_.Message(3, request_.id))));
  EXPECT_THAT(Wire(), testing::HasSubstr(Word(keys_.Attachments(3, request_.id))));
  EXPECT_THAT(Wire(), testing::EndsWith(Word("sealed files")));
}

TEST_F(AdmitCallTest, SendsANewVerificationInTheRecordAndAResentOneBesideIt) {
  VerificationChange& change = request_.verification.emplace();
  change.next.id = VerificationIdOf(request_.id);
  change.next.state = v1::Verification::PENDING;
  change.next.message_id = request_.id;
  change.next.revision = 1;
  change.group = "12345678 and more";
  const std::string bytes = EncodeVerification(change.next);
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("7") + Word(keys_.Message(3, request_.id))));
  EXPECT_THAT(Wire(), testing::HasSubstr(bytes));
  EXPECT_THAT(Wire(), testing::Not(testing::HasSubstr(Word(bytes))));
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("123456" + change.next.id.substr(3))));
  change.expected_current = change.next.id = "v0300000000000000000001";
  change.expected_revision = 1;
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("8") + Word(keys_.Message(3, request_.id))));
  EXPECT_THAT(Wire(), testing::HasSubstr(Word(EncodeVerification(change.next))));
  EXPECT_THAT(Wire(), testing::HasSubstr(Word(keys_.Message(3, "m0300000000000000000001"))));
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("1234560000000000000000000100000000000000000001")));
}

TEST_F(AdmitCallTest, NamesEachLimitsKeyOnce) {
  request_.limits = {{"hour", "recipient", 1, absl::Hours(1)},
                     {"day", "recipient", 1, absl::Hours(24)},
                     {"group", "group", 1, absl::Hours(1)}};
  EXPECT_THAT(Wire(), testing::HasSubstr(Word("9") + Word(keys_.Message(3, request_.id))));
}

TEST_F(AdmitCallTest, NeverCarriesACode) {
  // There is no field for one: a verification's terms and a verdict are all that scripts learn.
  CheckRequest check;
  check.verification_id = request_.id;
  check.verdict = CheckRequest::Verdict::kRight;
  std::string wire;
  CheckCall(keys_, 3, check).AppendTo(wire);
  EXPECT_LT(wire.size(), 400U);
}

}  // namespace
}  // namespace posthaste::queue

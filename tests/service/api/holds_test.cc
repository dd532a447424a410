// Holds through the handlers, on a real Redis: made, listed, ended, and met by callers.
#include "service/api/holds.h"

#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

class HoldsTest : public OperatorTest {
 protected:
  HoldsTest()
      : OperatorTest([](config::v1::Config& config) {
          for (const char* id : {"mx1", "mx2"}) config.add_relays()->set_id(id);
          config.mutable_tenants(0)->add_relays("mx1");
          config.mutable_tenants(0)->add_relays("mx2");
        }) {}

  static v1::CreateHoldRequest Of(v1::Hold::Scope scope, const std::string& target = "") {
    v1::CreateHoldRequest request;
    request.set_scope(scope);
    request.set_target(target);
    request.set_reason("the relay asked bob@example.com");
    return request;
  }
  v1::Hold Make(v1::Hold::Scope scope, const std::string& target = "") {
    v1::Hold hold;
    EXPECT_EQ(Verdict(Operate(HandleCreateHold, Of(scope, target), hold)), "OK");
    EXPECT_TRUE(Run(store_->holds().Refresh()).ok());  // As each loop does every second.
    return hold;
  }
  std::vector<std::string> Wrong(const v1::CreateHoldRequest& request) {
    v1::Hold hold;
    const absl::Status status = Operate(HandleCreateHold, request, hold);
    EXPECT_EQ(Verdict(status), "INVALID_ARGUMENT FIELD_INVALID");
    return FieldsOf(status);
  }
  v1::Message Notice() {
    v1::SendPasswordChangedRequest request;
    request.set_recipient("ana@gmail.com");
    v1::Message message;
    EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, request, message).status), "OK");
    return message;
  }
  v1::Message Look(const std::string& id) {
    v1::GetMessageRequest request;
    request.set_id(id);
    v1::Message message;
    EXPECT_EQ(Verdict(Ask(HandleGetMessage, request, message).status), "OK");
    return message;
  }
};

TEST_F(HoldsTest, AreMadeListedAndEnded) {
  const v1::Hold made = Make(v1::Hold::RELAY, "mx1");
  EXPECT_EQ(made.id(), "h1");
  EXPECT_EQ(made.creator(), "night-shift");
  EXPECT_EQ(made.reason(), "the relay asked ***@example.com");
  EXPECT_EQ(made.expire_time().seconds() - made.create_time().seconds(), 3600);
  v1::ListHoldsResponse listed;
  ASSERT_EQ(Verdict(Operate(HandleListHolds, v1::ListHoldsRequest(), listed)), "OK");
  ASSERT_EQ(listed.holds_size(), 1);
  EXPECT_EQ(listed.holds(0).target(), "mx1");
  v1::DeleteHoldRequest remove;
  remove.set_id("h1");
  v1::Hold gone;
  ASSERT_EQ(Verdict(Operate(HandleDeleteHold, remove, gone)), "OK");
  EXPECT_EQ(gone.scope(), v1::Hold::RELAY);
  EXPECT_EQ(Verdict(Operate(HandleDeleteHold, remove, gone)), "NOT_FOUND HOLD_NOT_FOUND");
  remove.set_id("x1");
  EXPECT_EQ(Verdict(Operate(HandleDeleteHold, remove, gone)), "INVALID_ARGUMENT FIELD_INVALID");
}

TEST_F(HoldsTest, OfNobodysMailAreRefused) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(Wrong(Of(v1::Hold::RELAY, "mx9")), Names{"target"});
  EXPECT_EQ(Wrong(Of(v1::Hold::TENANT, "nobody")), Names{"target"});
  EXPECT_EQ(Wrong(Of(v1::Hold::MAIL_CLASS, "CODES")), Names{"target"});
  EXPECT_EQ(Wrong(Of(v1::Hold::PROVIDER, "aol")), Names{"target"});
  EXPECT_EQ(Wrong(Of(v1::Hold::ALL, "acme")), Names{"target"});
  v1::CreateHoldRequest request = Of(v1::Hold::SCOPE_UNSPECIFIED);
  EXPECT_EQ(Wrong(request), Names{"scope"});
  request = Of(v1::Hold::ALL);
  request.clear_reason();
  EXPECT_EQ(Wrong(request), Names{"reason"});
  request = Of(v1::Hold::ALL);
  request.mutable_ttl()->set_seconds(5);
  v1::Hold hold;
  EXPECT_EQ(Verdict(Operate(HandleCreateHold, request, hold)), "INVALID_ARGUMENT TTL_OUT_OF_RANGE");
}

TEST_F(HoldsTest, RefuseCodesAndTellWhenToAskAgain) {
  Make(v1::Hold::PROVIDER, "gmail");
  v1::SendVerificationCodeRequest code = Code();
  EXPECT_TRUE(Send(code).created()) << "example.com is not gmail";
  code.set_recipient("ana@gmail.com");
  const absl::Status held = Refused(code);
  EXPECT_EQ(Verdict(held), "FAILED_PRECONDITION SENDING_HELD");
  EXPECT_GT(RetryDelayOf(held), absl::Minutes(59));
  EXPECT_LE(RetryDelayOf(held), absl::Hours(1));
}

TEST_F(HoldsTest, LetMailWaitThatSaysWhy) {
  const v1::Message before = Notice();
  EXPECT_EQ(Look(before.id()).hold_reason(), "");
  Make(v1::Hold::TENANT, "acme");
  EXPECT_EQ(Look(before.id()).hold_reason(), "the relay asked ***@example.com");
  EXPECT_EQ(Notice().state(), v1::Message::QUEUED);
}

TEST_F(HoldsTest, OfOneRelayOfTwoHoldNothing) {
  Make(v1::Hold::RELAY, "mx1");
  EXPECT_TRUE(Send().created());
  Make(v1::Hold::RELAY, "mx2");
  v1::SendVerificationCodeRequest code = Code();
  code.set_recipient("bob@example.com");
  EXPECT_EQ(Verdict(Refused(code)), "FAILED_PRECONDITION SENDING_HELD");
}

TEST_F(HoldsTest, EndByThemselves) {
  Make(v1::Hold::ALL);
  EXPECT_EQ(Verdict(Refused()), "FAILED_PRECONDITION SENDING_HELD");
  MoveClock(absl::Hours(1) + absl::Seconds(1));
  EXPECT_TRUE(Send().created());
}

}  // namespace
}  // namespace posthaste::api

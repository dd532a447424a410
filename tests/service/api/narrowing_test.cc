#include "service/api/narrowing.h"

#include <gtest/gtest.h>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

SendOrder CodeOrder() {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("ana@example.com");
  request.set_purpose("password_reset");
  return CheckOrder(request, TheWorld().tenant(), kHashKey).value();
}

TEST(CheckNarrowing, LetsAKeyWithoutNarrowingNameAnything) {
  EXPECT_TRUE(CheckNarrowing(Caller{}, CodeOrder()).ok());
}

TEST(CheckNarrowing, RefusesEachThingThatIsNotNamed) {
  Caller caller;
  caller.senders = {"billing"};
  EXPECT_EQ(Verdict(CheckNarrowing(caller, CodeOrder())), "PERMISSION_DENIED SENDER_DENIED");
  caller.senders = {"main"};
  caller.templates = {"password_changed"};
  EXPECT_EQ(Verdict(CheckNarrowing(caller, CodeOrder())), "PERMISSION_DENIED TEMPLATE_DENIED");
  caller.templates = {"verification_code"};
  caller.purposes = {"sign_in"};
  EXPECT_EQ(Verdict(CheckNarrowing(caller, CodeOrder())), "PERMISSION_DENIED PURPOSE_DENIED");
  caller.purposes = {"sign_in", "password_reset"};
  EXPECT_TRUE(CheckNarrowing(caller, CodeOrder()).ok());
}

TEST(CheckPurpose, SaysNothingOfARequestThatNamesNone) {
  Caller caller;
  caller.purposes = {"sign_in"};
  EXPECT_TRUE(CheckPurpose(caller, "").ok());
  EXPECT_EQ(Verdict(CheckPurpose(caller, "password_reset")), "PERMISSION_DENIED PURPOSE_DENIED");
}

}  // namespace
}  // namespace posthaste::api

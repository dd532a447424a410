#include "service/api/methods.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "posthaste/v1/account_service.pb.h"
#include "posthaste/v1/event_service.pb.h"
#include "posthaste/v1/message_service.pb.h"
#include "posthaste/v1/notification_service.pb.h"
#include "posthaste/v1/operations_service.pb.h"
#include "posthaste/v1/suppression_service.pb.h"
#include "posthaste/v1/template_service.pb.h"
#include "posthaste/v1/verification_service.pb.h"

namespace posthaste::api {
namespace {

const std::set<std::string_view> kScopes = {"verifications.send", "verifications.check",
                                            "messages.send",      "messages.read",
                                            "messages.report",    "events.read",
                                            "suppressions.read",  "suppressions.write",
                                            "recipients.read",    "recipients.write",
                                            "templates.read",     "templates.write",
                                            "ops.read",           "ops.write"};

std::set<std::string> Declared() {
  std::set<std::string> declared;
  for (const google::protobuf::FileDescriptor* file :
       {v1::SendVerificationCodeRequest::descriptor()->file(),
        v1::SendTemplateRequest::descriptor()->file(), v1::GetMessageRequest::descriptor()->file(),
        v1::CreateSuppressionRequest::descriptor()->file(),
        v1::CreateHoldRequest::descriptor()->file(), v1::GetTemplateRequest::descriptor()->file(),
        v1::GetUsageRequest::descriptor()->file(), v1::StreamEventsRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int k = 0; k < file->service(i)->method_count(); ++k) {
        declared.insert(file->service(i)->name() + "." + file->service(i)->method(k)->name());
      }
    }
  }
  return declared;
}

TEST(Methods, AreExactlyThoseThatTheServicesDeclare) {
  std::set<std::string> listed;
  for (const Method& method : kMethods)
    listed.insert(std::string(method.service) + "." + std::string(method.name));
  EXPECT_EQ(listed, Declared());
  EXPECT_EQ(listed.size(), kMethods.size()) << "one is listed twice";
}

TEST(Methods, HaveAScopeThatExistsEach) {
  std::set<std::string_view> open;
  for (const Method& method : kMethods) {
    if (method.scope == kAnyKey) open.insert(method.name);
    if (method.scope == kAnyKey) continue;
    EXPECT_TRUE(kScopes.contains(method.scope)) << method.name;
    EXPECT_TRUE(method.other_scope.empty() || kScopes.contains(method.other_scope)) << method.name;
  }
  EXPECT_EQ(open, (std::set<std::string_view>{"GetSigningKeys", "GetUsage"}))
      << "public keys, and figures of the caller's own tenant";
}

TEST(Methods, AreFoundByTheirName) {
  ASSERT_NE(FindMethod("CheckVerificationCode"), nullptr);
  EXPECT_EQ(FindMethod("CheckVerificationCode")->scope, "verifications.check");
  EXPECT_EQ(FindMethod("Nothing"), nullptr);
  EXPECT_EQ(FindMethod(""), nullptr);
}

}  // namespace
}  // namespace posthaste::api

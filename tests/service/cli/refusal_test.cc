#include "service/cli/refusal.h"

#include <gtest/gtest.h>

#include <sstream>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace posthaste::cli {
namespace {

class RefusalTest : public ::testing::Test {
 protected:
  template <typename Detail>
  void Add(const Detail& detail) {
    status_.add_details()->PackFrom(detail);
  }
  void AddReason(const std::string& reason) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    Add(info);
  }
  int Tell(int code, const std::string& message, bool json = false) {
    return Explain(ReadRefusal(code, message, status_.SerializeAsString()), "127.0.0.1:8525", json,
                   terminal_);
  }

  google::rpc::Status status_;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(RefusalTest, TellsTheReasonAndTheWait) {
  AddReason("RESEND_COOLDOWN");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(12);
  Add(retry);
  EXPECT_EQ(Tell(8, "the code was sent a moment ago"), 3);
  EXPECT_EQ(err_.str(),
            "posthaste: the code was sent a moment ago (RESEND_COOLDOWN)\n  Try again in 12 s.\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(RefusalTest, ListsSeveralWrongFields) {
  AddReason("RECIPIENT_INVALID");
  google::rpc::BadRequest bad;
  for (const char* field : {"recipient", "locale"}) {
    bad.add_field_violations()->set_field(field);
    bad.mutable_field_violations(bad.field_violations_size() - 1)->set_description("is wrong");
  }
  Add(bad);
  EXPECT_EQ(Tell(3, "recipient: is wrong"), 2);
  EXPECT_EQ(err_.str(),
            "posthaste: recipient: is wrong (RECIPIENT_INVALID)\n  recipient: is wrong\n  locale: "
            "is wrong\n");
}

TEST_F(RefusalTest, SaysWhereNobodyAnswers) {
  EXPECT_EQ(Tell(14, "failed to connect"), 3);
  EXPECT_EQ(err_.str(),
            "posthaste: nobody answers at 127.0.0.1:8525 (UNAVAILABLE)\n"
            "  Is the service running? `posthaste sandbox` starts one.\n");
}

TEST_F(RefusalTest, IsJsonWhenAsked) {
  AddReason("MESSAGE_NOT_FOUND");
  EXPECT_EQ(Tell(5, "no \"such\" thing", true), 1);
  EXPECT_EQ(err_.str(),
            "{\"code\":\"NOT_FOUND\",\"reason\":\"MESSAGE_NOT_FOUND\",\"message\":\"no "
            "\\\"such\\\" thing\","
            "\"violations\":[]}\n");
}

TEST_F(RefusalTest, HasAnExitCodeForEachKind) {
  EXPECT_EQ(Tell(9, "x"), 1);
  EXPECT_EQ(Tell(6, "x"), 1);
  EXPECT_EQ(Tell(16, "x"), 2);
  EXPECT_EQ(Tell(7, "x"), 2);
  EXPECT_EQ(Tell(4, "x"), 3);
}

TEST(ReadRefusal, SurvivesDetailsThatAreNone) {
  const Refusal refusal = ReadRefusal(13, "bad\033[2J", "\xff\xff\xff");
  EXPECT_EQ(refusal.message, "bad[2J");
  EXPECT_EQ(CodeName(refusal.code), "INTERNAL");
  EXPECT_EQ(CodeName(99), "UNKNOWN");
}

}  // namespace
}  // namespace posthaste::cli

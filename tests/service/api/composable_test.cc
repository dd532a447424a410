#include "service/api/composable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::api {
namespace {

using testing::StartsWith;

const smtp::Address kAna = {"Ana", "ana@example.com"}, kNobody;

std::string Why(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(Composable, TakesWhatTheComposerTakes) {
  EXPECT_TRUE(CheckComposable(kAna, kAna, kAna, "A subject").ok());
  EXPECT_TRUE(CheckComposable(kNobody, kNobody, kNobody, "").ok()) << "nothing was asked about";
}

TEST(Composable, NamesTheFieldThatCannotBeWritten) {
  const smtp::Address bad_name = {"A\x01na", "ana@example.com"};
  EXPECT_THAT(Why(CheckComposable(bad_name, kNobody, kNobody, "")), StartsWith("from"));
  EXPECT_THAT(Why(CheckComposable(kNobody, kNobody, bad_name, "")), StartsWith("to"));
  const smtp::Address bad_reply = {"", "no mailbox"};
  EXPECT_THAT(Why(CheckComposable(kNobody, bad_reply, kNobody, "")), StartsWith("reply_to"));
  EXPECT_THAT(Why(CheckComposable(kNobody, kNobody, kNobody, "two\nlines")), StartsWith("subject"));
}

}  // namespace
}  // namespace posthaste::api

#include "service/api/composable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste::api {
namespace {

using testing::StartsWith;

std::string Why(const smtp::Message& mail) {
  const absl::Status status = CheckComposable(mail);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(Composable, TakesWhatTheComposerTakes) {
  smtp::Message mail;
  EXPECT_TRUE(CheckComposable(mail).ok()) << "nothing was asked about";
  mail.from = mail.to = mail.reply_to = {"Ana", "ana@example.com"};
  mail.subject = "A subject";
  mail.list_unsubscribe = "https://example.com/u";
  mail.extra = {{"X-Campaign", "spring"}};
  EXPECT_TRUE(CheckComposable(mail).ok()) << CheckComposable(mail);
}

TEST(Composable, NamesTheFieldThatCannotBeWritten) {
  const smtp::Address bad_name = {"A\x01na", "ana@example.com"};
  smtp::Message mail;
  mail.from = bad_name;
  EXPECT_THAT(Why(mail), StartsWith("from"));
  mail = {};
  mail.to = bad_name;
  EXPECT_THAT(Why(mail), StartsWith("to"));
  mail = {};
  mail.reply_to.mailbox = "no mailbox";
  EXPECT_THAT(Why(mail), StartsWith("reply_to"));
  mail = {};
  mail.subject = "two\nlines";
  EXPECT_THAT(Why(mail), StartsWith("subject"));
  mail = {};
  mail.list_unsubscribe = "http://example.com/u";
  EXPECT_THAT(Why(mail), StartsWith("list_unsubscribe"));
  mail = {};
  mail.extra = {{"Bcc", "eve@example.com"}};
  EXPECT_THAT(Why(mail), StartsWith("extra[0].name"));
}

}  // namespace
}  // namespace posthaste::api

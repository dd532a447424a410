#include "service/console/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "posthaste/v1/message_service.pb.h"

namespace posthaste::console {
namespace {

using ::testing::HasSubstr;

TEST(ConsoleJson, KeepsTheNamesOfTheProtoAndDefaults) {
  v1::Message message;
  message.set_masked_recipient("a***@x.test");
  message.set_state(v1::Message::BOUNCED);
  const std::string json = ToJson(message);
  EXPECT_THAT(json, HasSubstr(R"("masked_recipient":"a***@x.test")"));
  EXPECT_THAT(json, HasSubstr(R"("state":"BOUNCED")"));
  EXPECT_THAT(json, HasSubstr(R"("last_reply":"")"));
}

TEST(ConsoleJson, ReadsARequestAndNamesWhatDoesNotFit) {
  v1::GetMessageRequest request;
  EXPECT_TRUE(FromJson(R"({"id":"m1"})", request).ok());
  EXPECT_EQ(request.id(), "m1");
  const absl::Status wrong = FromJson(R"({"colour":1})", request);
  EXPECT_TRUE(absl::IsInvalidArgument(wrong));
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("colour"));
}

TEST(ConsoleJson, FindsTextFieldsOnly) {
  EXPECT_EQ(TextField(R"({"a":"b","c":1})", "a"), "b");
  EXPECT_EQ(TextField(R"({"a":"b","c":1})", "c"), "");
  EXPECT_EQ(TextField("no json", "a"), "");
}

}  // namespace
}  // namespace posthaste::console

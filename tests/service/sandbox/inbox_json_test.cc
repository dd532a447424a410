#include "service/sandbox/inbox_json.h"

#include <gtest/gtest.h>

namespace posthaste::sandbox {
namespace {

const Captured kMail{"abcd2345",
                     absl::UnixEpoch(),
                     {"b@x.test", {"ana@x.test", "bo@x.test"}},
                     "From: Acme <b@x.test>\r\nSubject: Your \"code\"\r\n\r\n123 456\r\n"};
constexpr char kHead[] =
    R"({"id":"abcd2345","time":"1970-01-01T00:00:00+00:00","mail_from":"b@x.test","rcpt_to":"ana@x.test, bo@x.test","subject":"Your \"code\"","code":"123456")";

TEST(InboxJson, HasThePartsOfAMail) {
  EXPECT_EQ(JsonOf(kMail), kHead + std::string(R"(,"text":"123 456\u000a","html":""})"));
}

TEST(InboxJson, SummarisesForAList) {
  EXPECT_EQ(SummaryOf(kMail), kHead + std::string(R"(,"from":"Acme <b@x.test>"})"));
}

TEST(InboxJson, TellsHeadersAndSourceOfTheWhole) {
  EXPECT_EQ(
      WholeOf(kMail),
      kHead +
          std::string(
              R"(,"from":"Acme <b@x.test>","text":"123 456\u000a","has_html":false,"headers":[{"name":"From","value":"Acme <b@x.test>"},{"name":"Subject","value":"Your \"code\""}],"parts":[],"source":"From: Acme <b@x.test>\u000d\u000aSubject: Your \"code\"\u000d\u000a\u000d\u000a123 456\u000d\u000a"})"));
}

}  // namespace
}  // namespace posthaste::sandbox

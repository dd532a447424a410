#include "service/sandbox/inbox_console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/sandbox/inbox.h"
#include "tests/support/fake_clock.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class InboxConsoleTest : public testing::Test {
 protected:
  std::string Store(const std::string& to) {
    clock_.Advance(absl::Seconds(1));
    return *writer_.Store({"a@x.test", {to}},
                          "Subject: hi\r\nContent-Type: text/html\r\n\r\n<p>" + to + "</p>\r\n");
  }
  absl::StatusOr<std::string> Ask(const std::string& name, const std::string& request) {
    return RunTask(loop_, parts_.calls.find(name)->second.run({{}, "", request}));
  }

  Loop loop_{1};
  FakeClock clock_;
  TempDir dir_;
  InboxWriter writer_ = *InboxWriter::Open(dir_.File("inbox"), clock_);
  ops::ConsoleParts parts_ = ConsoleWithInbox(dir_.File("inbox"));
};

TEST_F(InboxConsoleTest, ListsMailNewestFirstOrToOneRecipient) {
  EXPECT_EQ(*Ask("ListMail", "{}"), R"({"mails":[]})");
  Store("ana@x.test");
  Store("bo@x.test");
  const std::string all = *Ask("ListMail", "{}");
  EXPECT_LT(all.find("bo@x.test"), all.find("ana@x.test"));
  EXPECT_THAT(*Ask("ListMail", R"({"to":"ana@x.test"})"), Not(HasSubstr("bo@x.test")));
}

TEST_F(InboxConsoleTest, ShowsOneAndItsHtml) {
  const std::string id = Store("ana@x.test");
  EXPECT_THAT(*Ask("GetMail", R"({"id":")" + id + R"("})"), HasSubstr("\"has_html\":true"));
  EXPECT_TRUE(absl::IsNotFound(Ask("GetMail", R"({"id":"zzzz"})").status()));
  EXPECT_THAT(*parts_.previews["mail"]("id=" + id), HasSubstr("<p>ana@x.test</p>"));
  EXPECT_FALSE(parts_.previews["mail"]("").ok());
}

TEST_F(InboxConsoleTest, ShowsThePicturesThatCameWithIt) {
  const auto shown = [this](const std::string& type, const std::string& fields) {
    clock_.Advance(absl::Seconds(1));
    const std::string id = *writer_.Store(
        {"a@x.test", {"ana@x.test"}},
        "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        "<img src=\"cid:logo\">\r\n--b\r\nContent-Type: " +
            type + "\r\nContent-Transfer-Encoding: base64\r\n" + fields + "\r\nYWJj\r\n--b--\r\n");
    return *parts_.previews["mail"]("id=" + id);
  };
  const std::string with_id = "Content-ID: <logo>\r\nContent-Disposition: inline\r\n";
  EXPECT_THAT(shown("image/png", with_id), HasSubstr("<img src=\"data:image/png;base64,YWJj\">"));
  EXPECT_THAT(shown("image/svg+xml", with_id), HasSubstr("<img src=\"cid:logo\">"));
  EXPECT_THAT(shown("image/png", "Content-Disposition: inline\r\n"),
              HasSubstr("<img src=\"cid:logo\">"));
}

TEST_F(InboxConsoleTest, BeatsWithTheNewestMail) {
  EXPECT_TRUE(parts_.sandbox);
  EXPECT_EQ(parts_.beats["inbox"](), "\"\"");
  const std::string id = Store("ana@x.test");
  EXPECT_EQ(parts_.beats["inbox"](), "\"" + id + "\"");
}

}  // namespace
}  // namespace posthaste::sandbox

#include "service/sandbox/inbox_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/fake_clock.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using Verb = cli::InboxOptions::Verb;

class InboxCommandTest : public ::testing::Test {
 protected:
  InboxCommandTest() : writer_(*InboxWriter::Open(dir_.File("inbox"), clock_)) {
    options_.data_dir = dir_.path();
  }
  std::string Store(const std::string& to, const std::string& subject, const std::string& text) {
    return *writer_.Store({"a@example.test", {to}},
                          "From: Acme <a@example.test>\r\nSubject: " + subject + "\r\n\r\n" + text);
  }
  int Run(Verb verb) {
    options_.verb = verb;
    out_.str("");
    err_.str("");
    return RunInbox(options_, terminal_);
  }
  FakeClock clock_;
  TempDir dir_;
  InboxWriter writer_;
  cli::InboxOptions options_;
  std::ostringstream out_, err_;
  cli::Terminal terminal_{out_, err_, false};
};

TEST_F(InboxCommandTest, PrintsTheCodeAndNothingElse) {
  Store("ana@example.test", "code", "111 111\r\n");
  Store("ana@example.test", "code", "222 222\r\n");
  Store("ana@example.test", "notice", "changed\r\n");
  Store("bo@example.test", "code", "333 333\r\n");
  options_.to = "ana@example.test";
  EXPECT_EQ(Run(Verb::kCode), 0);
  EXPECT_EQ(out_.str(), "222222\n") << "the newest mail that holds one";
}

TEST_F(InboxCommandTest, SaysThatThereIsNone) {
  options_.to = "ana@example.test";
  EXPECT_EQ(Run(Verb::kCode), 1);
  EXPECT_EQ(err_.str(), "posthaste: no mail to ana@example.test\n");
  EXPECT_EQ(Run(Verb::kShow), 1);
  EXPECT_EQ(Run(Verb::kList), 1);
  EXPECT_EQ(out_.str(), "No mail.\n");
  options_.id = "zzzz";
  EXPECT_EQ(Run(Verb::kShow), 1);
}

TEST_F(InboxCommandTest, TakesOnlyWhatIsNewer) {
  options_.newer_than = Store("ana@example.test", "code", "111 111\r\n");
  EXPECT_EQ(Run(Verb::kCode), 1);
  Store("ana@example.test", "code", "222 222\r\n");
  EXPECT_EQ(Run(Verb::kCode), 0);
  EXPECT_EQ(out_.str(), "222222\n");
}

TEST_F(InboxCommandTest, ListsTheNewestFirst) {
  const std::string first = Store("ana@example.test", "one", "x\r\n");
  const std::string second = Store("bo@example.test", "=?UTF-8?Q?zw=C3=B6lf?=", "x\r\n");
  EXPECT_EQ(Run(Verb::kList), 0);
  EXPECT_THAT(out_.str(), ::testing::StartsWith(second));
  EXPECT_THAT(out_.str(), HasSubstr("bo@example.test           zw\xC3\xB6lf\n" + first));
}

TEST_F(InboxCommandTest, ShowsAMailAsPeopleReadIt) {
  Store("ana@example.test", "hello", "one\r\n\r\n\033[2Jtwo\r\n\r\n");
  EXPECT_EQ(Run(Verb::kShow), 0);
  EXPECT_EQ(out_.str(),
            "  | From: Acme <a@example.test>\n  | Subject: hello\n  |\n  | one\n  |\n  | [2Jtwo\n");
  options_.source = true;
  EXPECT_EQ(Run(Verb::kShow), 0);
  EXPECT_THAT(out_.str(), EndsWith("Subject: hello\r\n\r\none\r\n\r\n\033[2Jtwo\r\n\r\n"));
}

TEST_F(InboxCommandTest, PrintsJson) {
  options_.id = Store("ana@example.test", "code", "111 111\r\n");
  options_.json = true;
  EXPECT_EQ(Run(Verb::kShow), 0);
  EXPECT_THAT(
      out_.str(),
      HasSubstr("\"rcpt_to\":\"ana@example.test\",\"subject\":\"code\",\"code\":\"111111\","));
}

}  // namespace
}  // namespace posthaste::sandbox

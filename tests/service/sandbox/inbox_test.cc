#include "service/sandbox/inbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

class InboxTest : public ::testing::Test {
 protected:
  InboxWriter Writer(size_t kept = 1000) {
    return *InboxWriter::Open(dir_.File("inbox"), clock_, kept);
  }
  static std::string Store(InboxWriter& writer, const std::string& to,
                           const std::string& message = "Subject: x\r\n\r\nhi\r\n") {
    const absl::StatusOr<std::string> id = writer.Store({"from@example.test", {to}}, message);
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }

  TempDir dir_;
  FakeClock clock_;
  Inbox inbox_{dir_.File("inbox")};
};

TEST_F(InboxTest, IsEmptyWhenThereIsNoFolder) {
  EXPECT_TRUE(inbox_.List("", 10).empty());
  EXPECT_FALSE(inbox_.Newest("").has_value());
}

TEST_F(InboxTest, GivesBackTheMessageAndItsEnvelope) {
  InboxWriter writer = Writer();
  const std::string id = *writer.Store({"", {"ana@example.test", "j\xC3\xBC@example.test"}},
                                       "X-Captured: no\r\n\r\nhi\r\n");
  const absl::StatusOr<Captured> found = inbox_.Find(id);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->envelope.mail_from, "");
  EXPECT_EQ(found->envelope.rcpt_to,
            (std::vector<std::string>{"ana@example.test", "j\xC3\xBC@example.test"}));
  EXPECT_EQ(found->message, "X-Captured: no\r\n\r\nhi\r\n");
  EXPECT_EQ(found->time, clock_.Now());
}

TEST_F(InboxTest, ListsTheNewestFirstAndByRecipient) {
  InboxWriter writer = Writer();
  const std::string first = Store(writer, "ana@example.test");
  const std::string second = Store(writer, "bo@example.test");
  const std::string third = Store(writer, "ana@example.test");
  ASSERT_EQ(inbox_.List("", 10).size(), 3u);
  EXPECT_EQ(inbox_.List("", 1)[0].id, third);
  const std::vector<Captured> to_ana = inbox_.List("ANA@example.test", 10);
  ASSERT_EQ(to_ana.size(), 2u);
  EXPECT_EQ(to_ana[0].id, third);
  EXPECT_EQ(to_ana[1].id, first);
  EXPECT_EQ(inbox_.Newest("bo@example.test")->id, second);
  EXPECT_FALSE(inbox_.Newest("bo@example.test", second).has_value());
  EXPECT_EQ(inbox_.Newest("ana@example.test", second)->id, third);
}

TEST_F(InboxTest, KeepsTheOrderOfArrivalWhenTheClockGoesBack) {
  InboxWriter writer = Writer();
  Store(writer, "ana@example.test");
  clock_.Jump(-absl::Hours(1));
  const std::string second = Store(writer, "ana@example.test");
  EXPECT_EQ(inbox_.Newest("")->id, second);
  InboxWriter reopened = Writer();
  const std::string third = Store(reopened, "ana@example.test");
  EXPECT_EQ(inbox_.Newest("")->id, third);
}

TEST_F(InboxTest, ForgetsTheOldest) {
  InboxWriter writer = Writer(2);
  const std::string first = Store(writer, "ana@example.test");
  Store(writer, "ana@example.test");
  Store(writer, "ana@example.test");
  EXPECT_EQ(inbox_.List("", 10).size(), 2u);
  EXPECT_EQ(inbox_.Find(first).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(InboxTest, FindsByTheBeginningOfAnId) {
  InboxWriter writer = Writer();
  const std::string id = Store(writer, "ana@example.test");
  EXPECT_EQ(inbox_.Find(id.substr(0, 5))->id, id);
  EXPECT_EQ(inbox_.Find("").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(inbox_.Find("zzzzzzzz0").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(InboxTest, IsReadableByItsOwnerOnlyAndLeavesNoDrafts) {
  InboxWriter writer = Writer();
  Store(writer, "ana@example.test");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.File("inbox"))) {
    struct stat facts {};
    ASSERT_EQ(stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 077, 0u) << entry.path();
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.File("inbox/tmp")));
}

TEST_F(InboxTest, WaitsForAMessage) {
  InboxWriter writer = Writer();
  std::thread storing([&] { Store(writer, "ana@example.test"); });
  const std::optional<Captured> found =
      inbox_.WaitFor("ana@example.test", "", absl::Seconds(20), SystemClock());
  storing.join();
  EXPECT_TRUE(found.has_value());
  EXPECT_FALSE(
      inbox_.WaitFor("bo@example.test", "", absl::ZeroDuration(), SystemClock()).has_value());
}

TEST_F(InboxTest, NamesTheFolderThatCannotBeMade) {
  const absl::StatusOr<InboxWriter> writer = InboxWriter::Open("/proc/nowhere", clock_);
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(writer.status().ToString().find("/proc/nowhere/tmp"), std::string::npos);
}

}  // namespace
}  // namespace posthaste::sandbox

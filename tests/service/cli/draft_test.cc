#include "service/cli/draft.h"

#include <gtest/gtest.h>

#include "service/cli/access.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

Draft Hello(int64_t seconds) {
  return {"hello",
          absl::FromUnixSeconds(seconds),
          {"hello/en/body.html: contrast: \"low\""},
          {{"en", "Hi \"you\"", "a\nb\n", "<p>\xC3\xA9</p>\n"}, {"ar", "s", "t", "h"}}};
}

TEST(Draft, IsReadAsItWasWritten) {
  const TempDir dir;
  const std::string folder = dir.path() + "/made/when/needed";
  ASSERT_TRUE(WriteDraft(folder, Hello(1)).ok());
  ASSERT_TRUE(WriteDraft(folder, Hello(7)).ok()) << "the next save replaces it";
  const std::vector<Draft> drafts = ReadDrafts(folder);
  ASSERT_EQ(drafts.size(), 1u);
  EXPECT_EQ(drafts[0].name, "hello");
  EXPECT_EQ(drafts[0].time, absl::FromUnixSeconds(7));
  EXPECT_EQ(drafts[0].findings, Hello(7).findings);
  ASSERT_EQ(drafts[0].mails.size(), 2u);
  EXPECT_EQ(drafts[0].mails[0].locale, "en");
  EXPECT_EQ(drafts[0].mails[0].subject, "Hi \"you\"");
  EXPECT_EQ(drafts[0].mails[0].text, "a\nb\n");
  EXPECT_EQ(drafts[0].mails[0].html, "<p>\xC3\xA9</p>\n");
}

TEST(Draft, ComesNewestFirstAndWithoutWhatCannotBeRead) {
  const TempDir dir;
  EXPECT_TRUE(ReadDrafts(dir.path() + "/none").empty());
  Draft older = Hello(5), newer = Hello(6);
  older.name = "older";
  ASSERT_TRUE(WriteDraft(dir.path(), newer).ok());
  ASSERT_TRUE(WriteDraft(dir.path(), older).ok());
  dir.Write("broken.json", "{\"name\":");
  dir.Write("timeless.json", "{\"name\":\"x\"}");
  dir.Write("other.txt", "x");
  const std::vector<Draft> drafts = ReadDrafts(dir.path());
  ASSERT_EQ(drafts.size(), 2u);
  EXPECT_EQ(drafts[0].name, "hello");
  EXPECT_EQ(drafts[1].name, "older");
}

TEST(Draft, IsShownWhileASandboxRuns) {
  const TempDir dir;
  EXPECT_EQ(DraftsFolder("/x"), "/x/drafts");
  EXPECT_FALSE(ShowsDrafts(dir.path()));
  ASSERT_TRUE(WriteClientFile(dir.path(), "127.0.0.1:1", Secret("a"), Secret("b")).ok());
  EXPECT_TRUE(ShowsDrafts(dir.path()));
}

TEST(Draft, NamesTheFileThatCannotBeWritten) {
  const absl::Status status = WriteDraft("/proc/none", Hello(1));
  EXPECT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find("/proc/none/hello.json"), std::string::npos)
      << status;
}

}  // namespace
}  // namespace posthaste::cli

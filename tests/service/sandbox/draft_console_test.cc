#include "service/sandbox/draft_console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/cli/draft.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::sandbox {
namespace {

using ::testing::HasSubstr;

class DraftConsoleTest : public testing::Test {
 protected:
  DraftConsoleTest() { AddDrafts(dir_.path(), parts_); }

  void Save(const std::string& name, int64_t seconds, std::vector<cli::DraftMail> mails) {
    const cli::Draft draft{name, absl::FromUnixSeconds(seconds), {"a: b"}, std::move(mails)};
    ASSERT_TRUE(cli::WriteDraft(dir_.path(), draft).ok());
  }
  std::string List() {
    return *RunTask(loop_, parts_.calls.find("ListDrafts")->second.run({{}, "", "{}"}));
  }

  Loop loop_{1};
  TempDir dir_;
  ops::ConsoleParts parts_;
};

TEST_F(DraftConsoleTest, ListsDraftsWithTheirLanguagesAndFindings) {
  EXPECT_EQ(List(), R"({"drafts":[]})");
  Save("hello", 1'795'357'320, {{"en", "Hi", "t", "h"}, {"de", "Hallo", "t", "h"}});
  EXPECT_EQ(List(),
            R"({"drafts":[{"name":"hello","time":"2026-11-22T14:22:00+00:00","findings":["a: b"],)"
            R"("mails":[{"locale":"en","subject":"Hi"},{"locale":"de","subject":"Hallo"}]}]})");
}

TEST_F(DraftConsoleTest, ShowsOneInALanguageASchemeAndAPart) {
  Save("hello", 1, {{"en", "Hi", "text <1>", "<p>(prefers-color-scheme:dark)</p>"}});
  EXPECT_EQ(*parts_.previews["draft"]("name=hello&locale=en&scheme=dark"), "<p>all</p>");
  EXPECT_EQ(*parts_.previews["draft"]("name=hello&locale=en"), "<p>not all</p>");
  EXPECT_THAT(*parts_.previews["draft"]("name=hello&locale=en&part=text"),
              HasSubstr("text &lt;1&gt;"));
  for (const char* query : {"name=hello&locale=de", "name=other&locale=en", ""})
    EXPECT_TRUE(absl::IsNotFound(parts_.previews["draft"](query).status())) << query;
}

TEST_F(DraftConsoleTest, BeatsWithEverySave) {
  EXPECT_EQ(parts_.beats["draft"](), "\"\"");
  Save("hello", 1, {});
  const std::string first = parts_.beats["draft"]();
  Save("hello", 2, {});
  EXPECT_NE(parts_.beats["draft"](), first);
}

}  // namespace
}  // namespace posthaste::sandbox

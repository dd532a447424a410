#include "service/ops/console/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace posthaste::ops {
namespace {

using ::testing::HasSubstr;

std::string TagOf(const Page& page) {
  for (const auto& [key, value] : page.headers) {
    if (key == "ETag") return value;
  }
  return "";
}

TEST(Assets, HaveATypeAndATag) {
  const Page page = Asset("console.css", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/css; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("--ground"));
  EXPECT_EQ(Asset("main.js", "").content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(TagOf(page), TagOf(Asset("main.js", "")));
}

TEST(Assets, AreNotSentAgainToWhoeverHasThem) {
  const std::string tag = TagOf(Asset("console.css", ""));
  const Page page = Asset("console.css", tag);
  EXPECT_EQ(page.status, 304);
  EXPECT_EQ(page.body, "");
  EXPECT_EQ(TagOf(page), tag);
  EXPECT_EQ(Asset("console.css", "\"old\"").status, 200);
}

TEST(Assets, AreOnlyThoseThatWereEmbedded) {
  for (const char* path : {"", "none.js", "../parts.h", "/console.css", "pages/"})
    EXPECT_EQ(Asset(path, "").status, 404) << path;
}

// Nothing comes from elsewhere, and no script makes markup out of text.
TEST(Assets, AskNobodyElseAndParseNoMarkup) {
  const std::regex elsewhere("(src|href|from|import|url)\\s*[=(]?\\s*[\"']?https?://");
  for (const EmbeddedFile& file : ConsoleFiles()) {
    const std::string text(file.bytes);
    EXPECT_FALSE(std::regex_search(text, elsewhere)) << file.path;
    for (const char* word :
         {"innerHTML", "insertAdjacentHTML", "document.write", "eval(", " style="})
      EXPECT_EQ(text.find(word), std::string::npos) << file.path << ": " << word;
  }
}

}  // namespace
}  // namespace posthaste::ops

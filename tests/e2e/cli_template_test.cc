// A designer's day: a new template, tried without a service, published, sent, and taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/e2e/cli_program.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;

class CliTemplate : public ::testing::Test {
 protected:
  std::string Folder() const { return dir_.path() + "/welcome_ada"; }
  void Begin() {
    const Finished made =
        Posthaste({"template", "new", "welcome_ada", "--class", "general", "--out", dir_.path()});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("welcome_ada/en/body.html"));
  }
  Finished Preview(std::vector<std::string> more) const {
    std::vector<std::string> words = {"template", "preview", Folder(), "--out",
                                      dir_.path() + "/out"};
    words.insert(words.end(), more.begin(), more.end());
    return Posthaste(words);
  }
  std::string Out(const std::string& name) const { return ReadFile(dir_.path() + "/out/" + name); }

  TempDir dir_;
};

TEST_F(CliTemplate, IsBegunLintedAndLookedAtWithoutAService) {
  Begin();
  EXPECT_EQ(Posthaste({"template", "new", "welcome_ada", "--out", dir_.path()}).code, 2)
      << "what is there is not written over";
  const Finished clean = Posthaste({"template", "lint", Folder()});
  EXPECT_EQ(clean.code, 0) << clean.out << clean.err;
  const Finished shown = Preview({"--var", "first_name=Bea"});
  ASSERT_EQ(shown.code, 0) << shown.out << shown.err;
  EXPECT_THAT(Out("welcome_ada.en.html"), HasSubstr("Hello Bea"));
  EXPECT_THAT(Out("welcome_ada.en.eml"), HasSubstr("\r\nMIME-Version: 1.0\r\n"));
  if (RunProcess({"/bin/sh", "-c", "command -v chromium"}).code == 0) {
    EXPECT_EQ(Out("welcome_ada.en.png").substr(1, 3), "PNG");
  }
  dir_.Write("welcome_ada/en/body.txt", "Hello {{nmae}}\n");
  const Finished wrong = Posthaste({"template", "lint", Folder()});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.out, HasSubstr("welcome_ada/en/body.txt:1:7: compile: undeclared"));
  EXPECT_EQ(Preview({"--no-picture"}).code, 1);
  EXPECT_EQ(Posthaste({"template", "lint", dir_.path() + "/nothing"}).code, 2);
}

TEST_F(CliTemplate, LintsWhatTheExamplesShow) {
  size_t examples = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(PH_SOURCE_DIR "/docs/examples/templates")) {
    const Finished clean = Posthaste({"template", "lint", entry.path().string()});
    EXPECT_EQ(clean.code, 0) << clean.out << clean.err;
    ++examples;
  }
  EXPECT_GT(examples, 0u);
}

TEST_F(CliTemplate, IsDrawnAgainWheneverItIsSaved) {
  Begin();
  Process watching(std::vector<std::string>{kProgram, "template", "preview", Folder(), "--out",
                                            dir_.path() + "/out", "--no-picture", "--watch"});
  ASSERT_TRUE(watching.WaitForLine("welcome_ada.en", absl::Seconds(30)).has_value());
  dir_.Write("welcome_ada/en/body.html", "{{> head}}{{> open}}<h1>Saved</h1>{{> close}}\n");
  EXPECT_TRUE(PollUntil(absl::Seconds(30), [&] {
    return Out("welcome_ada.en.html").find("Saved") != std::string::npos;
  }));
  watching.Signal(SIGTERM);
  EXPECT_TRUE(watching.Wait(absl::Seconds(30)).has_value());
}

TEST_F(CliTemplate, IsPublishedSentAndTakenBack) {
  Begin();
  const RunningSandbox sandbox;
  const std::vector<std::string> send = {"send-template", "me@example.test", "--template",
                                         "welcome_ada",   "--var",           "first_name=Cleo"};
  EXPECT_THAT(sandbox.Call(send).err, HasSubstr("TEMPLATE_NOT_FOUND"));
  const Finished tried = sandbox.Call({"template", "publish", Folder(), "--validate-only"});
  EXPECT_EQ(tried.code, 0) << tried.err;
  EXPECT_THAT(tried.out, HasSubstr("may be published"));
  EXPECT_THAT(sandbox.Call(send).err, HasSubstr("TEMPLATE_NOT_FOUND"));
  const Finished published = sandbox.Call({"template", "publish", Folder()});
  ASSERT_EQ(published.code, 0) << published.out << published.err;
  EXPECT_THAT(sandbox.Call({"template", "list"}).out, HasSubstr("welcome_ada"));
  const Finished sent = sandbox.Call(send);
  ASSERT_EQ(sent.code, 0) << sent.out << sent.err;
  EXPECT_THAT(sandbox.Call({"inbox", "show", "--to", "me@example.test"}).out,
              HasSubstr("Hello Cleo"));
  dir_.Write("welcome_ada/en/body.txt", "{{nmae}}\n");
  const Finished refused = sandbox.Call({"template", "publish", Folder()});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("welcome_ada/en/body.txt:1:1"));
  EXPECT_EQ(sandbox.Call(send).code, 0) << "the last good one stays";
  ASSERT_EQ(sandbox.Call({"template", "rollback", "welcome_ada"}).code, 0);
  EXPECT_THAT(sandbox.Call(send).err, HasSubstr("TEMPLATE_NOT_FOUND"));
}

}  // namespace
}  // namespace posthaste

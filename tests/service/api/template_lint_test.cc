#include "service/api/template_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/log.h"
#include "tests/service/api/world.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

class LintFoldersTest : public testing::Test {
 protected:
  LintFoldersTest() : config_(TheWorld().config) {
    std::filesystem::create_directories(folder_.File("welcome/en"));
    folder_.Write("welcome/en/subject.txt", "URGENT: welcome to {{product_name}}\n");
    config_.mutable_tenants(0)->set_templates_dir(folder_.path());
  }
  std::string Verdict() const {
    const auto tenants = Tenants::Load(config_);
    if (!tenants.ok()) return tenants.status().ToString();
    return std::string(LintFolders(config_, **tenants).message());
  }

  TempDir folder_;
  config::v1::Config config_;
};

TEST_F(LintFoldersTest, RefusesTheFirstRuleThatATemplateBreaksByTenantAndPlace) {
  EXPECT_THAT(Verdict(), testing::StartsWith("tenant acme: welcome/en/subject.txt"));
  config_.mutable_tenants(0)->clear_templates_dir();
  EXPECT_EQ(Verdict(), "") << "what is built in breaks none";
  config_.set_templates_dir(folder_.path());
  EXPECT_THAT(Verdict(), testing::StartsWith("tenant acme: welcome/en/subject.txt"))
      << "everybody's folder";
}

TEST_F(LintFoldersTest, TellsTheLogWhereThatIsWanted) {
  config_.set_templates_lint(config::v1::Config::WARN);
  const TempDir logs;
  const std::string path = logs.File("log");
  ASSERT_TRUE(log::Start(log::Level::kInfo, path));
  EXPECT_EQ(Verdict(), "");
  log::Stop();
  EXPECT_THAT(ReadFile(path), testing::HasSubstr(R"("event":"template_finding","tenant":"acme",)"));
}

}  // namespace
}  // namespace posthaste::api

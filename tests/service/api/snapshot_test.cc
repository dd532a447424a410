#include "service/api/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

std::shared_ptr<const Snapshot> Made(const std::string& product) {
  config::v1::Config config = TheWorld().config;
  config.mutable_tenants(0)->mutable_brand()->set_product_name(product);
  return Snapshot::Make(std::move(config), TheWorld().shared).value();
}

std::string ProductOf(const InForce& in_force) {
  return in_force.backends[0].shared->config->tenants(0).brand().product_name();
}

TEST(Snapshots, KeepWhatACallWasBegunWithOverAReplacement) {
  Loop loop{1};
  Snapshots snapshots(std::vector<Snapshots::Place>(2, {&loop, nullptr, nullptr}), Made("Old"));
  const std::shared_ptr<InForce> begun = snapshots.Now();
  snapshots.Replace(snapshots.Prepare(Made("New")));
  EXPECT_EQ(ProductOf(*begun), "Old");
  EXPECT_EQ(ProductOf(*snapshots.Now()), "New");
  ASSERT_EQ(snapshots.Now()->backends.size(), 2u);
  EXPECT_EQ(snapshots.Now()->backends[1].loop, &loop);
}

TEST(Snapshot, PointsIntoItselfAndKeepsTheKeysItWasGiven) {
  config::v1::Config config = TheWorld().config;
  const std::shared_ptr<const Snapshot> snapshot = Made("Acme");
  EXPECT_EQ(snapshot->shared().tenants->Find("acme")->config,
            &snapshot->shared().config->tenants(0));
  EXPECT_EQ(snapshot->shared().hash_key.Reveal(), kHashKey);
}

TEST(Snapshot, IsNotMadeOfTemplatesThatDoNotCompile) {
  config::v1::Config config = TheWorld().config;
  config.mutable_tenants(0)->set_templates_dir("/nonexistent");
  const absl::Status status = Snapshot::Make(std::move(config), TheWorld().shared).status();
  EXPECT_NE(std::string(status.message()).find("tenants.acme.templates_dir"), std::string::npos)
      << status;
}

TEST(Snapshot, IsNotMadeOfTemplatesThatBreakARuleUnlessThatIsWanted) {
  const TempDir folder;
  std::filesystem::create_directories(folder.File("welcome/en"));
  folder.Write("welcome/en/subject.txt", "URGENT: welcome to {{product_name}}\n");
  config::v1::Config config = TheWorld().config;
  config.mutable_tenants(0)->set_templates_dir(folder.path());
  const absl::Status status = Snapshot::Make(config, TheWorld().shared).status();
  EXPECT_EQ(std::string(status.message()).find("tenant acme: welcome/en/subject.txt"), 0u)
      << status;
  config.set_templates_lint(config::v1::Config::WARN);
  EXPECT_TRUE(Snapshot::Make(config, TheWorld().shared).ok())
      << Snapshot::Make(config, TheWorld().shared).status();
  config.set_templates_lint(config::v1::Config::REFUSE);
  config.mutable_tenants(0)->clear_templates_dir();
  EXPECT_TRUE(Snapshot::Make(config, TheWorld().shared).ok())
      << "what is built in breaks none: " << Snapshot::Make(config, TheWorld().shared).status();
}

}  // namespace
}  // namespace posthaste::api

// How what one process publishes reaches another, on a real Redis.
#include "service/api/publications.h"

#include "service/queue/publications.h"
#include "tests/service/api/template_fixture.h"

namespace posthaste::api {
namespace {

// A process that publishes (the fixture's), and one that follows.
class PublicationFollowerTest : public TemplateTest {
 protected:
  absl::Status Look() { return Run(follower_.Look()); }
  std::string TextThere(const std::string& name = "welcome_ada") {
    const auto now = there_.tenant().shelf->Now();
    const templates::Template* mail = now->Find("acme", name);
    return mail == nullptr ? "none"
                           : mail->Render(mail->Samples(), templates::Value(), "", "")->text;
  }
  // Behind the API's back, as an older version might have: this does not compile.
  void PublishBroken() {
    const queue::PublishedFiles files = {{"en/body.txt", "{{nothing}}"}};
    const queue::PublicationState state =
        Run(store_->publications().Read("acme", "welcome_ada")).value();
    const queue::Publication broken{queue::PublicationId(files), absl::UnixEpoch(), "old"};
    ASSERT_TRUE(
        Run(store_->publications().Publish("acme", "welcome_ada", state, broken, files)).value());
  }

  World there_;
  Backend backend_there_{&loop_, store_.get(), &there_.shared};
  PublicationFollower follower_{backend_there_};
};

TEST_F(PublicationFollowerTest, BringsWhatWasPublishedElsewhere) {
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "none");
  ASSERT_TRUE(Publish(Welcome("One, {{name}}\n")).status.ok());
  EXPECT_EQ(TextThere(), "none");
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "One, Ada\n");
  ASSERT_TRUE(RollBack("none").status.ok());
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "none");
}

TEST_F(PublicationFollowerTest, KeepsTheLastGoodSetWhenABadOneComes) {
  ASSERT_TRUE(Publish(Welcome("One, {{name}}\n")).status.ok());
  ASSERT_TRUE(Look().ok());
  PublishBroken();
  EXPECT_TRUE(Look().ok()) << "the rest of the service goes on";
  EXPECT_EQ(TextThere(), "One, Ada\n");
  const auto refused = [] {
    return metrics::GetGauge("posthaste_templates_refused", "", {{"tenant", "acme"}}).Value();
  };
  EXPECT_EQ(refused(), 1);
  ASSERT_TRUE(Publish(Welcome("Two, {{name}}\n")).status.ok());
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "Two, Ada\n");
  EXPECT_EQ(refused(), 0);
}

TEST_F(PublicationFollowerTest, CompilesOnTheThreadsThatAreThereForIt) {
  WorkPool compilers(1, 4);
  there_.shared.compilers = &compilers;
  ASSERT_TRUE(Publish(Welcome("One, {{name}}\n")).status.ok());
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "One, Ada\n");
  compilers.Stop();
  ASSERT_TRUE(Publish(Welcome("Two, {{name}}\n")).status.ok());
  EXPECT_FALSE(Look().ok()) << "not done; the next look tries again";
  there_.shared.compilers = nullptr;
  ASSERT_TRUE(Look().ok());
  EXPECT_EQ(TextThere(), "Two, Ada\n");
}

TEST_F(PublicationFollowerTest, LaysWhatIsPublishedOverFoldersThatAreReadAgain) {
  ASSERT_TRUE(Publish(Welcome("One, {{name}}\n")).status.ok());
  ASSERT_TRUE(Look().ok());
  there_.templates_dir.Write("greeting/en/body.txt", "Changed, {{name}}\n");
  ASSERT_TRUE(there_.tenants->ReloadTemplates().ok());
  EXPECT_EQ(TextThere("greeting"), "Changed, Ana\n");
  EXPECT_EQ(TextThere(), "One, Ada\n");
  there_.templates_dir.Write("greeting/en/body.txt", "{{nothing}}\n");
  const absl::Status bad = there_.tenants->ReloadTemplates();
  EXPECT_THAT(std::string(bad.message()), testing::HasSubstr("greeting/en/body.txt:1:1"));
  EXPECT_EQ(TextThere("greeting"), "Changed, Ana\n") << "the last good set stays";
}

}  // namespace
}  // namespace posthaste::api

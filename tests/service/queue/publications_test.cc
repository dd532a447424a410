// Published templates on a real Redis.
#include "service/queue/publications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/queue/keys.h"
#include "service/queue/store.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::queue {
namespace {

using testing::ElementsAre;
using testing::Pair;

const absl::Time kTime = absl::FromUnixSeconds(1'800'000'000);

class PublicationsTest : public testing::Test {
 protected:
  PublicationsTest() {
    Server().Call({"FLUSHALL"});
    redis::ClientOptions options;
    options.unix_path = Server().socket();
    store_ = Store::Make(loop_, options, 4).value();
    EXPECT_TRUE(Run(store_->client().WaitReady(absl::Seconds(10))).ok());
  }
  static RedisServer& Server() {
    static RedisServer server{RedisOptions{.appendfsync = ""}};
    return server;
  }
  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task), std::chrono::seconds(60));
  }
  Publications& publications() { return store_->publications(); }
  PublicationState State(const std::string& tenant = "acme") {
    return Run(publications().Read(tenant, "welcome")).value();
  }
  static PublishedFiles Text(const std::string& text) { return {{"en/body.txt", text}}; }
  bool Publish(const PublishedFiles& files, const PublicationState& read,
               const std::string& tenant = "acme") {
    const Publication publication{PublicationId(files), kTime, "web"};
    return Run(publications().Publish(tenant, "welcome", read, publication, files)).value();
  }
  absl::StatusOr<PublishedFiles> Files(const std::string& id) {
    return Run(publications().Files("acme", "welcome", id));
  }

  Loop loop_;
  std::unique_ptr<Store> store_;
};

TEST_F(PublicationsTest, CountsWhatWasPublishedAndTellsWhatIsInForce) {
  EXPECT_EQ(Run(publications().Version()).value(), 0);
  ASSERT_TRUE(Publish(Text("one"), State()));
  ASSERT_TRUE(Publish(Text("two"), State()));
  const PublicationState state = State();
  EXPECT_EQ(state.version, 2);
  EXPECT_THAT(state.ids, ElementsAre(Pair("welcome", PublicationId(Text("two")))));
  ASSERT_EQ(state.history.size(), 2u);
  EXPECT_EQ(state.history[0].id, PublicationId(Text("two")));
  EXPECT_EQ(state.history[0].publisher, "web");
  EXPECT_EQ(state.history[0].time, kTime);
  EXPECT_EQ(Files(state.history[1].id).value(), Text("one"));
  EXPECT_TRUE(State("globex").ids.empty()) << "each tenant has its own";
}

TEST_F(PublicationsTest, RefuseAChangeThatWasDecidedFromAnOlderState) {
  const PublicationState old = State();
  ASSERT_TRUE(Publish(Text("one"), old));
  EXPECT_FALSE(Publish(Text("two"), old));
  EXPECT_FALSE(Publish(Text("two"), old, "globex")) << "one number counts for all";
  EXPECT_EQ(State().ids.at("welcome"), PublicationId(Text("one")));
  EXPECT_FALSE(Files(PublicationId(Text("two"))).ok());
}

TEST_F(PublicationsTest, PutAnOlderOneInForceAgainOrTakeAllBack) {
  ASSERT_TRUE(Publish(Text("one"), State()));
  ASSERT_TRUE(Publish(Text("two"), State()));
  const Publication first{PublicationId(Text("one")), kTime, "web"};
  EXPECT_TRUE(Run(publications().Publish("acme", "welcome", State(), first, {})).value());
  EXPECT_EQ(State().ids.at("welcome"), first.id);
  const Publication unknown{std::string(32, 'f'), kTime, "web"};
  EXPECT_FALSE(Run(publications().Publish("acme", "welcome", State(), unknown, {})).value());
  const Publication none{"", kTime, "web"};
  EXPECT_TRUE(Run(publications().Publish("acme", "welcome", State(), none, {})).value());
  EXPECT_TRUE(State().ids.empty());
  EXPECT_EQ(State().history[0].id, "");
}

TEST_F(PublicationsTest, KeepTheFilesOfTheLastTen) {
  ASSERT_TRUE(Publish(Text("kept"), State()));
  for (int i = 0; i < kPublicationsKept; ++i) {
    ASSERT_TRUE(Publish(Text("text " + std::to_string(i)), State()));
    if (i == 4) {
      ASSERT_TRUE(Publish(Text("kept"), State()));
    }
  }
  EXPECT_EQ(State().history.size(), size_t{kPublicationsKept});
  for (const Publication& publication : State().history)
    EXPECT_TRUE(Files(publication.id).ok()) << publication.id;
  EXPECT_EQ(Files(PublicationId(Text("text 0"))).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Files(PublicationId(Text("kept"))).ok()) << "a younger line names it too";
}

TEST_F(PublicationsTest, AreNotReadWhenTheyAreNotWhatTheirIdSays) {
  ASSERT_TRUE(Publish(Text("one"), State()));
  const std::string key = Keys::TemplateFiles("acme", "welcome", PublicationId(Text("one")));
  Server().Call({"SET", key, "x"});
  EXPECT_EQ(Files(PublicationId(Text("one"))).status().code(), absl::StatusCode::kDataLoss);
  const std::string other = Server().Call({"SET", key, ""});
  EXPECT_EQ(Files(PublicationId(Text("one"))).status().code(), absl::StatusCode::kDataLoss);
}

TEST(PublicationId, DependsOnEveryByteOfNamesAndFiles) {
  EXPECT_EQ(PublicationId({{"a", "b"}}), PublicationId({{"a", "b"}}));
  EXPECT_EQ(PublicationId({{"a", "b"}}).size(), 32u);
  EXPECT_NE(PublicationId({{"a", "b"}}), PublicationId({{"a", "c"}}));
  EXPECT_NE(PublicationId({{"a", "b"}, {"c", "d"}}), PublicationId({{"a", "b1:c1:d"}}));
}

}  // namespace
}  // namespace posthaste::queue

#include "service/queue/install.h"

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class InstallTest : public AdmissionTest {
 protected:
  absl::Status Start(int shards, std::string_view hash_key) {
    return RunTask(node_->loop_, Install(*node_->client_, shards, hash_key));
  }
};

TEST_F(InstallTest, RemembersTheFirstStartAndAgreesWithTheSame) {
  EXPECT_TRUE(Start(16, "key").ok());
  const auto before = Dump();
  EXPECT_TRUE(Start(16, "key").ok());
  EXPECT_EQ(Dump(), before);
}

TEST_F(InstallTest, RefusesAnotherNumberOfShards) {
  ASSERT_TRUE(Start(16, "key").ok());
  const absl::Status refused = Start(32, "key");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another number of shards"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("stored 16, ours 32"));
  EXPECT_TRUE(Start(16, "key").ok());
}

TEST_F(InstallTest, RefusesAnotherHashKeyWithoutShowingEither) {
  ASSERT_TRUE(Start(16, "secret one").ok());
  const absl::Status refused = Start(16, "secret two");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another hash key"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("secret")));
  EXPECT_THAT(server_.Call({"HGETALL", "ph:cfg"}), Not(HasSubstr("secret")));
}

TEST_F(InstallTest, RefusesAnotherFormat) {
  ASSERT_TRUE(Start(16, "key").ok());
  server_.Call({"HSET", "ph:cfg", "format", "1"});
  EXPECT_THAT(std::string(Start(16, "key").message()), HasSubstr("another format"));
}

TEST_F(InstallTest, LetsOneOfTwoDifferentFirstStartsWin) {
  std::vector<Task<absl::Status>> tasks;
  tasks.push_back(Install(*node_->client_, 16, "one"));
  tasks.push_back(Install(*node_->client_, 32, "two"));
  const std::vector<absl::Status> results = RunAll(node_->loop_, std::move(tasks));
  EXPECT_TRUE(results[0].ok());
  EXPECT_FALSE(results[1].ok());
}

}  // namespace
}  // namespace posthaste::queue

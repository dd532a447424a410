// Of admission: what survives Redis' death, and where keys lie in a cluster.
#include "tests/service/queue/admission_fixture.h"
#include "tests/service/queue/cluster_redis.h"

namespace posthaste::queue {
namespace {

RedisServer& DurableRedis() {
  static RedisServer server;
  return server;
}

class DurableTest : public AdmissionTest {
 protected:
  DurableTest() : AdmissionTest(DurableRedis()) {}
};

TEST_F(DurableTest, KeepsMessagesAndTheFailureBudgetOverACrashOfRedis) {
  const std::string id = Send();
  for (int i = 0; i < 2; ++i) Check(Guess(id, CheckRequest::Verdict::kWrong));
  const auto before = Dump();
  server_.Restart();
  node_ = std::make_unique<Node>(server_, 16);
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(Reading().wrong_guesses, 2);
  CheckRequest guess = Guess(id, CheckRequest::Verdict::kWrong);
  guess.failures_max = 3;
  EXPECT_EQ(Check(guess).verification->state, v1::Verification::GUESSES_EXHAUSTED);
}

class ClusterTest : public AdmissionTest, public testing::WithParamInterface<int> {
 protected:
  ClusterTest() : AdmissionTest(ClusterRedis(), GetParam()) {}
};

TEST_P(ClusterTest, KeepsAllThatBelongsToARecipientInOneSlot) {
  AdmitRequest request = Message(MailClass::kNotice);
  request.supersede_group = std::string(16, 's');
  request.limits = {{"hour", std::string(16, 'h'), 9, absl::Hours(1)},
                    {"day", std::string(16, 'd'), 9, absl::Hours(24)}};
  ASSERT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
  request.id = NewId('m', shard_, node_->clock_.Now(), random_);
  ASSERT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
  const VerificationRecord first = Verification(Send());
  AdmitRequest again = Message();
  again.verification = Resend(first, again);
  ASSERT_EQ(Admit(again).kind, AdmitAnswer::Kind::kAdmitted);
  CheckRequest guess = Guess(first.id, CheckRequest::Verdict::kWrong);
  guess.request_key = std::string(16, 'q');
  EXPECT_EQ(Check(guess).kind, CheckAnswer::Kind::kDone);
  EXPECT_EQ(Check(Guess(first.id, CheckRequest::Verdict::kRight)).result, 1);

  std::istringstream names(server_.Call({"KEYS", "*"}));
  const std::string slot = server_.Call({"CLUSTER", "KEYSLOT", node_->keys_.Events(shard_)});
  EXPECT_EQ(std::stoi(slot) / (16384 / GetParam()), shard_);
  int keys = 0;
  for (std::string name; std::getline(names, name); ++keys) {
    EXPECT_EQ(server_.Call({"CLUSTER", "KEYSLOT", name}), slot) << name;
  }
  EXPECT_GE(keys, 12);
}

INSTANTIATE_TEST_SUITE_P(Shards, ClusterTest, testing::Values(1, 16, 64));

}  // namespace
}  // namespace posthaste::queue

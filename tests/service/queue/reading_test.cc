#include "service/queue/reading.h"

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

class ReadingTest : public AdmissionTest {};

TEST_F(ReadingTest, KnowsNothingOfAStranger) {
  const Known known = Reading(NewId('m', shard_, node_->clock_.Now(), random_));
  EXPECT_FALSE(known.record.has_value());
  EXPECT_FALSE(known.verification.has_value());
  EXPECT_EQ(known.current, "");
  EXPECT_EQ(known.wrong_guesses, 0);
  EXPECT_FALSE(known.suppressed);
  EXPECT_FALSE(known.limited.has_value());
}

TEST_F(ReadingTest, FindsAVerificationByIdOrByWhatTheGroupPointsAt) {
  const std::string first = Send();
  const std::string second = Send();
  EXPECT_EQ(Reading().verification->id, second);
  ReadRequest request = ReadOf();
  request.verification_id = first;
  const Known known = node_->Run(node_->admission_->Read(request));
  EXPECT_EQ(known.verification->id, first);
  EXPECT_EQ(known.current, second);
}

TEST_F(ReadingTest, SaysWhenAStoredRecordCannotBeRead) {
  const std::string id = NewId('m', shard_, node_->clock_.Now(), random_);
  server_.Call({"SET", node_->keys_.Message(shard_, id), "\x02nonsense"});
  const auto known = RunTask(node_->loop_, node_->admission_->Read(ReadOf(id)));
  EXPECT_EQ(known.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ReadingTest, IsUnavailableWithoutRedis) {
  node_->client_->Close();
  const auto known = RunTask(node_->loop_, node_->admission_->Read(ReadOf()));
  EXPECT_EQ(known.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ReadingTest, TakesClientLimitsInTheFirstFlightButNotFromAReplay) {
  const AdmitRequest known = Requested("r1");
  ASSERT_EQ(Admit(known).kind, AdmitAnswer::Kind::kAdmitted);
  ReadRequest request = ReadOf();
  request.client_limits = {{"client_ip", std::string(16, 'i'), 2, absl::Hours(1)},
                           {"api_key", std::string(16, 'k'), 1000, absl::Hours(1)}};
  const auto read = [&] { return node_->Run(node_->admission_->Read(request)); };
  EXPECT_FALSE(read().limited.has_value());
  EXPECT_FALSE(read().limited.has_value());
  const Known refused = read();
  EXPECT_EQ(refused.limited, "client_ip");
  EXPECT_LE(refused.wait, absl::Minutes(30));
  EXPECT_GT(refused.wait, absl::Minutes(29));
  request.id = known.id;
  EXPECT_FALSE(read().limited.has_value());
}

}  // namespace
}  // namespace posthaste::queue

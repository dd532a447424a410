#include "service/queue/skeletons.h"

#include "base/crypto.h"
#include "tests/service/queue/admission_fixture.h"
#include "tests/support/fake_clock.h"

namespace posthaste::queue {
namespace {

class SkeletonsTest : public AdmissionTest {
 protected:
  std::string Put(Skeletons& skeletons, std::string_view bytes) {
    return node_->Run(skeletons.Put(bytes));
  }
  absl::StatusOr<Skeletons::Bytes> Get(Skeletons& skeletons, const std::string& sha256) {
    return RunTask(node_->loop_, skeletons.Get(sha256));
  }

  FakeClock clock_;
  Skeletons one_{*node_->client_, clock_};
  Skeletons two_{*node_->client_, clock_};
};

TEST_F(SkeletonsTest, GivesAnotherProcessWhatOnePut) {
  const std::string sha256 = Put(one_, "<html>");
  EXPECT_EQ(sha256, crypto::Sha256("<html>").substr(0, 12));
  EXPECT_EQ(**Get(two_, sha256), "<html>");
  EXPECT_GE(Count("PTTL", Keys::Skeleton(sha256)), absl::ToInt64Milliseconds(absl::Hours(144)));
}

TEST_F(SkeletonsTest, AsksRedisOnceForEach) {
  const std::string sha256 = Put(one_, "<html>");
  ASSERT_TRUE(Get(two_, sha256).ok());
  server_.Call({"DEL", Keys::Skeleton(sha256)});
  EXPECT_EQ(**Get(two_, sha256), "<html>");
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(sha256)), 0);
  clock_.Advance(absl::Hours(1));  // In use for longer: told again.
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(sha256)), 1);
}

TEST_F(SkeletonsTest, TellsARedisThatCameBackOnceMore) {
  const std::string sha256 = Put(one_, "<html>");
  server_.Call({"DEL", Keys::Skeleton(sha256)});
  one_.Reconnected();
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(sha256)), 1);
}

TEST_F(SkeletonsTest, TellsRedisOfOneThatItHadOnlyRead) {
  const std::string sha256 = Put(one_, "<html>");
  ASSERT_TRUE(Get(two_, sha256).ok());
  server_.Call({"PEXPIRE", Keys::Skeleton(sha256), "1000"});
  Put(two_, "<html>");
  EXPECT_GT(Count("PTTL", Keys::Skeleton(sha256)), 1000);
}

TEST_F(SkeletonsTest, RefusesBytesThatAreNotWhatTheirNameSays) {
  const std::string sha256 = Put(one_, "<html>");
  server_.Call({"SET", Keys::Skeleton(sha256), "<evil>"});
  EXPECT_EQ(Get(two_, sha256).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Get(two_, std::string(32, 'x')).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SkeletonsTest, ForgetsThoseUsedLongestAgo) {
  const std::string first = Put(one_, std::string(kSkeletonBytesMax, 'a'));
  const std::string second = Put(one_, std::string(kSkeletonBytesMax, 'b'));
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(Get(one_, first).ok());
    Put(one_, std::string(kSkeletonBytesMax - 1, static_cast<char>('c' + i)));
    EXPECT_LE(one_.cached_bytes(), kSkeletonCacheBytesMax);
  }
  server_.Call({"FLUSHALL"});
  EXPECT_TRUE(Get(one_, first).ok());
  EXPECT_FALSE(Get(one_, second).ok());
}

TEST_F(SkeletonsTest, RefusesAHugeOne) {
  const auto put = RunTask(node_->loop_, one_.Put(std::string(kSkeletonBytesMax + 1, 'x')));
  EXPECT_EQ(put.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::queue

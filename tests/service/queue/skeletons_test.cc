#include "service/queue/skeletons.h"

#include "base/crypto.h"
#include "tests/service/queue/admission_fixture.h"
#include "tests/support/fake_clock.h"

namespace posthaste::queue {
namespace {

class SkeletonsTest : public AdmissionTest {
 protected:
  std::string Put(Skeletons& skeletons, std::string_view bytes) {
    const auto skeleton = std::make_shared<const Skeleton>(std::string(bytes));
    const absl::Status put = RunTask(node_->loop_, skeletons.Put(skeleton));
    if (!put.ok()) throw std::runtime_error(put.ToString());
    return skeleton->name();
  }
  absl::StatusOr<Skeletons::Handle> Get(Skeletons& skeletons, const std::string& name) {
    return RunTask(node_->loop_, skeletons.Get(name));
  }

  FakeClock clock_;
  Skeletons one_{*node_->client_, clock_};
  Skeletons two_{*node_->client_, clock_};
};

TEST_F(SkeletonsTest, GivesAnotherProcessWhatOnePut) {
  const std::string name = Put(one_, "<html>");
  EXPECT_EQ(name, crypto::Sha256("<html>").substr(0, 12));
  EXPECT_EQ((*Get(two_, name))->bytes(), "<html>");
  EXPECT_GE(Count("PTTL", Keys::Skeleton(name)), absl::ToInt64Milliseconds(absl::Hours(144)));
}

TEST_F(SkeletonsTest, AsksRedisOnceForEach) {
  const std::string name = Put(one_, "<html>");
  ASSERT_TRUE(Get(two_, name).ok());
  server_.Call({"DEL", Keys::Skeleton(name)});
  EXPECT_EQ((*Get(two_, name))->bytes(), "<html>");
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(name)), 0);
  clock_.Advance(absl::Hours(1));  // In use for longer: told again.
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(name)), 1);
}

TEST_F(SkeletonsTest, TellsARedisThatCameBackOnceMore) {
  const std::string name = Put(one_, "<html>");
  server_.Call({"DEL", Keys::Skeleton(name)});
  one_.Reconnected();
  Put(one_, "<html>");
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(name)), 1);
}

TEST_F(SkeletonsTest, TellsRedisOfOneThatItHadOnlyRead) {
  const std::string name = Put(one_, "<html>");
  ASSERT_TRUE(Get(two_, name).ok());
  server_.Call({"PEXPIRE", Keys::Skeleton(name), "1000"});
  Put(two_, "<html>");
  EXPECT_GT(Count("PTTL", Keys::Skeleton(name)), 1000);
}

TEST_F(SkeletonsTest, RefusesBytesThatAreNotWhatTheirNameSays) {
  const std::string name = Put(one_, "<html>");
  server_.Call({"SET", Keys::Skeleton(name), "<evil>"});
  EXPECT_EQ(Get(two_, name).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Get(two_, std::string(12, 'x')).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SkeletonsTest, ForgetsThoseUsedLongestAgo) {
  const std::string first = Put(one_, std::string(kSkeletonBytesMax, 'a'));
  const std::string second = Put(one_, std::string(kSkeletonBytesMax, 'b'));
  for (int i = 0; i < 22; ++i) {
    ASSERT_TRUE(Get(one_, first).ok());
    Put(one_, std::string(kSkeletonBytesMax - 1, static_cast<char>('c' + i)));
    EXPECT_LE(one_.cached_bytes(), kSkeletonCacheBytesMax);
  }
  server_.Call({"FLUSHALL"});
  EXPECT_TRUE(Get(one_, first).ok());
  EXPECT_FALSE(Get(one_, second).ok());
}

TEST_F(SkeletonsTest, LearnsThatOfAKindUntilItIsForgotten) {
  EXPECT_EQ(one_.OfKind("codes"), nullptr);
  const Skeletons::Handle learnt = one_.Learn("codes", "<html>");
  EXPECT_EQ(learnt->bytes(), "<html>");
  EXPECT_EQ(one_.OfKind("codes"), learnt);
  EXPECT_EQ(one_.Learn("codes of another sender", "<html>"), learnt);
  EXPECT_EQ(Count("EXISTS", Keys::Skeleton(learnt->name())), 0) << "Redis is told by Put";
  for (int i = 0; i < 22; ++i) {
    Put(one_, std::string(kSkeletonBytesMax, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(one_.OfKind("codes"), nullptr);
}

TEST_F(SkeletonsTest, RefusesAHugeOne) {
  const auto huge = std::make_shared<const Skeleton>(std::string(kSkeletonBytesMax + 1, 'x'));
  const absl::Status put = RunTask(node_->loop_, one_.Put(huge));
  EXPECT_EQ(put.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::queue

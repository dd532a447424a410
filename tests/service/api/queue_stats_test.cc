// GetQueueStats through its handler, on a real Redis.
#include "service/api/queue_stats.h"

#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

class QueueStatsTest : public OperatorTest {
 protected:
  v1::GetQueueStatsResponse Stats(bool shape) {
    v1::GetQueueStatsRequest request;
    request.set_shape(shape);
    v1::GetQueueStatsResponse response;
    EXPECT_EQ(Verdict(Operate(HandleGetQueueStats, request, response)), "OK");
    return response;
  }
};

TEST_F(QueueStatsTest, CountTheMailOfEveryTenant) {
  Send();
  Send(Code(), "globex");
  const v1::GetQueueStatsResponse stats = Stats(false);
  ASSERT_EQ(stats.classes_size(), 3);
  EXPECT_EQ(stats.classes(0).mail_class(), v1::CODE);
  EXPECT_EQ(stats.classes(0).waiting(), 2);
  EXPECT_EQ(stats.classes(0).due(), 2);
  EXPECT_TRUE(stats.classes(0).has_oldest_due_time());
  EXPECT_FALSE(stats.classes(1).has_oldest_due_time());
  EXPECT_EQ(stats.shape_size(), 0);
}

TEST_F(QueueStatsTest, HaveAShapeWhereItIsAskedFor) {
  v1::SendVerificationCodeRequest code = Code();
  Send(code);
  code.set_recipient("ana@gmail.com");
  Send(code);
  const v1::GetQueueStatsResponse stats = Stats(true);
  ASSERT_EQ(stats.shape_size(), 2);
  EXPECT_EQ(stats.shape(0).provider(), "gmail");
  EXPECT_EQ(stats.shape(1).provider(), "other");
  ASSERT_EQ(stats.shape(0).counts_size(), stats.age_bounds_size() + 1);
  EXPECT_EQ(stats.shape(0).counts(0), 1);
  EXPECT_FALSE(stats.shape_truncated());
}

}  // namespace
}  // namespace posthaste::api

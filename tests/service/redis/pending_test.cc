#include "service/redis/pending.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "tests/support/run_task.h"

namespace posthaste::redis {
namespace {

TEST(Pending, GivesAnAnswerThatIsThereAtOnce) {
  Loop loop;
  const WaiterPtr waiter(new Waiter);
  waiter->Finish(Reply::OfInteger(7));
  Pending pending(waiter);
  EXPECT_TRUE(pending.done());
  EXPECT_EQ(RunTask(loop, pending.Wait())->Integer().value(), 7);
}

TEST(Pending, WaitsForAnAnswerThatComesLater) {
  Loop loop;
  const WaiterPtr waiter(new Waiter);
  Pending pending(waiter);
  EXPECT_FALSE(pending.done());
  asio::post(loop, [waiter] { waiter->Finish(Reply::OfInteger(8)); });
  EXPECT_EQ(RunTask(loop, pending.Wait())->Integer().value(), 8);
}

TEST(Pending, KeepsTheFirstAnswer) {
  Loop loop;
  const WaiterPtr waiter(new Waiter);
  waiter->Finish(Reply::OfInteger(1));
  waiter->Finish(absl::UnavailableError("late"));
  EXPECT_EQ(RunTask(loop, Pending(waiter).Wait())->Integer().value(), 1);
}

TEST(Pending, MarksWhatMayHaveBeenExecuted) {
  const absl::Status plain = absl::UnavailableError("x");
  EXPECT_FALSE(MaybeExecuted(plain));
  EXPECT_TRUE(MaybeExecuted(MarkMaybeExecuted(plain)));
  EXPECT_FALSE(MaybeExecuted(absl::OkStatus()));
}

TEST(WaiterList, FinishesAllInOrder) {
  std::string order;
  WaiterList list;
  for (const char name : {'a', 'b', 'c'}) {
    const WaiterPtr waiter(new Waiter);
    waiter->resume = [&order, name] { order += name; };
    list.Add(waiter, absl::UnavailableError("gone"));
  }
  list.FinishAll();
  EXPECT_EQ(order, "abc");
  EXPECT_TRUE(list.empty());
}

TEST(WaiterList, LetsCoroutinesGoThatNobodyWillResume) {
  // The leak sanitizer is the judge of this one; without it, the count of the waiter is.
  const WaiterPtr waiter(new Waiter);
  {
    Loop loop;
    WaiterList list;
    list.Add(waiter, absl::OkStatus());
    Pending pending(waiter);
    EXPECT_THROW((void)RunTask(loop, pending.Wait(), std::chrono::milliseconds(10)),
                 std::runtime_error);
    EXPECT_GT(waiter->use_count(), 2u);
  }
  EXPECT_EQ(waiter->use_count(), 1u);
}

}  // namespace
}  // namespace posthaste::redis

#include "base/signal.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace posthaste {
namespace {

Task<void> WaitFor(Signal* signal, absl::Duration limit, bool* woken) {
  co_await signal->Wait(limit);
  *woken = true;
}

TEST(Signal, WakesWhoWaits) {
  Loop loop;
  Signal signal(loop);
  bool woken = false;
  asio::co_spawn(loop, WaitFor(&signal, absl::Hours(1), &woken), asio::detached);
  loop.poll();
  EXPECT_FALSE(woken);
  signal.Notify();
  loop.poll();
  EXPECT_TRUE(woken);
}

TEST(Signal, KeepsANoticeForTheNextWait) {
  Loop loop;
  Signal signal(loop);
  signal.Notify();
  bool woken = false;
  asio::co_spawn(loop, WaitFor(&signal, absl::Hours(1), &woken), asio::detached);
  loop.poll();
  EXPECT_TRUE(woken);
}

TEST(Signal, ReturnsWhenTheLimitPasses) {
  Loop loop;
  Signal signal(loop);
  bool woken = false;
  asio::co_spawn(loop, WaitFor(&signal, absl::ZeroDuration(), &woken), asio::detached);
  loop.run();
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace posthaste

#include "service/queue/turns.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <string>

namespace posthaste::queue {
namespace {

Task<void> Write(Turns& turns, std::string name, char who, std::string& log) {
  const Turns::Turn turn = co_await turns.Take(name);
  log += who;
  for (int i = 0; i < 3; ++i) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }
  log += who;
}

TEST(Turns, ComeOneAtATimeInTheOrderOfArrival) {
  Loop loop;
  Turns turns;
  std::string log;
  for (const char who : {'a', 'b', 'c', 'd'}) {
    asio::co_spawn(loop, Write(turns, "name", who, log), asio::detached);
  }
  loop.run();
  EXPECT_EQ(log, "aabbccdd");
}

TEST(Turns, OfDifferentNamesDoNotWaitForEachOther) {
  Loop loop;
  Turns turns;
  std::string log;
  asio::co_spawn(loop, Write(turns, "one", 'a', log), asio::detached);
  asio::co_spawn(loop, Write(turns, "two", 'b', log), asio::detached);
  loop.run();
  EXPECT_EQ(log, "abab");
}

TEST(Turns, MayEndWithALoopThatIsDestroyed) {
  std::string log;
  auto loop = std::make_unique<Loop>();
  auto turns = std::make_unique<Turns>();
  for (const char who : {'a', 'b', 'c'}) {
    asio::co_spawn(*loop, Write(*turns, "name", who, log), asio::detached);
  }
  while (log.empty()) loop->run_one();
  turns.reset();
  loop.reset();
  EXPECT_EQ(log, "a");
}

}  // namespace
}  // namespace posthaste::queue

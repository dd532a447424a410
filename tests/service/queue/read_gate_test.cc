#include "service/queue/read_gate.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <vector>

#include "base/signal.h"

namespace posthaste::queue {
namespace {

struct Visitor {
  Visitor(ReadGate& gate, Loop& loop) : gate(gate), leave(loop) {}
  ReadGate& gate;
  Signal leave;
};

Task<void> Visit(Visitor* visitor, int number, std::vector<int>* entered) {
  const ReadGate::Pass pass = co_await visitor->gate.Enter();
  entered->push_back(number);
  co_await visitor->leave.Wait(absl::Hours(1));
}

TEST(ReadGate, LetsAFewInAndTheOthersInTheirOrder) {
  constexpr int kVisitors = ReadGate::kPlaces + 3;
  Loop loop{1};
  ReadGate gate(loop);
  std::vector<std::unique_ptr<Visitor>> visitors;
  std::vector<int> entered;
  for (int i = 0; i < kVisitors; ++i) {
    visitors.push_back(std::make_unique<Visitor>(gate, loop));
    asio::co_spawn(loop, Visit(visitors.back().get(), i, &entered), asio::detached);
  }
  loop.poll();
  EXPECT_EQ(entered.size(), size_t{ReadGate::kPlaces});
  visitors[5]->leave.Notify();
  loop.poll();
  visitors[2]->leave.Notify();
  loop.poll();
  ASSERT_EQ(entered.size(), size_t{ReadGate::kPlaces} + 2);
  for (int i = 0; i < static_cast<int>(entered.size()); ++i)
    EXPECT_EQ(entered[static_cast<size_t>(i)], i);
  for (const auto& visitor : visitors) visitor->leave.Notify();
  loop.poll();
  for (const auto& visitor : visitors) visitor->leave.Notify();
  loop.poll();
  EXPECT_EQ(entered.size(), size_t{kVisitors});
  Visitor late(gate, loop);
  loop.restart();  // It had run out of work.
  asio::co_spawn(loop, Visit(&late, kVisitors, &entered), asio::detached);
  loop.poll();
  EXPECT_EQ(entered.back(), kVisitors) << "places came back";
}

}  // namespace
}  // namespace posthaste::queue

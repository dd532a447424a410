#include "smtp/route.h"

#include <algorithm>
#include <utility>

namespace posthaste::smtp {
namespace {

struct Placed {
  bool again = false;
  int rank = 0;
  double seconds = 0;  // Of the relay's time, for its weight.
  std::shared_ptr<Relay> relay;
};

bool Before(const Placed& a, const Placed& b) {
  if (a.again != b.again) return a.again;
  if (a.rank != b.rank) return a.rank < b.rank;
  return a.seconds < b.seconds;
}

}  // namespace

std::vector<std::shared_ptr<Relay>> InOrder(const Route& route, std::string_view greylisted_by) {
  std::vector<Placed> placed;
  for (const RouteStep& step : route) {
    Placed one;
    one.again = !greylisted_by.empty() && step.relay->options().id == greylisted_by;
    one.rank = step.rank;
    one.seconds = route.size() > 1 ? step.relay->governor().BusySeconds() / step.weight : 0;
    one.relay = step.relay;
    placed.push_back(std::move(one));
  }
  std::stable_sort(placed.begin(), placed.end(), Before);
  std::vector<std::shared_ptr<Relay>> relays;
  for (Placed& one : placed) relays.push_back(std::move(one.relay));
  return relays;
}

}  // namespace posthaste::smtp

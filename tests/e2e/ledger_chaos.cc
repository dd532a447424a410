#include "tests/e2e/ledger_chaos.h"

#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(60);
constexpr absl::Duration kTimeStep = absl::Seconds(5);  // Of Redis' clock.
constexpr int kHeldAtOnce = 4;
constexpr int kAskers = 4;

struct Chance {
  Fate fate;
  int per_mille;
};
// What does not stand here is accepted.
constexpr Chance kFirst[] = {
    {Fate::kDeferRcpt, 25},   {Fate::kDeferDot, 25},    {Fate::kBounceRcpt, 15},
    {Fate::kBounceDot, 10},   {Fate::kGreylist, 10},    {Fate::kBusyAtRcpt, 10},
    {Fate::kResetAtRcpt, 10}, {Fate::kStallData, 5},    {Fate::kStallDot, 5},
    {Fate::kDripDot, 10},     {Fate::kDropAtData, 15},  {Fate::kDropInBody, 10},
    {Fate::kGarbageBody, 10}, {Fate::kDropKept, 15},    {Fate::kDropLost, 15},
    {Fate::kResetKept, 8},    {Fate::kPartialKept, 8},  {Fate::kGarbageKept, 8},
    {Fate::kWrongReply, 8},   {Fate::kAcceptAndCut, 10}};
constexpr Chance kLater[] = {
    {Fate::kDeferRcpt, 40}, {Fate::kDropAtData, 20}, {Fate::kDropKept, 20}, {Fate::kDropLost, 20}};
constexpr int kTriesAtMost = 4;  // From then on it is accepted.

// A score's lowest twelve bits: leased, dot, cancel, nine of claims (service/queue/score.h).
constexpr uint64_t kLeasedBit = 2048, kDotBit = 1024;

// Ids in any lane whose score has one of `bits`, by Redis itself.
std::vector<std::string> IdsWith(const RedisServer& redis, uint64_t bits) {
  std::vector<std::string> ids;
  const std::string lanes = redis.Call({"KEYS", "ph:*:q:*"});
  for (const auto& lane : absl::StrSplit(lanes, '\n', absl::SkipEmpty())) {
    const std::string jobs =
        redis.Call({"ZRANGE", std::string(lane.data(), lane.size()), "0", "-1", "WITHSCORES"});
    const std::vector<std::string> lines = absl::StrSplit(jobs, '\n', absl::SkipEmpty());
    for (size_t i = 0; i + 1 < lines.size(); i += 2) {
      const auto score = static_cast<uint64_t>(std::strtod(lines[i + 1].c_str(), nullptr));
      if ((score & bits) != 0) ids.push_back(lines[i]);
    }
  }
  return ids;
}

// Known to the end: no further look will change it.
bool Settled(const v1::Message& message) {
  return Terminal(message.state()) || message.state() == v1::Message::PARKED;
}

}  // namespace

Fate FatePlan::Choose(const std::string& recipient, int number) {
  const std::lock_guard lock(mutex_);
  Fate fate = Fate::kAccept;
  if (count_ > 0) {
    --count_;
    fate = next_;
  } else if (number < kTriesAtMost) {
    uint64_t hash = seed_ * 0x9E3779B97F4A7C15U + static_cast<uint64_t>(number);
    for (const char c : recipient) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    int left = static_cast<int>(FakeRandom(hash).Unit() * 1000);
    const Chance* const begin = number == 1 ? std::begin(kFirst) : std::begin(kLater);
    const Chance* const end = number == 1 ? std::end(kFirst) : std::end(kLater);
    for (const Chance* chance = begin; chance != end && left >= 0; ++chance) {
      left -= chance->per_mille;
      if (left < 0) fate = chance->fate;
    }
  }
  if (!Temporary(fate)) harsh_[recipient] = true;
  return fate;
}

void FatePlan::Next(Fate fate, int count) {
  const std::lock_guard lock(mutex_);
  next_ = fate;
  count_ = count;
}

bool FatePlan::Mild(const std::string& recipient) const {
  const std::lock_guard lock(mutex_);
  return !harsh_.contains(recipient);
}

Chaos::Chaos(LedgerService& service, FaultRelay& relay, FatePlan& plan, uint64_t seed)
    : service_(service), relay_(relay), plan_(plan), random_(seed) {}

void Chaos::Start() {
  api_ = service_.Serve("api");
  worker_ = service_.Serve("worker");
}

void Chaos::CheckAlive(Process& process, const char* role) {
  if (process.Running() || !died_.empty()) return;
  died_ = absl::StrCat(role, " ended by itself: ", process.Wait().value_or(0), "\n",
                       process.Err().substr(0, 4000));
}

bool Chaos::Await(const LedgerLoad& load, int acknowledged) {
  return PollUntil(kLongestWait, [&] { return load.acknowledged() >= acknowledged; });
}

void Chaos::KillRedis() {
  service_.redis().Kill9();
  ++counts_.redis;
  counts_.cut_bytes += service_.redis().CutToLastSync();
  service_.redis().Restart();
}

void Chaos::KillWorker() {
  CheckAlive(*worker_, "worker");
  worker_->Signal(SIGKILL);
  worker_->Wait();
  ++counts_.worker;
  for (const std::string& id : IdsWith(service_.redis(), kDotBit)) ++fenced_[id];
}

void Chaos::DisturbNetwork(Event event) {
  ++counts_.network;
  FaultProxy& proxy = service_.proxy();
  if (event == Event::kCut) {
    proxy.CutAfter(static_cast<int64_t>(2000 * random_.Unit()));
    return proxy.Cut(random_.Unit() < 0.5);
  }
  proxy.Set(FaultProxy::Mode::kBlackhole);
  PollUntil(absl::Milliseconds(500) * random_.Unit(), [] { return false; });
  proxy.Set(FaultProxy::Mode::kPass);
}

// Time that jumps over a lease takes it from a worker that lives. It would be right to call that a
// doubt, but nobody could tell it from a wrong one.
void Chaos::AwaitNoLease() {
  PollUntil(absl::Seconds(5), [this] {
    PollUntil(absl::Milliseconds(20), [] { return false; });
    return IdsWith(service_.redis(), kLeasedBit).empty();
  });
}

// Kills it while it waits in a known place for the relay.
void Chaos::KillWorkerHolding(Fate fate, int* count) {
  plan_.Next(fate, kHeldAtOnce);
  const bool holding = PollUntil(absl::Seconds(30), [&] { return relay_.held() > 0; });
  if (holding) ++*count;
  KillWorker();
  plan_.Clear();
}

void Chaos::Play(Event event, const LedgerLoad& load, int slice) {
  switch (event) {
    case Event::kRedis:
      return KillRedis();
    case Event::kCut:
    case Event::kStall:
      return DisturbNetwork(event);
    case Event::kApi:
      CheckAlive(*api_, "api");
      api_->Signal(SIGKILL);
      api_->Wait();
      ++counts_.api;
      api_ = service_.Serve("api");
      return;
    case Event::kWorker:
      KillWorker();
      break;
    case Event::kBeforeFence:
      KillWorkerHolding(Fate::kHoldData, &counts_.before_fence);
      break;
    case Event::kAfterDotKept:
      KillWorkerHolding(Fate::kHoldDotKept, &counts_.after_dot);
      break;
    case Event::kAfterDotLost:
      KillWorkerHolding(Fate::kHoldDotLost, &counts_.after_dot);
      break;
    case Event::kPower:
      // The machine goes: whatever is acknowledged after the worker's end waits in Redis.
      KillWorker();
      Await(load, load.acknowledged() + slice / 3);
      KillRedis();
      break;
  }
  // Half of the time its leases pass before the next worker looks.
  if (random_.Unit() < 0.5) service_.redis().MoveClock(absl::Seconds(31));
  worker_ = service_.Serve("worker");
}

bool Chaos::Run(LedgerLoad& load, int messages, std::vector<Event> events) {
  const int slices = static_cast<int>(events.size());
  for (int i = 0; i < slices; ++i) {
    const int from = messages * i / slices, to = messages * (i + 1) / slices;
    const int at = from + static_cast<int>(random_.Unit() * (to - from) / 2);
    load.Allow(to);
    if (!Await(load, at)) return false;
    Play(events[static_cast<size_t>(i)], load, to - from);
    if (!Await(load, from)) return false;
  }
  return Await(load, messages);
}

std::map<std::string, v1::Message> Chaos::Drain(const Caller& caller,
                                                const std::vector<LedgerLoad::Entry>& entries,
                                                absl::Duration limit) {
  std::vector<v1::Message> found(entries.size());
  std::vector<char> missing(entries.size());
  const auto look = [&](size_t first) {
    for (size_t i = first; i < entries.size(); i += kAskers) {
      if (missing[i] != 0 || Settled(found[i])) continue;
      v1::Message answer;
      const grpc::Status status = caller.Get(entries[i].id, &answer);
      if (status.ok()) found[i] = answer;
      missing[i] = status.error_code() == grpc::StatusCode::NOT_FOUND;
    }
  };
  PollUntil(limit, [&] {
    std::vector<std::thread> askers;
    for (size_t i = 0; i < kAskers; ++i) askers.emplace_back(look, i);
    for (std::thread& asker : askers) asker.join();
    size_t open = 0;
    for (size_t i = 0; i < entries.size(); ++i) open += missing[i] == 0 && !Settled(found[i]);
    if (open == 0) return true;
    AwaitNoLease();
    service_.redis().MoveClock(kTimeStep);
    // Time for those who became due to be tried.
    PollUntil(absl::Milliseconds(250), [] { return false; });
    return false;
  });
  CheckAlive(*api_, "api");
  CheckAlive(*worker_, "worker");
  std::map<std::string, v1::Message> known;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (found[i].state() != v1::Message::STATE_UNSPECIFIED && missing[i] == 0) {
      known[entries[i].id] = found[i];
    }
  }
  return known;
}

std::vector<Chaos::Event> EventsOf(int slices, uint64_t seed) {
  std::vector<Chaos::Event> events;
  for (int i = 0; i < slices; ++i) events.push_back(static_cast<Chaos::Event>(i % 9));
  FakeRandom random(seed);
  for (size_t i = events.size(); i > 1; --i) {
    std::swap(events[i - 1], events[static_cast<size_t>(random.Unit() * static_cast<double>(i))]);
  }
  return events;
}

}  // namespace posthaste

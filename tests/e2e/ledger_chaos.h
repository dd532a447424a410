// What goes wrong while the ledger is kept: the relay's fates, and who is killed when. All of it
// follows from one seed but for the scheduler's share.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/e2e/ledger_load.h"
#include "tests/e2e/ledger_service.h"
#include "tests/support/fake_random.h"
#include "tests/support/fault_relay.h"

namespace posthaste {

// Chooses a fate for each transaction, and remembers which recipients met only temporary ones
// before the dot. Used by the relay's thread and the test's.
class FatePlan {
 public:
  explicit FatePlan(uint64_t seed) : seed_(seed) {}

  Fate Choose(const std::string& recipient, int number);

  // The next `count` transactions meet `fate`, whoever they are for.
  void Next(Fate fate, int count);
  void Clear() { Next(Fate::kAccept, 0); }

  // Whether nothing that the relay did to this recipient's mail was final or left a doubt.
  bool Mild(const std::string& recipient) const;

 private:
  const uint64_t seed_;
  mutable std::mutex mutex_;
  Fate next_ = Fate::kAccept;
  int count_ = 0;
  std::map<std::string, bool> harsh_;
};

// Kills processes under load, and starts them again.
class Chaos {
 public:
  struct Counts {
    int redis = 0, worker = 0, before_fence = 0, after_dot = 0, api = 0, network = 0;
    uint64_t cut_bytes = 0;
  };
  enum class Event {
    kRedis,
    kWorker,
    kBeforeFence,
    kAfterDotKept,
    kAfterDotLost,
    kApi,
    kPower,
    kCut,    // The connections to Redis are reset, or end within an answer.
    kStall,  // The network to Redis carries nothing for a moment.
  };

  Chaos(LedgerService& service, FaultRelay& relay, FatePlan& plan, uint64_t seed);

  // Starts api and worker. REQUIRES: called by the thread that calls the rest.
  void Start();

  // Lets `load` send its `messages` in slices, and plays one event in each. False: a caller waited
  // too long for an OK, or a process ended by itself (died() tells).
  bool Run(LedgerLoad& load, int messages, std::vector<Event> events);

  // Passes time on Redis' clock until each id has ended or been set aside; asks by `caller`.
  // Returns what is known of each in the end: nothing of a lost one.
  std::map<std::string, v1::Message> Drain(const Caller& caller,
                                           const std::vector<LedgerLoad::Entry>& entries,
                                           absl::Duration limit);

  const Counts& counts() const { return counts_; }

  // How often each message was past its fence when its worker was killed.
  const std::map<std::string, int>& fenced() const { return fenced_; }
  const std::string& died() const { return died_; }

 private:
  bool Await(const LedgerLoad& load, int acknowledged);
  void Play(Event event, const LedgerLoad& load, int slice);
  void KillRedis();
  void DisturbNetwork(Event event);
  void AwaitNoLease();
  void KillWorker();
  void KillWorkerHolding(Fate fate, int* count);
  void CheckAlive(Process& process, const char* role);

  LedgerService& service_;
  FaultRelay& relay_;
  FatePlan& plan_;
  FakeRandom random_;
  std::unique_ptr<Process> api_, worker_;
  Counts counts_;
  std::map<std::string, int> fenced_;
  std::string died_;
};

// `slices` events, each kind in turn, in an order of the seed's.
std::vector<Chaos::Event> EventsOf(int slices, uint64_t seed);

}  // namespace posthaste

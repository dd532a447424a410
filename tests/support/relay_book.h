// What the sessions of one FaultRelay share: the script, and the book of what came. Private to
// fault_relay.cc and relay_session.cc.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fault_relay.h"

namespace posthaste {

struct RelayBook {
  explicit RelayBook(FaultRelayOptions chosen) : options(std::move(chosen)) {}

  const FaultRelayOptions options;
  std::atomic<int64_t> stall_ms{1000};
  std::atomic<int> held{0}, tries{0}, dots{0}, connections{0}, open{0}, open_most{0};
  std::atomic<bool> gate_open{false};

  mutable std::mutex mutex;  // The rest.
  std::string certificate;
  std::map<Stage, Act> acts;
  FateScript fates;
  RelayScript script;
  std::map<std::string, int> tried;  // By recipient.
  std::map<std::string, FaultRelay::Kept> kept;
  std::map<std::string, int> doubts;
  std::map<Fate, int> played;
  std::vector<std::string> heard;

  // Nothing = what a good relay does.
  std::optional<Act> ActAt(const Moment& moment, Fate fate);
  // Counts the try and chooses its fate.
  Fate Begin(const std::string& recipient, int* number);
  void Keep(const std::string& recipient, const std::string& mail);
  // `cut`: the connection had ended when it came.
  void Dot(Fate fate, const std::string& mail, bool cut);
  void Hear(const std::string& line);
};

// The value of a header field that stands on one line; "" if there is none.
std::string HeaderOf(const std::string& mail, std::string_view name);

}  // namespace posthaste

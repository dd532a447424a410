// A verification's state machine as it is meant to be: a small model that knows nothing of Redis,
// Lua or time, to be held against the real one.
//
// One recipient, one purpose, two clients. A client reads, and acts later on what it read: every
// interleaving of these steps is a path of this model. What it must never allow is asked of each
// step by Step::Wrong.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace posthaste::api {

inline constexpr int kModelGuesses = 2, kModelBudget = 3, kModelSends = 3, kModelClients = 2;

enum class Act {
  kRead,        // Of a client: the current verification, as it is now.
  kSend,        // A code, or the same code again.
  kSendNew,     // As kSend, but a verification that this begins makes new codes at resends.
  kForce,       // A verification of its own.
  kCheckRight,  // The newest code of what was read.
  kCheckOld,    // Its first code.
  kCheckWrong,
  kCancel,
  kExpire,   // Of the world: the current verification's time is over.
  kBounce,   // Its newest mail bounced.
  kRestart,  // The clients forget what they read, Redis its scripts.
  kRotate,   // New codes are made with another key.
};
inline constexpr Act kClientActs[] = {Act::kRead,       Act::kSend,       Act::kSendNew,
                                      Act::kForce,      Act::kCheckRight, Act::kCheckOld,
                                      Act::kCheckWrong, Act::kCancel};
inline constexpr Act kWorldActs[] = {Act::kExpire, Act::kBounce, Act::kRestart, Act::kRotate};
const char* ActName(Act act);

struct ModelVerification {
  // As posthaste.v1.Verification.State.
  int state = 1;
  bool expired = false;  // Its time is over, written down or not.
  bool new_codes = false, stepped_up = false, refunded = false;
  int guesses = kModelGuesses, sends = 1, revision = 1;
  int oldest = 1;
  std::vector<int> epochs;  // Of each generation's key.
  // Not stored anywhere: what happened, for what must never happen.
  int compared = 0, matched = 0;

  bool Pending() const { return state == 1 && !expired; }
  bool operator==(const ModelVerification&) const = default;
};

// What a client read.
struct ModelSeen {
  int current = -1;  // -1: there was none.
  ModelVerification verification;
  int failures = 0;
  bool operator==(const ModelSeen&) const = default;
};

struct Model {
  std::vector<ModelVerification> verifications;  // In the order of their beginning.
  int current = -1;
  int failures = 0, epoch = 1;
  std::array<std::optional<ModelSeen>, kModelClients> seen;

  std::string Key() const;  // Equal for states from which the same can happen.
};

struct Step {
  // What the caller is told: "admitted", "moved", "cooldown"…; of a check the name of its result,
  // or "retry".
  std::string answer;
  Model after;
};

// Nothing if `client` cannot do that now. `client` means nothing for the world's acts.
std::optional<Step> Apply(const Model& before, Act act, int client);

// What must never be, "" if all is well.
std::string Forbidden(const Model& model);

}  // namespace posthaste::api

// A verification as it was read from the store, and the names of what can become of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/codes/policy.h"

namespace posthaste::codes {

enum class State {
  kPending,
  kVerified,
  kExpired,
  kGuessesExhausted,
  kSuperseded,  // Another verification of this recipient and purpose took its place.
  kCancelled,
  kUndeliverable,  // The mail bounced.
};

// One code of a verification.
struct Generation {
  uint32_t epoch = 0;         // Of the key that it was derived or digested with.
  absl::Time expire_time;     // What its mail says; never moved.
  std::string custom_digest;  // CustomCodeDigest of a code that the caller chose; empty = derived.
};

struct VerificationState {
  State state = State::kPending;
  std::string purpose;
  std::string binding_hash;
  std::vector<Generation> generations;  // Generation 1 first, the current one last; never empty.
  uint32_t oldest_live = 1;             // Generations before it are stale.
  absl::Time first_create_time;
  absl::Time next_send_time;
  int sends = 0;  // Done so far, the first one included.
  int guesses_left = 0;
  bool stale_refunded = false;  // Its one refund for a stale code was given.
  // The policy that it was created with.
  int code_length = 6;
  absl::Duration ttl;
  ResendPolicy resend_policy = ResendPolicy::kSameCode;

  uint32_t current_generation() const { return static_cast<uint32_t>(generations.size()); }
  absl::Time expire_time() const { return generations.back().expire_time; }
  bool IsLive(uint32_t generation, absl::Time now) const {
    return generation >= oldest_live && now < generations[generation - 1].expire_time;
  }
};

}  // namespace posthaste::codes

// What becomes of a job, as settle.lua reads it.
#pragma once

#include <string>

#include "service/queue/queue.h"

namespace posthaste::queue {

inline constexpr size_t kTranscriptBytesMax = 2048;  // Of one attempt.
inline constexpr size_t kAttemptsKept = 16;          // The newest.
inline constexpr size_t kReplyBytesMax = 120;        // Of the last reply, while the message lives.
inline constexpr size_t kFinalReplyBytesMax = 96;    // And in its terminal record.

// The state that a message really ends in: once a dot may have arrived, a refusal, an expiry or a
// withdrawal ends it UNCERTAIN; only a later 250 ends it otherwise. settle.lua and cancel.lua do
// the same. REQUIRES: `wanted` is terminal.
State Ending(State wanted, int uncertain);

// One attempt as it is kept: its transcript cut to what is allowed, its end first to go.
std::string EncodeAttempt(store::v1::AttemptRecord attempt);

// The packed argument (its layout stands in settle.lua). Longer replies than are kept are cut, at a
// character's end; of more attempts than are kept the newest stay.
std::string EncodeSettlement(const Settlement& settlement, int shards);

// The suppression that settling this may write, by its recipient; "" = none, and settle.lua gets
// no key of it.
std::string_view SuppressionOf(const Settlement& settlement);

// The argument by which settle.lua takes a job without a live record out of its lane.
std::string EncodeRepair(const Lease& lease);

}  // namespace posthaste::queue

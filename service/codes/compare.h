// Whether what somebody typed is one of a verification's codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "service/codes/derive.h"
#include "service/codes/state.h"

namespace posthaste::codes {

// The digits of `input` in ASCII. Digits may be full-width, Arabic-Indic or Persian; spaces and
// dashes of any kind, line ends and direction marks are dropped, because people paste. Nothing if
// there is anything else, no digit, or over 128 bytes.
std::optional<Secret> NormaliseCode(std::string_view input);

struct CodeVerdict {
  enum class Kind {
    kNone,     // No code of this verification.
    kStale,    // The code of a generation that is not live any more.
    kMatched,  // The code of a live generation.
  };
  Kind kind = Kind::kNone;
  uint32_t generation = 0;  // The newest that has this code; 0 for kNone.
};

// Compares with every generation, in time that does not depend on which one matches, nor on whether
// one does. A live generation counts before a stale one. FAILED_PRECONDITION if nothing live
// matches and the key of a live generation was retired: we could not tell. A stale generation whose
// key is gone is left out.
absl::StatusOr<CodeVerdict> JudgeCode(const KeyRing& keys, const CodeSubject& subject,
                                      const VerificationState& verification, std::string_view input,
                                      absl::Time now);

}  // namespace posthaste::codes

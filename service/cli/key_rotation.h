// `posthaste keys rotate`: a new key beside the others, and then, in a second step, in the place of
// the one that writes.
//
// Two steps, because every process must know a key before one of them uses it: mail that is sealed
// under a key which a worker lacks waits for a worker that has it. The first step makes the key and
// lists it before the last, so that it opens and nothing is written with it. The second makes it
// the last. A key is never taken away: what was written with it may still wait.
//
// Nothing is changed that was not proved first: the new text says what was meant and nothing else,
// and the service could be started with it. Whatever fails leaves the configuration as it was.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "service/cli/options.h"
#include "service/cli/service.h"
#include "service/cli/terminal.h"
#include "service/config/key_entries.h"

namespace posthaste::cli {

struct Rotation {
  config::KeyKind kind = config::KeyKind::kSeal;
  config::KeyEntry key;     // The new one, as the configuration has it now.
  config::KeyEntry before;  // The one that wrote until now.
  std::string made;         // Where the key was made; "" if it was there.
  bool writes = false;      // From the next reload on.
};

// Both steps; `check` is asked of the whole new configuration, or, with options.dir, the keys in
// that folder are looked at and nothing else, for the rest may be on another machine.
// INVALID_ARGUMENT: the configuration, a file or an option is wrong. FAILED_PRECONDITION: a key
// waits already, none waits, or it is too early. Errors say what to do.
absl::StatusOr<Rotation> Rotate(const KeyRingOptions& options, const CheckService& check,
                                absl::Time now, Random& random);

// INVALID_ARGUMENT if it is not `posthaste serve`: SIGHUP ends most programs.
absl::Status CheckServes(int pid);

int RotateKeys(const KeyRingOptions& options, const CheckService& check, Terminal& terminal);

}  // namespace posthaste::cli

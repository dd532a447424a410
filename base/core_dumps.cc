#include "base/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PH_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PH_WATCHED 1
#endif

namespace posthaste {

void ForbidCoreDumps() {
  // Both: the limit holds for what we start, too, but not for a core_pattern that is a pipe.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef PH_WATCHED
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace posthaste

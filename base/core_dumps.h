// Keeps keys, codes and mail out of core dumps.
#pragma once

namespace posthaste {

// From here on nothing of this process' memory is written to a core file, nor handed to a program
// that core_pattern pipes it to, and other processes of the same user cannot read it
// (PR_SET_DUMPABLE). To be called first thing in main(). Does not last in a build with sanitizers:
// the leak sanitizer reads its own process from outside.
void ForbidCoreDumps();

}  // namespace posthaste

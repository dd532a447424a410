// What the program's exit says. Documented in `posthaste --help`; scripts depend on it.
#pragma once

namespace posthaste::cli {

inline constexpr int kOk = 0;
inline constexpr int kNo = 1;     // The answer was no: a wrong code, nothing found, a refusal.
inline constexpr int kUsage = 2;  // The command line or the configuration is wrong.
inline constexpr int kUnavailable =
    3;  // The service could not be reached, or asks to be asked later.

}  // namespace posthaste::cli

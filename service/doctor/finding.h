// What the doctor saw of one thing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace posthaste::doctor {

enum class Level : uint8_t {
  kGood,
  kUnknown,  // It could not be looked at, and that is no fault by itself.
  kWarning,  // Mail goes out, with a risk.
  kFault,    // Mail does not go out, or is not trusted where it comes.
};

struct Finding {
  Level level = Level::kGood;
  std::string check;  // Of a closed set: "config", "secrets", "spf", … (docs/OPERATIONS.md).
  std::string what;   // What is so, and of which setting, host or name.
  std::string next;   // What to do; empty for what is good.
};

using Findings = std::vector<Finding>;

inline void Append(Findings& findings, const Findings& more) {
  findings.insert(findings.end(), more.begin(), more.end());
}

}  // namespace posthaste::doctor

// What the process' own metrics stand at, for those who show them to people. In metrics.cc, the
// only file that knows the registry; apart from metrics.h because few look and all count.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace posthaste::metrics {

struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;  // Of a histogram how many were observed.
};

// The values of the family `name`; nothing if nobody has counted it.
std::vector<Sample> Samples(const std::string& name);

}  // namespace posthaste::metrics

// Whatever a relay offers: mechanisms are non-empty upper-case words, each once, and asking again
// gives the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "smtp/capabilities.h"

namespace {

using posthaste::smtp::Capabilities;
using posthaste::smtp::ParseEhlo;
using posthaste::smtp::Reply;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Reply reply;
  reply.code = 250;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    reply.lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  const Capabilities offered = ParseEhlo(reply);
  Require(offered.esmtp);
  Require(offered.size || offered.size_max == 0);
  for (const std::string& mechanism : offered.auth) {
    Require(!mechanism.empty());
    Require(std::count(offered.auth.begin(), offered.auth.end(), mechanism) == 1);
    for (const char c : mechanism) Require(c != ' ' && c != '\t' && !(c >= 'a' && c <= 'z'));
  }
  const Capabilities again = ParseEhlo(reply);
  Require(again.auth == offered.auth && again.size_max == offered.size_max);
  return 0;
}

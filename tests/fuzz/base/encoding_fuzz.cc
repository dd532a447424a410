// Each value has one text: what decodes encodes to the same characters, and every value comes back
// from its text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = posthaste::FromBase64(text)) Require(posthaste::Base64(*bytes) == text);
  if (const auto bytes = posthaste::FromBase64Url(text)) {
    Require(posthaste::Base64Url(*bytes) == text);
  }
  Require(posthaste::FromBase64(posthaste::Base64(text)) == text);
  Require(posthaste::FromBase64Url(posthaste::Base64Url(text)) == text);
  Require(posthaste::FromHex(posthaste::Hex(text)) == text);
  return 0;
}

#include "service/codes/binding.h"

#include <cstdint>
#include <string_view>

#include "base/crypto.h"

namespace posthaste::codes {
namespace {

void AppendNumber(std::string& out, size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

void AppendField(std::string& out, std::string_view field) {
  AppendNumber(out, field.size());
  out += field;
}

}  // namespace

std::string BindingHash(const std::map<std::string, std::string>& binding) {
  if (binding.empty()) return "";
  std::string canonical;
  AppendField(canonical, "posthaste/binding/v1");
  AppendNumber(canonical, binding.size());
  for (const auto& [key, value] : binding) {
    AppendField(canonical, key);
    AppendField(canonical, value);
  }
  return crypto::Sha256(canonical);
}

}  // namespace posthaste::codes

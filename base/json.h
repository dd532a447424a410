// Writing JSON (RFC 8259).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace posthaste {

// Appends `text` with quotes and escapes; bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string& json);

// An object, field by field in the order of the calls. A key is written as it is: plain ASCII.
class JsonObject {
 public:
  JsonObject& Text(std::string_view key, std::string_view value);
  JsonObject& Number(std::string_view key, int64_t value);
  JsonObject& Real(std::string_view key, double value);  // null if it is not finite.
  JsonObject& Flag(std::string_view key, bool value);
  JsonObject& Raw(std::string_view key, std::string_view json);  // JSON already.

  std::string Done() const { return json_ + "}"; }

 private:
  void Key(std::string_view key);

  std::string json_ = "{";
};

// `items` are JSON already.
std::string JsonArray(const std::vector<std::string>& items);

}  // namespace posthaste

#include "base/json.h"

#include <unistr.h>

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace posthaste {
namespace {

void AppendPoint(std::string_view raw, ucs4_t point, std::string& json) {
  // DEL and C1 are legal in JSON but not harmless on a terminal.
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) {
    char escape[8];
    std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(point));
    json += escape;
    return;
  }
  if (point == '"' || point == '\\') json += '\\';
  json += raw;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& json) {
  json += '"';
  while (!text.empty()) {
    ucs4_t point = 0;
    const int size = u8_mbtoucr(&point, reinterpret_cast<const uint8_t*>(text.data()), text.size());
    const size_t taken = size > 0 ? static_cast<size_t>(size) : 1;
    if (size > 0) {
      AppendPoint(text.substr(0, taken), point, json);
    } else {
      json += "\xEF\xBF\xBD";
    }
    text.remove_prefix(taken);
  }
  json += '"';
}

void JsonObject::Key(std::string_view key) {
  if (json_.size() > 1) json_ += ',';
  json_ += '"';
  json_ += key;
  json_ += "\":";
}

JsonObject& JsonObject::Text(std::string_view key, std::string_view value) {
  Key(key);
  AppendJsonString(value, json_);
  return *this;
}

JsonObject& JsonObject::Number(std::string_view key, int64_t value) {
  return Raw(key, std::to_string(value));
}

JsonObject& JsonObject::Real(std::string_view key, double value) {
  if (!std::isfinite(value)) return Raw(key, "null");
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return Raw(key, text);
}

JsonObject& JsonObject::Flag(std::string_view key, bool value) {
  return Raw(key, value ? "true" : "false");
}

JsonObject& JsonObject::Raw(std::string_view key, std::string_view json) {
  Key(key);
  json_ += json;
  return *this;
}

std::string JsonArray(const std::vector<std::string>& items) {
  std::string json = "[";
  for (const std::string& item : items) {
    if (json.size() > 1) json += ',';
    json += item;
  }
  return json + "]";
}

}  // namespace posthaste

#include "base/json.h"

#include <unistr.h>

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

}  // namespace posthaste

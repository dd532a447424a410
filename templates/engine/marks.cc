#include "templates/engine/marks.h"

#include <algorithm>

namespace posthaste::templates {

std::string GroupedCode(std::string_view code) {
  const bool digits =
      std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (code.size() != 6 && code.size() != 8)) return std::string(code);
  const size_t half = code.size() / 2;
  std::string grouped(code.substr(0, half));
  grouped += ' ';
  grouped += code.substr(half);
  return grouped;
}

std::string FillCode(std::string_view text, std::string_view code) {
  const std::string grouped = GroupedCode(code);
  std::string filled;
  filled.reserve(text.size() + 4 * grouped.size());
  while (true) {
    const size_t mark = text.find('\x02');
    if (mark == std::string_view::npos) break;
    filled += text.substr(0, mark);
    text.remove_prefix(mark);
    if (text.starts_with(kCodeMark)) {
      filled += code;
      text.remove_prefix(kCodeMark.size());
    } else if (text.starts_with(kGroupedCodeMark)) {
      filled += grouped;
      text.remove_prefix(kGroupedCodeMark.size());
    } else {
      filled += text.front();
      text.remove_prefix(1);
    }
  }
  filled += text;
  return filled;
}

bool HasCode(std::string_view text) {
  return text.find(kCodeMark) != std::string_view::npos ||
         text.find(kGroupedCodeMark) != std::string_view::npos;
}

}  // namespace posthaste::templates

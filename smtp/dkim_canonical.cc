#include "smtp/dkim_canonical.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace posthaste::smtp {
namespace {

bool IsWsp(char c) { return c == ' ' || c == '\t'; }

// Appends `line` with each run of white space as one space, and none at its end.
void AppendReduced(std::string& out, std::string_view line) {
  size_t begin = 0;
  while (begin < line.size()) {
    const auto text = std::find_if_not(line.begin() + begin, line.end(), IsWsp);
    if (text == line.end()) return;
    const auto end = std::find_if(text, line.end(), IsWsp);
    if (text != line.begin() + begin) out += ' ';
    out.append(text, end);
    begin = static_cast<size_t>(end - line.begin());
  }
}

// `value` without the line ends that fold it.
std::string Unfolded(std::string_view value) {
  std::string unfolded;
  unfolded.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    const bool fold =
        value.substr(i, 2) == "\r\n" && (i + 2 == value.size() || IsWsp(value[i + 2]));
    if (fold) {
      ++i;
    } else {
      unfolded += value[i];
    }
  }
  return unfolded;
}

}  // namespace

void AppendRelaxedField(std::string& out, std::string_view field) {
  const size_t colon = field.find(':');
  std::string_view name = field.substr(0, colon);
  while (!name.empty() && IsWsp(name.back())) name.remove_suffix(1);
  for (const char c : name) out += absl::ascii_tolower(static_cast<unsigned char>(c));
  out += ':';
  const std::string unfolded = Unfolded(field.substr(colon + 1));
  std::string_view value = unfolded;
  while (!value.empty() && IsWsp(value.front())) value.remove_prefix(1);
  AppendReduced(out, value);
  out += "\r\n";
}

std::string RelaxedBody(std::string_view body) {
  std::string relaxed;
  relaxed.reserve(body.size() + 2);
  size_t kept = 0;  // Up to the end of the last line that is not empty.
  while (!body.empty()) {
    const size_t end = std::min(body.find("\r\n"), body.size());
    const size_t before = relaxed.size();
    AppendReduced(relaxed, body.substr(0, end));
    const bool empty = relaxed.size() == before;
    relaxed += "\r\n";
    if (!empty) kept = relaxed.size();
    body.remove_prefix(std::min(end + 2, body.size()));
  }
  relaxed.resize(kept);
  return relaxed;
}

}  // namespace posthaste::smtp

#include "smtp/transcript.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace posthaste::smtp {
namespace {

constexpr std::string_view kHidden = "***";

// Where the local part that ends before `at` begins.
size_t LocalPartBegin(std::string_view text, size_t at) {
  size_t begin = at;
  if (begin > 0 && text[begin - 1] == '"') {
    const size_t quote = begin >= 2 ? text.rfind('"', begin - 2) : std::string_view::npos;
    return quote == std::string_view::npos ? begin - 1 : quote;
  }
  constexpr std::string_view kEnds = " \t<>()[],;:\"'@";
  while (begin > 0 && kEnds.find(text[begin - 1]) == std::string_view::npos) --begin;
  return begin;
}

// Letters, digits and whatever is not ASCII make words.
bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0;
}

bool StandsAlone(std::string_view text, size_t begin, size_t size) {
  const bool before = begin > 0 && IsWordByte(text[begin - 1]);
  const bool after = begin + size < text.size() && IsWordByte(text[begin + size]);
  return !before && !after;
}

bool SameLetter(char a, char b) {
  return absl::ascii_tolower(static_cast<unsigned char>(a)) ==
         absl::ascii_tolower(static_cast<unsigned char>(b));
}

std::string HideWord(std::string_view text, std::string_view word) {
  std::string out;
  size_t copied = 0;
  auto from = text.begin();
  while (!word.empty()) {
    const auto found = std::search(from, text.end(), word.begin(), word.end(), SameLetter);
    if (found == text.end()) break;
    const auto begin = static_cast<size_t>(found - text.begin());
    from = found + 1;
    if (!StandsAlone(text, begin, word.size())) continue;
    out += text.substr(copied, begin - copied);
    out += kHidden;
    copied = begin + word.size();
    from = text.begin() + static_cast<ptrdiff_t>(copied);
  }
  out += text.substr(copied);
  return out;
}

}  // namespace

std::string RedactAddresses(std::string_view text, std::string_view local_part) {
  std::string out;
  size_t copied = 0;
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const size_t begin = std::max(LocalPartBegin(text, at), copied);
    if (begin == at) continue;
    out += text.substr(copied, begin - copied);
    out += kHidden;
    copied = at;
  }
  out += text.substr(copied);
  return local_part.empty() ? out : HideWord(out, local_part);
}

void Transcript::Client(std::string_view line) {
  constexpr std::string_view kAuth = "AUTH ";
  if (line.substr(0, kAuth.size()) == kAuth) {
    const size_t argument = line.find(' ', kAuth.size());
    std::string shown(line.substr(0, argument));
    if (argument != std::string_view::npos) shown += " ***";
    Add("C: ", shown);
    return;
  }
  Add("C: ", RedactAddresses(line));
}

void Transcript::Server(const Reply& reply) {
  const std::string code = std::to_string(reply.code);
  for (size_t i = 0; i < reply.lines.size(); ++i) {
    std::string line = code;
    line += i + 1 < reply.lines.size() ? '-' : ' ';
    line += RedactAddresses(reply.lines[i], concealed_);
    Add("S: ", line);
  }
}

void Transcript::Note(std::string_view what) { Add("", what); }

void Transcript::Add(std::string_view side, std::string_view line) {
  if (text_.empty()) text_.reserve(512);
  const size_t begin = text_.size();
  text_ += side;
  AppendPrintable(text_, line);
  // One line may not push out all the others' meaning with its own end.
  if (text_.size() - begin >= max_bytes_) text_.resize(begin + max_bytes_ - 1);
  text_ += '\n';
  if (text_.size() <= max_bytes_) return;
  const size_t cut = text_.find('\n', text_.size() - max_bytes_ - 1);
  text_.erase(0, cut + 1);
}

}  // namespace posthaste::smtp

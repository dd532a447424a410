#include "smtp/reply.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kLineBytesMax = 4096;
constexpr size_t kReplyBytesMax = 16384;
constexpr size_t kReplyLinesMax = 128;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes 1 to 3 digits off the front of `text`.
std::optional<uint16_t> TakeNumber(std::string_view& text) {
  size_t digits = 0;
  uint16_t value = 0;
  while (digits < text.size() && IsDigit(text[digits])) {
    if (digits == 3) return std::nullopt;
    value = static_cast<uint16_t>(value * 10 + (text[digits] - '0'));
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool TakeDot(std::string_view& text) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

// Takes "5.1.1 " off the front of `text`, if it is there and belongs to `code` (RFC 2034 4: the
// class is the first digit).
std::optional<EnhancedCode> TakeEnhancedCode(int code, std::string_view& text) {
  std::string_view rest = text;
  const std::optional<uint16_t> klass = TakeNumber(rest);
  if (!klass || *klass != code / 100 || !TakeDot(rest)) return std::nullopt;
  const std::optional<uint16_t> subject = TakeNumber(rest);
  if (!subject || !TakeDot(rest)) return std::nullopt;
  const std::optional<uint16_t> detail = TakeNumber(rest);
  if (!detail || (!rest.empty() && rest.front() != ' ')) return std::nullopt;
  if (!rest.empty()) rest.remove_prefix(1);
  text = rest;
  return EnhancedCode{*klass, *subject, *detail};
}

}  // namespace

void AppendPrintable(std::string& out, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string Reply::Text() const {
  std::string text;
  for (const std::string& line : lines) {
    std::string_view rest = line;
    TakeEnhancedCode(code, rest);
    if (!text.empty() && !rest.empty()) text += ' ';
    text += rest;
  }
  return text;
}

std::string Reply::Printable(size_t max) const {
  std::string printable = std::to_string(code);
  for (size_t i = 0; i < lines.size() && printable.size() < max; ++i) {
    if (i > 0) {
      printable += " / ";
    } else if (!lines[i].empty()) {
      printable += ' ';
    }
    AppendPrintable(printable, std::string_view(lines[i]).substr(0, max));
  }
  if (printable.size() > max) printable.resize(max);
  return printable;
}

absl::Status ReplyParser::Feed(std::string_view bytes) {
  while (broken_.ok() && !bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t taken = std::min(end, bytes.size());
    if (buffer_.size() + taken > kLineBytesMax) {
      broken_ = absl::ResourceExhaustedError("reply line longer than 4096 bytes");
      break;
    }
    if (end == std::string_view::npos) {
      buffer_.append(bytes);
      break;
    }
    if (buffer_.empty()) {
      broken_ = TakeLine(bytes.substr(0, end));
    } else {
      buffer_.append(bytes.substr(0, end));
      broken_ = TakeLine(buffer_);
      buffer_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  return broken_;
}

// `line` is without its LF. A line may end in a bare LF, as some relays do; a bare CR ends nothing.
absl::Status ReplyParser::TakeLine(std::string_view line) {
  partial_bytes_ += line.size() + 1;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !IsDigit(line[1]) || !IsDigit(line[2])) {
    return absl::InvalidArgumentError("reply line without a code from 200 to 599");
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') {
    return absl::InvalidArgumentError("reply code not followed by a space or hyphen");
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (!partial_.lines.empty() && partial_.code != code) {
    return absl::InvalidArgumentError("reply lines with different codes");
  }
  if (partial_bytes_ > kReplyBytesMax || partial_.lines.size() == kReplyLinesMax) {
    return absl::ResourceExhaustedError("reply longer than 16384 bytes or 128 lines");
  }
  std::string_view text = line.substr(std::min<size_t>(4, line.size()));
  partial_.code = code;
  partial_.lines.emplace_back(text);
  if (!partial_.enhanced) partial_.enhanced = TakeEnhancedCode(code, text);

  const bool last = line.size() == 3 || line[3] == ' ';
  if (last) {
    ready_.push_back(std::exchange(partial_, {}));
    partial_bytes_ = 0;
  }
  return absl::OkStatus();
}

std::optional<Reply> ReplyParser::Next() {
  if (ready_.empty()) return std::nullopt;
  std::optional<Reply> reply = std::move(ready_.front());
  ready_.erase(ready_.begin());
  return reply;
}

bool ReplyParser::HasLeftover() const {
  return !broken_.ok() || !ready_.empty() || !partial_.lines.empty() || !buffer_.empty();
}

}  // namespace posthaste::smtp

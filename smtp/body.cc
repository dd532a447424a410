#include "smtp/body.h"

#include <cstring>

namespace posthaste::smtp {
namespace {

// The end of the line that begins at `begin`, past its CRLF; the end of `message` if that comes
// first; npos if a CR or LF stands alone in it.
size_t LineEnd(std::string_view message, size_t begin) {
  const char* const line = message.data() + begin;
  const size_t left = message.size() - begin;
  const void* const cr = std::memchr(line, '\r', left);
  const size_t text =
      cr != nullptr ? static_cast<size_t>(static_cast<const char*>(cr) - line) : left;
  if (std::memchr(line, '\n', text) != nullptr) return std::string_view::npos;
  if (text == left) return message.size();
  if (text + 1 == left || line[text + 1] != '\n') return std::string_view::npos;
  return begin + text + 2;
}

bool EndsInCrlf(std::string_view message) {
  return message.size() >= 2 && message.substr(message.size() - 2) == "\r\n";
}

absl::Status Append(std::string& out, std::string_view message, bool stuff) {
  const size_t before = out.size();
  out.reserve(before + message.size() + 64);
  size_t copied = 0;
  for (size_t begin = 0; begin < message.size();) {
    if (stuff && message[begin] == '.') {
      out.append(message.substr(copied, begin - copied));
      out += '.';
      copied = begin;
    }
    const size_t end = LineEnd(message, begin);
    if (end == std::string_view::npos) {
      out.resize(before);
      return absl::InvalidArgumentError("message with a CR or LF that stands alone");
    }
    begin = end;
  }
  out.append(message.substr(copied));
  if (!message.empty() && !EndsInCrlf(message)) out += "\r\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendBody(std::string& out, std::string_view message) {
  return Append(out, message, true);
}

absl::Status AppendChunk(std::string& out, std::string_view message) {
  return Append(out, message, false);
}

uint64_t MessageBytes(std::string_view message) {
  return message.size() + (message.empty() || EndsInCrlf(message) ? 0 : 2);
}

bool HasEightBit(std::string_view message) {
  // Eight bytes at a time: this looks at every byte of every message.
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  const char* at = message.data();
  size_t left = message.size();
  for (; left >= sizeof(uint64_t); at += sizeof(uint64_t), left -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    if ((word & kHighBits) != 0) return true;
  }
  for (; left > 0; ++at, --left) {
    if ((static_cast<unsigned char>(*at) & 0x80) != 0) return true;
  }
  return false;
}

}  // namespace posthaste::smtp

#include "smtp/transfer_encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace posthaste::smtp {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kCrLf = "\r\n";
constexpr std::string_view kFrom = "From ";

constexpr size_t kLineBytesMax = 78;      // RFC 5322 2.1.1, as it should be.
constexpr size_t kQuotedContentMax = 75;  // 76 with the "=" of a soft break.
constexpr size_t kBase64BytesPerLine = 57;

enum Kind : uint8_t { kLiteral, kBlank, kEscaped };

constexpr std::array<Kind, 256> kKindOf = [] {
  std::array<Kind, 256> kinds{};
  for (size_t byte = 0; byte < 256; ++byte) {
    kinds[byte] = byte > 0x20 && byte < 0x7F && byte != '=' ? kLiteral : kEscaped;
  }
  kinds[' '] = kinds['\t'] = kBlank;
  return kinds;
}();

Kind KindOf(char c) { return kKindOf[static_cast<uint8_t>(c)]; }

// Calls `line(text)` for each line of `text`, without its end. A text that ends in a line end has
// no empty line after it. Each byte is looked at once, whatever the line ends are.
template <typename Line>
void ForEachLine(std::string_view text, Line line) {
  size_t line_feed = 0;
  size_t begin = 0;
  while (begin < text.size()) {
    if (begin == 0 || line_feed < begin) line_feed = std::min(text.find('\n', begin), text.size());
    const size_t size =
        std::min(text.substr(begin, line_feed - begin).find('\r'), line_feed - begin);
    const size_t end = begin + size;
    line(text.substr(begin, size));
    begin = end + (text.substr(end).starts_with(kCrLf) ? 2 : 1);
  }
}

// The bytes of the UTF-8 character that begins with `lead`; 1 for what begins none.
size_t CharacterBytes(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

// Writes one line of text as quoted-printable lines.
class QuotedLine {
 public:
  explicit QuotedLine(std::string& out) : out_(out) {}

  void Write(std::string_view line) {
    while (!line.empty()) {
      if (column_ == kQuotedContentMax) SoftBreak();
      const size_t run = LiteralRun(line);
      if (column_ == 0 && line.starts_with(kFrom)) {
        line.remove_prefix(Escape(line.substr(0, 1)));
      } else if (run > 0) {
        line.remove_prefix(Copy(line.substr(0, run)));
      } else {
        line.remove_prefix(Escape(line.substr(0, CharacterBytes(line.front()))));
      }
    }
    out_ += kCrLf;
  }

 private:
  // How many bytes can be copied to this line: blanks too, but not at the end of the line of text.
  size_t LiteralRun(std::string_view line) const {
    const size_t limit = std::min(line.size(), kQuotedContentMax - column_);
    size_t run = 0;
    while (run < limit && KindOf(line[run]) <= kBlank) ++run;
    if (run == line.size() && KindOf(line.back()) == kBlank) --run;
    return run;
  }

  size_t Copy(std::string_view run) {
    out_ += run;
    column_ += run.size();
    return run.size();
  }

  // REQUIRES: at most four bytes.
  size_t Escape(std::string_view bytes) {
    if (column_ + 3 * bytes.size() > kQuotedContentMax) SoftBreak();
    char escaped[12];
    char* end = escaped;
    for (const char c : bytes) {
      const auto byte = static_cast<uint8_t>(c);
      *end++ = '=';
      *end++ = kHex[byte >> 4];
      *end++ = kHex[byte & 15];
    }
    out_.append(escaped, static_cast<size_t>(end - escaped));
    column_ += 3 * bytes.size();
    return bytes.size();
  }

  void SoftBreak() {
    out_ += "=\r\n";
    column_ = 0;
  }

  std::string& out_;
  size_t column_ = 0;
};

}  // namespace

std::string_view Name(TransferEncoding encoding) {
  switch (encoding) {
    case TransferEncoding::k7Bit:
      return "7bit";
    case TransferEncoding::kQuotedPrintable:
      return "quoted-printable";
    case TransferEncoding::kBase64:
      break;
  }
  return "base64";
}

TextFacts Examine(std::string_view text) {
  TextFacts facts;
  size_t ends = 0;
  // Counting without a branch or a table is what the compiler can do for 16 bytes at once.
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    facts.equals_signs += byte == '=';
    ends += byte == '\r' || byte == '\n';
    facts.other_bytes +=
        (byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n') || byte > 0x7E;
  }
  facts.plain_bytes = text.size() - ends - facts.equals_signs - facts.other_bytes;
  facts.has_nul = facts.other_bytes > 0 && text.find('\0') != std::string_view::npos;
  ForEachLine(text, [&](std::string_view line) {
    facts.line_bytes_max = std::max(facts.line_bytes_max, line.size());
    facts.has_fragile_line = facts.has_fragile_line || line.starts_with(kFrom) ||
                             (!line.empty() && KindOf(line.back()) == kBlank);
  });
  return facts;
}

TransferEncoding ChooseEncoding(const TextFacts& facts) {
  if (facts.other_bytes == 0 && facts.line_bytes_max <= kLineBytesMax && !facts.has_fragile_line) {
    return TransferEncoding::k7Bit;
  }
  const size_t escaped = facts.equals_signs + facts.other_bytes;
  const size_t quoted = facts.plain_bytes + 3 * escaped;
  const size_t base64 = (facts.plain_bytes + escaped) * 4 / 3;
  // A text that people may have to read in its raw form is worth a third more.
  return quoted <= base64 + base64 / 3 ? TransferEncoding::kQuotedPrintable
                                       : TransferEncoding::kBase64;
}

void Append7Bit(std::string& out, std::string_view text) {
  ForEachLine(text, [&](std::string_view line) {
    out += line;
    out += kCrLf;
  });
}

void AppendQuotedPrintable(std::string& out, std::string_view text) {
  ForEachLine(text, [&](std::string_view line) { QuotedLine(out).Write(line); });
}

void AppendBase64Text(std::string& out, std::string_view text) {
  std::string canonical;
  canonical.reserve(text.size() + text.size() / 16 + 16);
  Append7Bit(canonical, text);
  AppendBase64Bytes(out, canonical);
}

void AppendBase64Bytes(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    AppendBase64(out, bytes.substr(0, kBase64BytesPerLine));
    out += kCrLf;
    bytes.remove_prefix(std::min(bytes.size(), kBase64BytesPerLine));
  }
}

void AppendBase64(std::string& out, std::string_view bytes) {
  const auto at = [bytes](size_t i) { return uint32_t{static_cast<uint8_t>(bytes[i])}; };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    const char quad[] = {kBase64[group >> 18], kBase64[group >> 12 & 63], kBase64[group >> 6 & 63],
                         kBase64[group & 63]};
    out.append(quad, sizeof(quad));
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t group = at(i) << 16 | (left == 2 ? at(i + 1) << 8 : 0);
  const char quad[] = {kBase64[group >> 18], kBase64[group >> 12 & 63],
                       left == 2 ? kBase64[group >> 6 & 63] : '=', '='};
  out.append(quad, sizeof(quad));
}

}  // namespace posthaste::smtp

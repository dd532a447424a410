#include "tests/smtp/message_support.h"

#include <array>

#include "base/encoding.h"

namespace posthaste::smtp {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The bytes of "=XX" at `text[at]`, or -1.
int EscapedByte(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '=') return -1;
  const int high = HexDigit(text[at + 1]);
  const int low = HexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::optional<std::string> DecodeWord(std::string_view word) {
  if (word.size() > 75 || !word.starts_with("=?UTF-8?") || !word.ends_with("?=")) {
    return std::nullopt;
  }
  const std::string_view payload = word.substr(10, word.size() - 12);
  std::optional<std::string> decoded;
  if (word.substr(8, 2) == "B?") {
    decoded = FromBase64(payload);
  } else if (word.substr(8, 2) == "Q?") {
    decoded.emplace();
    for (size_t i = 0; i < payload.size(); ++i) {
      const int byte = EscapedByte(payload, i);
      if (payload[i] == '=' && byte < 0) return std::nullopt;
      *decoded += byte >= 0 ? static_cast<char>(byte) : payload[i] == '_' ? ' ' : payload[i];
      if (byte >= 0) i += 2;
    }
  }
  if (!decoded.has_value() || decoded->empty() || !IsUtf8(*decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

std::optional<std::vector<std::string>> CrLfLines(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const size_t end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos || bytes.substr(end, 2) != "\r\n") return std::nullopt;
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 2);
  }
  return lines;
}

std::optional<std::string> DecodeQuotedPrintable(std::string_view text) {
  const auto lines = CrLfLines(text);
  if (!lines.has_value()) return std::nullopt;
  std::string decoded;
  for (const std::string& line : *lines) {
    if (line.size() > 76 || line.ends_with(' ') || line.ends_with('\t')) return std::nullopt;
    bool soft = false;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '=') {
        if ((line[i] < 0x20 && line[i] != '\t') || line[i] >= 0x7F) return std::nullopt;
        decoded += line[i];
      } else if (i + 1 == line.size()) {
        soft = true;
      } else {
        const int byte = EscapedByte(line, i);
        if (byte < 0) return std::nullopt;
        decoded += static_cast<char>(byte);
        i += 2;
      }
    }
    if (!soft) decoded += "\r\n";
  }
  return decoded;
}

std::optional<std::string> DecodeBase64Lines(std::string_view text) {
  const auto lines = CrLfLines(text);
  if (!lines.has_value()) return std::nullopt;
  std::string joined;
  for (const std::string& line : *lines) {
    if (line.size() > 76 || line.empty()) return std::nullopt;
    joined += line;
  }
  return FromBase64(joined);
}

std::optional<std::string> DecodeHeaderValue(std::string_view value) {
  std::string unfolded;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value.substr(i, 3) == "\r\n ") {
      i += 1;
      continue;
    }
    if (value[i] == '\r' || value[i] == '\n') return std::nullopt;
    unfolded += value[i];
  }
  std::string decoded;
  bool after_encoded = false;
  std::string_view rest = unfolded;
  std::string blanks;
  while (!rest.empty()) {
    const size_t blank = std::min(rest.find_first_not_of(' '), rest.size());
    blanks = rest.substr(0, blank);
    rest.remove_prefix(blank);
    const size_t size = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(size);
    const bool encoded = word.starts_with("=?");
    if (!(encoded && after_encoded)) decoded += blanks;
    after_encoded = encoded;
    if (!encoded) {
      decoded += word;
      continue;
    }
    const auto read = DecodeWord(word);
    if (!read.has_value()) return std::nullopt;
    decoded += *read;
  }
  return decoded;
}

bool IsPaddedAtItsEndOnly(std::string_view value) {
  const size_t padding = value.find("=?=");
  return padding == std::string_view::npos || padding + 3 == value.size();
}

std::string CanonicalText(std::string_view text) {
  std::string canonical;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      if (text.substr(i, 2) == "\r\n") ++i;
      canonical += "\r\n";
    } else {
      canonical += text[i];
    }
  }
  if (!canonical.empty() && !canonical.ends_with("\r\n")) canonical += "\r\n";
  return canonical;
}

Message SampleMessage() {
  Message message;
  message.from = {"Example", "no-reply@example.test"};
  message.to = {"Zoë Müller", "zoe@example.test"};
  message.subject = "Your verification code";
  message.date = absl::FromUnixSeconds(1'800'000'000);
  message.message_id = "0h4kqz7m2v@example.test";
  message.entity_ref_id = "0h4kqz7m2v";
  message.feedback_id = "code:verification_code:acme:posthaste";
  message.content_language = "en";
  message.text =
      "Your code is\n\n123 456\n\nIt is valid until 14:32 UTC (10 minutes from 14:22).\n"
      "We will never ask you for this code.\n\n@example.test #123456\n";
  message.html = "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<body>\n";
  for (int row = 0; row < 60; ++row) {
    message.html +=
        "<table role=\"presentation\" width=\"100%\" style=\"font-size:16px;color:#111\"><tr>"
        "<td>Your code is 123 456 – valid until 14:32 UTC</td></tr></table>\n";
  }
  message.html += "</body>\n</html>\n";
  return message;
}

std::string MessageMaker::Character() {
  // clang-format off
  static constexpr std::array<const char*, 64> kCharacters = {
      "a", "e", "n", "s", "t", "Q", "z", "0", "7", ".", ",", ";", ":", "<", ">", "@", "\"",
      "\\", "(", ")", "[", "]", "=", "?", "_", "=?", "?=", "!", "#", "'", "%", "&", "ä", "ß",
      "é", "ñ", "Ł", "ő", "Ω", "я", "Ж", "ї", "א", "ש", "ع", "م", "ی", "।", "क", "ต", "กำ",
      "한", "글", "日", "本", "、", "語", "ー", "e\u0301", "👍", "👩‍👩‍👧", "🇩🇪", "\u200F", "\u00A0"};
  // clang-format on
  return kCharacters[Below(kCharacters.size())];
}

std::string MessageMaker::Word() {
  // Most words keep to one kind, as words do; some are longer than any line.
  const size_t size = Below(40) == 0 ? 60 + Below(900) : 1 + Below(12);
  std::string word;
  const size_t kind = Below(4);
  while (word.size() < size) {
    word += kind == 0 ? Character() : std::string(1, static_cast<char>('a' + Below(26)));
  }
  return word;
}

std::string MessageMaker::Words(size_t words_max) {
  std::string words;
  for (size_t i = Below(words_max + 1); i > 0; --i) {
    words += Word();
    if (i > 1) words.append(1 + (Below(12) == 0 ? Below(90) : 0), ' ');
  }
  if (Below(12) == 0) words += ' ';
  if (Below(12) == 0) words.insert(0, " ");
  return words;
}

std::string MessageMaker::Line() {
  switch (Below(8)) {
    case 0:
      return "." + std::string(Below(3), '.') + Words(3);
    case 1:
      return "From " + Words(5);
    case 2:
      return Words(3) + std::string(Below(3), ' ') + std::string(Below(2), '\t');
    case 3:
      return std::string(70 + Below(12), 'x');
    case 4:
      return "--=_" + Words(2);
    case 5:
      return Below(8) == 0 ? std::string(1 + Below(6000), '.') : std::string();
    default:
      return Words(20);
  }
}

std::string MessageMaker::Text(size_t lines_max) {
  std::string text;
  static constexpr std::array<const char*, 4> kEnds = {"\n", "\r\n", "\r", "\n\n"};
  const size_t end = Below(2) == 0 ? 0 : Below(kEnds.size());
  for (size_t i = Below(lines_max + 1); i > 0; --i) {
    text += Line();
    if (i > 1 || Below(3) > 0) text += Below(20) == 0 ? kEnds[Below(4)] : kEnds[end];
  }
  return text;
}

std::string MessageMaker::Mailbox(bool international) {
  std::string local = international ? "d\u00f6rte" : "user";
  const size_t size = Below(10) == 0 ? 55 : Below(12);
  while (local.size() < size) local += static_cast<char>('a' + Below(26));
  if (Below(3) == 0) local += "+x";
  static constexpr std::array<const char*, 5> kDomains = {
      "example.test", "b\u00fccher.example", "mail.\u4f8b\u3048.test", "xn--bcher-kva.example",
      "a-rather-long-label-of-a-domain.another-rather-long-label.example.test"};
  return local + "@" + kDomains[Below(kDomains.size())];
}

Message MessageMaker::Make() {
  const auto cut = [](std::string text, size_t size) {
    while (text.size() > size || !IsUtf8(text)) text.pop_back();
    return text;
  };
  Message message;
  message.from = {cut(Words(4), 320), Mailbox(false)};
  message.to = {cut(Words(6), 320), Mailbox(Below(20) == 0)};
  if (Below(3) == 0) message.reply_to = {cut(Words(3), 320), Mailbox(false)};
  message.subject = cut(Words(14), 4096);
  message.date = absl::FromUnixSeconds(static_cast<int64_t>(random_()));
  message.message_id = "m" + std::to_string(random_()) + "@example.test";
  message.text = Text(12);
  if (Below(2) == 0) message.html = "<p>" + Text(16);
  if (Below(2) == 0) message.entity_ref_id = "ref-" + std::to_string(random_());
  if (Below(4) == 0) message.feedback_id = "a:b:c:posthaste";
  if (Below(4) == 0) {
    message.list_unsubscribe = "https://example.test/u?t=" + std::string(Below(200), 'x');
  }
  if (Below(4) == 0) message.content_language = "pt-BR";
  if (Below(4) == 0) message.extra.push_back({"X-Label", cut(Words(9), 4096)});
  for (size_t i = Below(5) == 0 ? 1 + Below(3) : 0; i > 0; --i) {
    std::string name = cut(Words(Below(2) == 0 ? 2 : 8), 250);
    for (char& c : name) {
      if (c == '/' || c == '\\') c = '-';
    }
    Attachment attachment{name + "f", i == 1 ? "application/pdf" : "text/csv", ""};
    for (size_t size = Below(2000); size > 0; --size) {
      attachment.bytes += static_cast<char>(random_());
    }
    if (!message.html.empty() && Below(3) == 0) {
      attachment.content_id = "image-" + std::to_string(i) + ".x";
      attachment.media_type = "image/png";
    }
    message.attachments.push_back(std::move(attachment));
  }
  return message;
}

}  // namespace posthaste::smtp

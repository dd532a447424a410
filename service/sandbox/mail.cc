#include "service/sandbox/mail.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "service/sandbox/decode.h"

namespace posthaste::sandbox {
namespace {

constexpr int kLevelsMax = 8, kSectionsMax = 64;
constexpr size_t kCodeMin = 4, kCodeMax = 16;

struct Entity {
  std::vector<MailHeader> headers;  // Unfolded, not decoded.
  std::string_view body;
};

std::string Trimmed(std::string_view text) {
  std::string out(text);
  absl::StripAsciiWhitespace(&out);
  return out;
}

// Lines end in LF here: ParseMail took the CRs away.
Entity Split(std::string_view bytes) {
  Entity entity;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if ((line[0] == ' ' || line[0] == '\t') && !entity.headers.empty()) {
      entity.headers.back().value += " " + Trimmed(line);
    } else if (colon != std::string_view::npos) {
      entity.headers.push_back({Trimmed(line.substr(0, colon)), Trimmed(line.substr(colon + 1))});
    }
  }
  entity.body = bytes;
  return entity;
}

std::string Find(const std::vector<MailHeader>& headers, std::string_view name) {
  for (const MailHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, std::string(name))) return header.value;
  }
  return "";
}

// A parameter of a structured value: Parameter("text/plain; charset=utf-8", "charset").
std::string Parameter(const std::string& value, const std::string& name) {
  for (const auto& piece : absl::StrSplit(value, ';')) {
    const std::string part = Trimmed(std::string_view(piece.data(), piece.size()));
    const size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    if (!absl::EqualsIgnoreCase(Trimmed(part.substr(0, equals)), name)) continue;
    std::string found = Trimmed(part.substr(equals + 1));
    if (found.size() >= 2 && found.front() == '"' && found.back() == '"') {
      found = found.substr(1, found.size() - 2);
    }
    return found;
  }
  return "";
}

std::string Content(const Entity& entity, const std::string& type) {
  const std::string encoding = Find(entity.headers, "Content-Transfer-Encoding");
  std::string text(entity.body);
  if (absl::EqualsIgnoreCase(encoding, "quoted-printable")) text = DecodeQuotedPrintable(text);
  if (absl::EqualsIgnoreCase(encoding, "base64")) text = DecodeBase64Text(text);
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return ToUtf8(std::move(text), Parameter(type, "charset"));
}

// "%C3%BC" as the byte that it stands for (RFC 2231 7); what is none stays.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string digits(text.substr(std::min(i + 1, text.size()), 2));
    const bool hex = text[i] == '%' && digits.size() == 2 &&
                     std::all_of(digits.begin(), digits.end(),
                                 [](unsigned char c) { return std::isxdigit(c) != 0; });
    out += hex ? static_cast<char>(std::stoi(digits, nullptr, 16)) : text[i];
    if (hex) i += 2;
  }
  return out;
}

// The file's name: as it is, or in sections (RFC 2231 3 and 4).
std::string FileName(const std::string& disposition) {
  constexpr std::string_view kCharset = "UTF-8''";
  std::string name = Parameter(disposition, "filename");
  if (!name.empty()) return name;
  for (int section = 0; section < kSectionsMax; ++section) {
    std::string piece = Parameter(disposition, "filename*" + std::to_string(section) + "*");
    if (piece.empty()) break;
    if (section == 0 && piece.starts_with(kCharset)) piece.erase(0, kCharset.size());
    name += Unescaped(piece);
  }
  return name;
}

// Whatever its type.
bool IsFile(const Entity& entity) {
  const std::string disposition = Find(entity.headers, "Content-Disposition");
  return absl::StartsWithIgnoreCase(disposition, "attachment") || !FileName(disposition).empty();
}

// Without the angle brackets; "" if it is none that a page could name as it is.
std::string ContentId(const Entity& entity) {
  const std::string field = Find(entity.headers, "Content-ID");
  if (field.size() < 3 || field.front() != '<' || field.back() != '>') return "";
  const std::string id = field.substr(1, field.size() - 2);
  return id.find_first_of("<>\"'& ") == std::string::npos ? id : "";
}

void CollectFile(const Entity& entity, const std::string& type, Mail& mail) {
  MailPart part;
  const std::string disposition = Find(entity.headers, "Content-Disposition");
  part.name = FileName(disposition);
  part.type = Trimmed(std::string_view(type).substr(0, type.find(';')));
  const bool base64 =
      absl::EqualsIgnoreCase(Find(entity.headers, "Content-Transfer-Encoding"), "base64");
  std::string content = base64 ? DecodeBase64Text(entity.body) : std::string(entity.body);
  part.bytes = content.size();
  part.shown = absl::StartsWithIgnoreCase(disposition, "inline");
  if (part.shown) {
    part.content_id = ContentId(entity);
    part.content = std::move(content);
  }
  mail.parts.push_back(std::move(part));
}

void Collect(const Entity& entity, int level, Mail& mail);

// The parts between the lines "--boundary" (RFC 2046 5.1.1).
void CollectParts(std::string_view body, const std::string& boundary, int level, Mail& mail) {
  const std::string mark = "--" + boundary;
  std::optional<size_t> begin;
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    const std::string_view line = body.substr(at, end - at);
    if (line.substr(0, mark.size()) == mark) {
      if (begin) {
        // The line end before the mark belongs to the mark.
        const size_t size = at > *begin ? at - *begin - 1 : 0;
        Collect(Split(body.substr(*begin, size)), level + 1, mail);
      }
      if (line.substr(mark.size(), 2) == "--") return;
      begin = std::min(end + 1, body.size());
    }
    at = end + 1;
  }
}

void Collect(const Entity& entity, int level, Mail& mail) {
  if (level > kLevelsMax) return;
  const std::string type = Find(entity.headers, "Content-Type");
  if (absl::StartsWithIgnoreCase(type, "multipart/")) {
    const std::string boundary = Parameter(type, "boundary");
    if (!boundary.empty()) CollectParts(entity.body, boundary, level, mail);
  } else if (IsFile(entity)) {
    CollectFile(entity, type, mail);
  } else if (absl::StartsWithIgnoreCase(type, "text/html")) {
    if (mail.html.empty()) mail.html = Content(entity, type);
  } else if (type.empty() || absl::StartsWithIgnoreCase(type, "text/plain")) {
    if (mail.text.empty()) mail.text = Content(entity, type);
  } else {
    CollectFile(entity, type, mail);
  }
}

bool IsCode(std::string_view text) {
  return text.size() >= kCodeMin && text.size() <= kCodeMax &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

// "@example.test #123456"
std::optional<std::string> AutofillCode(const std::string& line) {
  const size_t hash = line.find(" #");
  if (line.empty() || line[0] != '@' || hash == std::string::npos) return std::nullopt;
  const std::string code = line.substr(hash + 2);
  return IsCode(code) ? std::optional(code) : std::nullopt;
}

// Mostly digits, so that a word alone on its line is none.
std::optional<std::string> LineCode(const std::string& line) {
  std::string code;
  long digits = 0;
  for (const char c : line) {
    if (c == ' ' || c == '-') continue;
    digits += c >= '0' && c <= '9';
    code += c;
  }
  if (!IsCode(code) || digits * 2 < static_cast<long>(code.size())) return std::nullopt;
  return code;
}

}  // namespace

std::string Mail::Header(std::string_view name) const { return Find(headers, name); }

Mail ParseMail(std::string_view bytes) {
  std::string plain;
  plain.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r' || bytes.substr(i, 2) != "\r\n") plain += bytes[i];
  }
  const Entity entity = Split(plain);
  Mail mail;
  for (const MailHeader& header : entity.headers) {
    mail.headers.push_back({header.name, DecodeWords(header.value)});
  }
  Collect(entity, 0, mail);
  return mail;
}

std::optional<std::string> CodeIn(const Mail& mail) {
  std::vector<std::string> lines = absl::StrSplit(mail.text, '\n');
  for (std::string& line : lines) {
    line = Trimmed(line);
    if (std::optional<std::string> code = AutofillCode(line)) return code;
  }
  for (const std::string& line : lines) {
    if (std::optional<std::string> code = LineCode(line)) return code;
  }
  return std::nullopt;
}

}  // namespace posthaste::sandbox

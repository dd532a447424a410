#include "smtp/mime.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "smtp/headers.h"
#include "smtp/transfer_encoding.h"

namespace posthaste::smtp {
namespace {

constexpr size_t kLineMax = 78;
constexpr size_t kContentIdBytesMax = 64;
constexpr size_t kMediaTypeBytesMax = 127;  // Each half, RFC 6838 4.2.
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kFileNameStart = ";\r\n filename=\"";
constexpr size_t kFallbackMax = 60, kEndMax = 12;  // Bytes of ".xlsx" and the like.

// A text part that was looked at.
struct TextPart {
  std::string_view media_type;
  std::string_view text;
  TransferEncoding encoding = TransferEncoding::k7Bit;

  std::string_view Verbatim() const {
    return encoding == TransferEncoding::k7Bit ? text : std::string_view();
  }
};

// As IsUtf8, for texts that are mostly ASCII: skips that eight bytes at a time.
bool IsUtf8Text(std::string_view text) {
  while (!text.empty()) {
    uint64_t eight = 0;
    if (text.size() >= sizeof(eight)) {
      std::memcpy(&eight, text.data(), sizeof(eight));
      if ((eight & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof(eight));
        continue;
      }
    }
    // No character has an ASCII byte inside it, so what lies between them can be judged alone.
    const auto ascii = [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); };
    const auto begin = std::find_if_not(text.begin(), text.end(), ascii);
    const auto end = std::find_if(begin, text.end(), ascii);
    if (!IsUtf8(std::string_view(begin, end))) return false;
    text = std::string_view(end, text.end());
  }
  return true;
}

absl::Status Look(std::string_view field, TextPart& part) {
  const TextFacts facts = Examine(part.text);
  if (facts.has_nul) return InvalidField(field, "has a NUL");
  if (facts.other_bytes > 0 && !IsUtf8Text(part.text)) return InvalidField(field, "is not UTF-8");
  part.encoding = ChooseEncoding(facts);
  return absl::OkStatus();
}

// The part's header fields, the empty line, the content.
void AppendTextPart(std::string& out, const TextPart& part) {
  out += "Content-Type: ";
  out += part.media_type;
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: ";
  out += Name(part.encoding);
  out += "\r\n\r\n";
  switch (part.encoding) {
    case TransferEncoding::k7Bit:
      return Append7Bit(out, part.text);
    case TransferEncoding::kQuotedPrintable:
      return AppendQuotedPrintable(out, part.text);
    case TransferEncoding::kBase64:
      return AppendBase64Text(out, part.text);
  }
}

// `parameters` stand before the boundary.
void AppendMultipartFields(std::string& out, std::string_view subtype, std::string_view boundary,
                           std::string_view parameters = "") {
  out += "Content-Type: multipart/";
  out += subtype;
  out += parameters;
  out += ";\r\n boundary=\"";
  out += boundary;
  out += "\"\r\n";
}

void AppendBoundary(std::string& out, std::string_view boundary, std::string_view end) {
  out += "\r\n--";
  out += boundary;
  out += end;
  out += "\r\n";
}

// RFC 6838 4.2: fewer than a token of RFC 2045 has.
bool IsMediaChar(char c) {
  constexpr std::string_view kMarks = "!#$&^_.+-";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsMediaName(std::string_view text) {
  return !text.empty() && text.size() <= kMediaTypeBytesMax &&
         std::all_of(text.begin(), text.end(), IsMediaChar);
}

absl::Status CheckMediaType(const std::string& field, std::string_view media_type) {
  const size_t slash = media_type.find('/');
  if (slash == std::string_view::npos || !IsMediaName(media_type.substr(0, slash)) ||
      !IsMediaName(media_type.substr(slash + 1))) {
    return InvalidField(field, "is not type/subtype");
  }
  std::string type(media_type.substr(0, slash));
  absl::AsciiStrToLower(&type);
  // RFC 2046 5: these contain further entities and may not be base64.
  if (type == "multipart" || type == "message") {
    return InvalidField(field, "is a type of entities, not of data");
  }
  return absl::OkStatus();
}

// What "cid:" can name without encoding (RFC 2392), and an entity of its own.
absl::Status CheckContentId(const std::string& field, std::string_view id, const Message& message) {
  if (id.empty()) return absl::OkStatus();
  const auto good = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  if (id.size() > kContentIdBytesMax || !std::all_of(id.begin(), id.end(), good)) {
    return InvalidField(field, "is not made of at most 64 letters, digits, '.', '_' and '-'");
  }
  if (message.html.empty()) return InvalidField(field, "has no HTML to be shown in");
  const auto same = [id](const Attachment& other) { return other.content_id == id; };
  if (std::count_if(message.attachments.begin(), message.attachments.end(), same) > 1) {
    return InvalidField(field, "is there twice");
  }
  return absl::OkStatus();
}

absl::Status CheckAttachments(const Message& message) {
  size_t bytes = 0;
  for (size_t i = 0; i < message.attachments.size(); ++i) {
    const Attachment& attachment = message.attachments[i];
    const std::string field = "attachments[" + std::to_string(i) + "]";
    absl::Status checked = CheckFileName(field + ".file_name", attachment.file_name);
    if (!checked.ok()) return checked;
    checked = CheckMediaType(field + ".media_type", attachment.media_type);
    if (!checked.ok()) return checked;
    checked = CheckContentId(field + ".content_id", attachment.content_id, message);
    if (!checked.ok()) return checked;
    bytes += attachment.bytes.size();
  }
  if (bytes > kAttachmentsBytesMax + kLogoBytesMax) {
    return InvalidField("attachments", "are larger than 512 KiB and a logo together");
  }
  return absl::OkStatus();
}

// RFC 2231 7: attribute-char.
bool IsAttributeChar(char c) {
  constexpr std::string_view kMarks = "!#$&+-.^_`{|}~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kMarks.find(c) != std::string_view::npos;
}

// The next character of `text` as RFC 2231 writes it; moves `at` behind it.
std::string NextExtended(std::string_view text, size_t& at) {
  std::string extended;
  do {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (IsAttributeChar(text[at])) {
      extended += text[at];
    } else {
      extended += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    ++at;
  } while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80);
  return extended;
}

bool IsPlainChar(char c) { return IsAttributeChar(c) || c == ' ' || c == '(' || c == ')'; }

// Whether it can stand in quotes, on one line.
bool IsPlainName(std::string_view file_name) {
  return std::all_of(file_name.begin(), file_name.end(), IsPlainChar) &&
         !file_name.starts_with(' ') && !file_name.ends_with(' ') &&
         file_name.find("  ") == std::string_view::npos &&
         kFileNameStart.size() + file_name.size() <= kLineMax;
}

// What a program calls it that does not know RFC 2231: ASCII, at most kFallbackMax bytes, with what
// it ends in. "" = nothing worth saying is left.
std::string FallbackName(std::string_view file_name) {
  std::string name;
  for (const char c : file_name) {
    const char written = IsAttributeChar(c) ? c : '_';
    if (written != '_' || !name.ends_with('_')) name += written;
  }
  const size_t dot = std::min(name.rfind('.'), name.size());
  const size_t end = name.size() - dot <= kEndMax ? dot : name.size();
  const size_t kept = std::min(end, kFallbackMax - (name.size() - end));
  name.erase(kept, end - kept);
  return name.find_first_not_of("_.") == std::string::npos ? "" : name;
}

// Appends the parameter, each piece on a line of its own: quoted if that is plain, else RFC 2231 4,
// in numbered sections (RFC 2231 3) of whole characters if it is long.
void AppendFileName(std::string& out, std::string_view file_name) {
  if (IsPlainName(file_name)) {
    out += kFileNameStart;
    out += file_name;
    out += '"';
    return;
  }
  size_t at = 0;
  for (int section = 0; at < file_name.size(); ++section) {
    std::string line = " filename*" + std::to_string(section) + "*=";
    if (section == 0) line += "UTF-8''";
    while (at < file_name.size()) {
      size_t next = at;
      const std::string extended = NextExtended(file_name, next);
      if (line.size() + extended.size() + 1 > kLineMax) break;
      line += extended;
      at = next;
    }
    out += ";\r\n";
    out += line;
  }
}

void AppendAttachment(std::string& out, const Attachment& attachment) {
  constexpr std::string_view kContentType = "Content-Type:";
  out += kContentType;
  out += kContentType.size() + 2 + attachment.media_type.size() > kLineMax ? "\r\n " : " ";
  out += attachment.media_type;
  const std::string fallback =
      IsPlainName(attachment.file_name) ? "" : FallbackName(attachment.file_name);
  if (!fallback.empty()) {
    out += ";\r\n name=\"";
    out += fallback;
    out += '"';
  }
  out += "\r\nContent-Transfer-Encoding: base64\r\n";
  if (!attachment.content_id.empty()) {
    out += "Content-ID: <";
    out += attachment.content_id;
    out += ">\r\n";
  }
  out += "Content-Disposition: ";
  out += attachment.content_id.empty() ? "attachment" : "inline";
  AppendFileName(out, attachment.file_name);
  out += "\r\n\r\n";
  AppendBase64Bytes(out, attachment.bytes);
}

bool ShowsAttachments(const Message& message) {
  return std::any_of(message.attachments.begin(), message.attachments.end(),
                     [](const Attachment& attachment) { return !attachment.content_id.empty(); });
}

// HTML with what it shows, as one entity (RFC 2387).
void AppendHtml(std::string& out, const Message& message, const TextPart& html) {
  if (!ShowsAttachments(message)) return AppendTextPart(out, html);
  const std::string boundary = BoundaryFor(message.message_id, 'r', {html.Verbatim()});
  AppendMultipartFields(out, "related", boundary, "; type=\"text/html\"");
  AppendBoundary(out, boundary, "");
  AppendTextPart(out, html);
  for (const Attachment& attachment : message.attachments) {
    if (attachment.content_id.empty()) continue;
    AppendBoundary(out, boundary, "");
    AppendAttachment(out, attachment);
  }
  AppendBoundary(out, boundary, "--");
}

// Text, HTML or both, as one entity.
void AppendTexts(std::string& out, const Message& message, const TextPart& text,
                 const TextPart& html) {
  if (html.text.empty()) return AppendTextPart(out, text);
  if (text.text.empty()) return AppendHtml(out, message, html);
  const std::string boundary =
      BoundaryFor(message.message_id, 'a', {text.Verbatim(), html.Verbatim()});
  AppendMultipartFields(out, "alternative", boundary);
  AppendBoundary(out, boundary, "");
  AppendTextPart(out, text);
  AppendBoundary(out, boundary, "");
  AppendHtml(out, message, html);
  AppendBoundary(out, boundary, "--");
}

}  // namespace

std::string BoundaryFor(std::string_view message_id, char level,
                        std::initializer_list<std::string_view> verbatim) {
  constexpr size_t kCharacters = 24;  // 120 bits.
  std::string seed = "posthaste/boundary/v1:";
  seed += message_id;
  for (;;) {
    const std::string boundary = "=_" + Base32(crypto::Sha256(seed), kCharacters) + level;
    const bool found = std::any_of(verbatim.begin(), verbatim.end(), [&](std::string_view text) {
      return text.find(boundary) != std::string_view::npos;
    });
    if (!found) return boundary;
    seed += '+';
  }
}

absl::Status CheckFileName(const std::string& field, std::string_view file_name) {
  const absl::Status checked = CheckText(field, file_name, kFileNameBytesMax);
  if (!checked.ok()) return checked;
  if (file_name.empty()) return InvalidField(field, "is empty");
  if (file_name.find_first_of("/\\") != std::string_view::npos)
    return InvalidField(field, "has a slash");
  return absl::OkStatus();
}

absl::Status AppendBody(std::string& out, const Message& message) {
  TextPart text{"text/plain", message.text};
  TextPart html{"text/html", message.html};
  absl::Status checked = Look("text", text);
  if (checked.ok()) checked = Look("html", html);
  if (checked.ok()) checked = CheckAttachments(message);
  if (!checked.ok()) return checked;
  const bool mixed =
      std::any_of(message.attachments.begin(), message.attachments.end(),
                  [](const Attachment& attachment) { return attachment.content_id.empty(); });
  if (!mixed) {
    AppendTexts(out, message, text, html);
    return absl::OkStatus();
  }
  const std::string boundary =
      BoundaryFor(message.message_id, 'm', {text.Verbatim(), html.Verbatim()});
  AppendMultipartFields(out, "mixed", boundary);
  AppendBoundary(out, boundary, "");
  AppendTexts(out, message, text, html);
  for (const Attachment& attachment : message.attachments) {
    if (!attachment.content_id.empty()) continue;
    AppendBoundary(out, boundary, "");
    AppendAttachment(out, attachment);
  }
  AppendBoundary(out, boundary, "--");
  return absl::OkStatus();
}

}  // namespace posthaste::smtp

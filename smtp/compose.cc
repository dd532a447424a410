#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "smtp/headers.h"
#include "smtp/message.h"
#include "smtp/mime.h"

namespace posthaste::smtp {
namespace {

// What the fields take besides the texts, for the one allocation.
constexpr size_t kFieldsBytes = 2048;
constexpr size_t kLanguageBytesMax = 64;

size_t Estimate(const Message& message) {
  size_t bytes = kFieldsBytes + (message.text.size() + message.html.size()) * 3 / 2;
  for (const Attachment& attachment : message.attachments) {
    bytes += attachment.bytes.size() * 7 / 5 + 512;
  }
  return bytes;
}

absl::Status AppendIdentity(std::string& out, const Message& message) {
  absl::Status status = AppendAddress(out, "from", "From", message.from);
  if (status.ok()) status = AppendAddress(out, "to", "To", message.to);
  if (status.ok() && !message.reply_to.mailbox.empty()) {
    status = AppendAddress(out, "reply_to", "Reply-To", message.reply_to);
  }
  if (status.ok()) status = AppendUnstructured(out, "subject", "Subject", message.subject);
  if (status.ok()) status = AppendDate(out, "date", "Date", message.date);
  if (status.ok()) status = AppendMessageId(out, "message_id", "Message-ID", message.message_id);
  if (status.ok()) out += "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n";
  return status;
}

// RFC 2369 and, for the one click, RFC 8058.
absl::Status AppendUnsubscribe(std::string& out, std::string_view url) {
  if (!url.starts_with("https://")) return InvalidField("list_unsubscribe", "is not an https URL");
  // A list of URLs is separated by commas, a URL ends at ">".
  if (url.find_first_of("<>\"\\") != std::string_view::npos) {
    return InvalidField("list_unsubscribe", "has a character that is not of a URL");
  }
  const absl::Status status =
      AppendToken(out, "list_unsubscribe", "List-Unsubscribe", url, "<", ">");
  if (status.ok()) out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  return status;
}

absl::Status AppendLanguage(std::string& out, std::string_view language) {
  for (const char c : language) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') {
      return InvalidField("content_language", "is not a language tag");
    }
  }
  if (language.size() > kLanguageBytesMax) {
    return InvalidField("content_language", "is longer than 64 bytes");
  }
  return AppendToken(out, "content_language", "Content-Language", language);
}

absl::Status AppendOptional(std::string& out, const Message& message) {
  absl::Status status;
  if (!message.entity_ref_id.empty()) {
    status = AppendToken(out, "entity_ref_id", "X-Entity-Ref-ID", message.entity_ref_id);
  }
  if (status.ok() && !message.feedback_id.empty()) {
    status = AppendToken(out, "feedback_id", "Feedback-ID", message.feedback_id);
  }
  if (status.ok() && !message.list_unsubscribe.empty()) {
    status = AppendUnsubscribe(out, message.list_unsubscribe);
  }
  if (status.ok() && !message.content_language.empty()) {
    status = AppendLanguage(out, message.content_language);
  }
  for (size_t i = 0; status.ok() && i < message.extra.size(); ++i) {
    const Header& header = message.extra[i];
    const std::string field = "extra[" + std::to_string(i) + "]";
    status = CheckExtraName(field + ".name", header.name);
    if (status.ok()) status = AppendUnstructured(out, field + ".value", header.name, header.value);
  }
  return status;
}

}  // namespace

absl::StatusOr<std::string> Compose(const Message& message) {
  std::string out;
  out.reserve(Estimate(message));
  absl::Status status = AppendIdentity(out, message);
  if (status.ok()) status = AppendOptional(out, message);
  if (status.ok()) status = AppendBody(out, message);
  if (!status.ok()) return status;
  return out;
}

}  // namespace posthaste::smtp

#include "service/sandbox/inbox_json.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "service/sandbox/mail.h"

namespace posthaste::sandbox {
namespace {

JsonObject Begin(const Captured& captured, const Mail& mail) {
  JsonObject json;
  json.Text("id", captured.id)
      .Text("time", absl::FormatTime(absl::RFC3339_full, captured.time, absl::UTCTimeZone()))
      .Text("mail_from", captured.envelope.mail_from)
      .Text("rcpt_to", absl::StrJoin(captured.envelope.rcpt_to, ", "))
      .Text("subject", mail.Header("Subject"))
      .Text("code", CodeIn(mail).value_or(""));
  return json;
}

}  // namespace

std::string JsonOf(const Captured& captured) {
  const Mail mail = ParseMail(captured.message);
  return Begin(captured, mail).Text("text", mail.text).Text("html", mail.html).Done();
}

std::string SummaryOf(const Captured& captured) {
  const Mail mail = ParseMail(captured.message);
  return Begin(captured, mail).Text("from", mail.Header("From")).Done();
}

std::string WholeOf(const Captured& captured) {
  const Mail mail = ParseMail(captured.message);
  std::vector<std::string> headers;
  for (const MailHeader& header : mail.headers)
    headers.push_back(JsonObject().Text("name", header.name).Text("value", header.value).Done());
  std::vector<std::string> parts;
  for (const MailPart& part : mail.parts) {
    parts.push_back(JsonObject()
                        .Text("name", part.name)
                        .Text("type", part.type)
                        .Number("bytes", static_cast<int64_t>(part.bytes))
                        .Flag("shown", part.shown)
                        .Done());
  }
  return Begin(captured, mail)
      .Text("from", mail.Header("From"))
      .Text("text", mail.text)
      .Flag("has_html", !mail.html.empty())
      .Raw("headers", JsonArray(headers))
      .Raw("parts", JsonArray(parts))
      .Text("source", captured.message)
      .Done();
}

}  // namespace posthaste::sandbox

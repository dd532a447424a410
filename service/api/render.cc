#include "service/api/render.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/attachments.h"
#include "service/api/composable.h"
#include "service/api/refusal.h"
#include "templates/engine/marks.h"

namespace posthaste::api {
namespace {

using templates::Value;

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

Value WithTimes(const SendOrder& order, const std::optional<CodeTimes>& code, absl::Time now) {
  if (!code) return order.variables;
  Value::Fields fields = *order.variables.object();
  const auto offer = [&](const char* name, std::string value) {
    if (order.mail->variables().contains(name))
      fields.insert_or_assign(name, Value(std::move(value)));
  };
  offer("create_time", TimeText(code->create));
  offer("expire_time", TimeText(code->expire));
  offer("ttl", absl::StrCat(absl::ToInt64Seconds(code->expire - code->create), "s"));
  offer("request_time", TimeText(now));
  if (!code->purpose.empty()) offer("purpose", code->purpose);
  return Value::Object(std::move(fields));
}

Value BrandOf(const SendOrder& order) {
  if (order.support_contact.empty()) return order.tenant->brand;
  Value::Fields fields = *order.tenant->brand.object();
  fields.insert_or_assign("support_contact", order.support_contact);
  return Value::Object(std::move(fields));
}

// The field of a request that the composer blames by the name that it has there.
const char* FieldBlamed(std::string_view why) {
  if (why.starts_with("to")) return "recipient_name";
  if (why.starts_with("list_unsubscribe")) return "list_unsubscribe_url";
  if (why.starts_with("extra")) return "headers";
  return "variables";
}

// What the tenant's sender cannot spoil (Tenants::Load): the recipient's name, what variables made
// of the subject, and header fields.
absl::Status CheckWritable(const SendOrder& order, const store::v1::Mail& mail) {
  smtp::Message message;
  message.to = {mail.to_name(), mail.to_mailbox()};
  message.subject = templates::FillCode(mail.subject(), "000000");
  message.list_unsubscribe = order.list_unsubscribe_url;
  message.extra = order.headers;
  const absl::Status composed = CheckComposable(std::move(message));
  if (composed.ok()) return absl::OkStatus();
  const std::string why(composed.message().data(), composed.message().size());
  return Invalid(FieldBlamed(why), "FIELD_INVALID", why);
}

// The sender's address with its domain as A-labels, as the composer wants it.
std::string FromMailbox(const config::v1::Sender& sender) {
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox(sender.mailbox());
  if (!mailbox.ok()) return sender.mailbox();
  return absl::StrCat(mailbox->local_part, "@", mailbox->ascii_domain);
}

// It goes with mail that shows it only: mail programs list a picture that nothing shows as a file.
void FillLogo(const config::Logo& logo, store::v1::Mail& mail) {
  if (logo.bytes.empty() ||
      mail.html().find(absl::StrCat("cid:", logo.content_id)) == std::string::npos)
    return;
  store::v1::Attachments::File& file = *mail.mutable_logo();
  file.set_file_name(logo.file_name);
  file.set_media_type(logo.media_type);
  file.set_content(logo.bytes);
  file.set_content_id(logo.content_id);
}

// What mails of one kind have in common, and the texts.
void FillMail(const SendOrder& order, const templates::Rendered& rendered, store::v1::Mail& mail) {
  mail.set_from_name(order.sender->name());
  mail.set_from_mailbox(FromMailbox(*order.sender));
  mail.set_reply_to(order.sender->reply_to());
  mail.set_return_path_domain(order.sender->return_path_domain());
  mail.set_subject(rendered.subject);
  mail.set_text(rendered.text);
  mail.set_html(rendered.html);
  mail.set_locale(rendered.locale);
  FillLogo(order.tenant->logo, mail);
}

}  // namespace

absl::StatusOr<RenderedMail> RenderMail(const SendOrder& order,
                                        const std::optional<CodeTimes>& code, absl::Time now) {
  const absl::StatusOr<templates::Rendered> rendered = order.mail->Render(
      WithTimes(order, code, now), BrandOf(order), order.locale, order.time_zone);
  if (!rendered.ok()) {
    const std::string why(rendered.status().message().data(), rendered.status().message().size());
    return Invalid("variables", "VARIABLE_TYPE", why);
  }
  RenderedMail result;
  store::v1::Mail& mail = result.mail;
  FillMail(order, *rendered, mail);
  mail.set_to_name(order.recipient_name);
  mail.set_to_mailbox(order.recipient.needs_smtputf8 ? order.recipient.address
                                                     : absl::StrCat(order.recipient.local_part, "@",
                                                                    order.recipient.ascii_domain));
  mail.set_needs_smtputf8(order.recipient.needs_smtputf8);
  mail.set_date_ms(absl::ToUnixMillis(std::max(now, order.send_time.value_or(now))));
  mail.set_list_unsubscribe(order.list_unsubscribe_url);
  for (const smtp::Header& header : order.headers) {
    store::v1::HeaderField& field = *mail.add_extra();
    field.set_name(header.name);
    field.set_value(header.value);
  }
  if (absl::Status good = CheckWritable(order, mail); !good.ok()) return good;
  if (order.mail->mail_class() == templates::MailClass::kGeneral) {
    const absl::Status shown = CheckShown(order.attachments, mail.html(), mail.logo().content_id());
    if (!shown.ok()) return shown;
  }
  result.locale = rendered->locale;
  return result;
}

std::string KindOf(const SendOrder& order, std::string_view locale) {
  return absl::StrCat(order.tenant->looks, order.mail->revision(), order.sender->id(), "/",
                      std::string(locale));
}

absl::StatusOr<std::string> RenderSkeleton(const SendOrder& order, std::string_view locale) {
  const absl::StatusOr<templates::Rendered> rendered =
      order.mail->Render(order.mail->Samples(), order.tenant->brand, locale, "");
  if (!rendered.ok()) return rendered.status();
  store::v1::Mail mail;
  FillMail(order, *rendered, mail);
  return mail.SerializeAsString();
}

}  // namespace posthaste::api

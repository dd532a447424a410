#include "service/api/notice_order.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "service/api/order_parts.h"

namespace posthaste::api {
namespace {

// What the typed notices have in common, beside CommonFields; it views the request.
struct NoticeFields {
  std::string template_field = "template_name";
  const std::string& template_name;
  const google::protobuf::Struct& variables;
  const std::string& account_label;
  const v1::ClientContext& client_context;
  const std::string& not_me_url;
  const std::string& support_contact;
};

template <typename Request>
NoticeFields NoticeOf(const Request& request, const std::string& template_field,
                      const std::string& template_name) {
  return {template_field,           template_name,
          request.variables(),      request.account_label(),
          request.client_context(), request.not_me_url(),
          request.support_contact()};
}

// When it happened: a field of the request, and the variable of the same name.
struct Moment {
  std::string field;
  bool given = false;
  const google::protobuf::Timestamp& time;
};

// Checks what all notices have into `fields`; NOT_FOUND: the template. `own` are the typed fields
// of this one, by their variables' names.
absl::StatusOr<SendOrder> CheckNotice(const CommonFields& common, const NoticeFields& notice,
                                      const Moment& moment, const std::string& fallback,
                                      const std::map<std::string, std::string>& own,
                                      const TenantView& tenant, const OrderContext& context,
                                      Fields& fields) {
  SendOrder order;
  CheckCommon(common, tenant, context.hash_key, fields, order);
  order.ttl = kNoticeLife;
  fields.HeaderText("account_label", notice.account_label, 128);
  fields.HttpsUrl("not_me_url", notice.not_me_url);
  fields.Line("support_contact", notice.support_contact, 200);
  CheckContext(notice.client_context, fields, order);
  const std::optional<absl::Time> when = fields.Time(moment.field, moment.given, moment.time);
  const absl::Status found =
      ChooseTemplate(notice.template_name, fallback, templates::MailClass::kNotice, tenant, order,
                     fields, notice.template_field);
  if (!found.ok()) return found;
  const templates::Template& mail = *order.mail;
  Variables variables = CallersVariables(notice.variables);
  OfferContext(notice.client_context, mail, variables);
  Offer(mail, "account_label", notice.account_label, variables);
  Offer(mail, "not_me_url", notice.not_me_url, variables);
  order.support_contact = notice.support_contact;
  Offer(mail, moment.field,
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", when.value_or(context.now), absl::UTCTimeZone()),
        variables);
  for (const auto& [name, value] : own) Offer(mail, name, value, variables);
  CheckVariables(std::move(variables), fields, order);
  return order;
}

absl::StatusOr<SendOrder> Finished(const Fields& fields, absl::StatusOr<SendOrder> order) {
  if (!order.ok()) return order;
  return Finish(fields, *std::move(order));
}

// As the other mail shows it: never the whole address, for whoever reads the one mailbox need not
// know the other. An address that is none is told of by its own field.
std::string Shown(const std::string& address) {
  const absl::StatusOr<Mailbox> mailbox = ParseMailbox(address);
  return mailbox.ok() ? Masked(*mailbox) : "***";
}

bool SameMailbox(const std::string& left, const std::string& right) {
  const absl::StatusOr<Mailbox> one = ParseMailbox(left), other = ParseMailbox(right);
  return one.ok() && other.ok() && one->lookup == other->lookup;
}

// "enabled", "method_added": the choices of mfa_changed.
std::string ChoiceOf(v1::SendMfaChangedRequest::Change change) {
  std::string name = v1::SendMfaChangedRequest::Change_Name(change);
  absl::AsciiStrToLower(&name);
  return name;
}

}  // namespace

absl::StatusOr<SendOrder> CheckOrder(const v1::SendPasswordChangedRequest& request,
                                     const TenantView& tenant, const OrderContext& context) {
  Fields fields;
  const Moment moment{"change_time", request.has_change_time(), request.change_time()};
  return Finished(fields, CheckNotice(CommonOf(request),
                                      NoticeOf(request, "template_name", request.template_name()),
                                      moment, "password_changed", {}, tenant, context, fields));
}

absl::StatusOr<EmailChangedOrders> CheckOrder(const v1::SendEmailChangedRequest& request,
                                              const TenantView& tenant,
                                              const OrderContext& context) {
  const std::map<std::string, std::string> own = {{"old_email", Shown(request.old_recipient())},
                                                  {"new_email", Shown(request.new_recipient())}};
  const Moment moment{"change_time", request.has_change_time(), request.change_time()};
  Fields fields;
  if (SameMailbox(request.old_recipient(), request.new_recipient()))
    fields.Add("new_recipient", "RECIPIENT_INVALID", "is the old address");
  absl::StatusOr<SendOrder> before =
      CheckNotice(CommonOf(request, "old_recipient", request.old_recipient()),
                  NoticeOf(request, "old_template_name", request.old_template_name()), moment,
                  "email_changed_old", own, tenant, context, fields);
  if (!before.ok()) return before.status();
  absl::StatusOr<SendOrder> after =
      CheckNotice(CommonOf(request, "new_recipient", request.new_recipient()),
                  NoticeOf(request, "new_template_name", request.new_template_name()), moment,
                  "email_changed_new", own, tenant, context, fields);
  if (!after.ok()) return after.status();
  if (absl::Status status = fields.Done(); !status.ok()) return status;
  return EmailChangedOrders{*std::move(before), *std::move(after)};
}

absl::StatusOr<SendOrder> CheckOrder(const v1::SendNewSignInRequest& request,
                                     const TenantView& tenant, const OrderContext& context) {
  Fields fields;
  const Moment moment{"sign_in_time", request.has_sign_in_time(), request.sign_in_time()};
  return Finished(fields, CheckNotice(CommonOf(request),
                                      NoticeOf(request, "template_name", request.template_name()),
                                      moment, "new_sign_in", {}, tenant, context, fields));
}

absl::StatusOr<SendOrder> CheckOrder(const v1::SendMfaChangedRequest& request,
                                     const TenantView& tenant, const OrderContext& context) {
  using Request = v1::SendMfaChangedRequest;
  Fields fields;
  if (request.change() == Request::CHANGE_UNSPECIFIED) {
    fields.Add("change", "FIELD_INVALID", "is required");
  } else if (!Request::Change_IsValid(request.change())) {
    fields.Add("change", "FIELD_INVALID", "is no change that we know");
  }
  fields.HeaderText("method_label", request.method_label(), 80);
  const std::map<std::string, std::string> own = {{"change", ChoiceOf(request.change())},
                                                  {"method_label", request.method_label()}};
  const Moment moment{"change_time", request.has_change_time(), request.change_time()};
  return Finished(fields, CheckNotice(CommonOf(request),
                                      NoticeOf(request, "template_name", request.template_name()),
                                      moment, "mfa_changed", own, tenant, context, fields));
}

}  // namespace posthaste::api

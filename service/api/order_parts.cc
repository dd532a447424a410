#include "service/api/order_parts.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/refusal.h"
#include "service/queue/record.h"

namespace posthaste::api {
namespace {

const char* ReasonName(templates::Problem::Reason reason) {
  switch (reason) {
    case templates::Problem::Reason::kMissing:
      return "VARIABLE_MISSING";
    case templates::Problem::Reason::kUndeclared:
      return "VARIABLE_UNDECLARED";
    case templates::Problem::Reason::kType:
      return "VARIABLE_TYPE";
    case templates::Problem::Reason::kHeaderInjection:
      return "HEADER_INJECTION";
  }
  return "VARIABLE_TYPE";
}

// What the service itself says in the mail of a code.
constexpr const char* kOurs[] = {"code", "create_time",  "expire_time",
                                 "ttl",  "request_time", "purpose"};

}  // namespace

void CheckCommon(const CommonFields& common, const TenantView& tenant, std::string_view hash_key,
                 Fields& fields, SendOrder& order) {
  const config::v1::Tenant& config = *tenant.config;
  order.method = common.request.GetDescriptor()->name();
  order.tenant = &tenant;
  if (std::optional<Mailbox> recipient = fields.Recipient(common.recipient, common.recipient_field))
    order.recipient = *std::move(recipient);
  fields.HeaderText("recipient_name", common.recipient_name, 128);
  order.recipient_name = common.recipient_name;
  order.sender = tenant.FindSender(common.sender);
  if (order.sender == nullptr)
    fields.Add("sender", "SENDER_UNKNOWN", "is not configured for this tenant");
  fields.RequestId(common.request_id);
  order.request_id = common.request_id;
  order.fingerprint = order.request_id.empty() ? "" : Fingerprint(common.request, hash_key);
  order.fingerprint.resize(queue::kFingerprintBytes, '\0');
  fields.Locale(common.locale);
  order.locale = common.locale.empty() ? config.locale() : common.locale;
  fields.TimeZone(common.time_zone);
  order.time_zone = common.time_zone.empty() ? config.time_zone() : common.time_zone;
  fields.Labels(common.labels);
  order.labels.insert(common.labels.begin(), common.labels.end());
  order.validate_only = common.validate_only;
}

void CheckContext(const v1::ClientContext& context, Fields& fields, SendOrder& order) {
  fields.Context(context);
  if (fields.ok() && !context.ip_address().empty())
    order.client_network = NetworkOf(context.ip_address());
}

absl::Status ChooseTemplate(const std::string& given, const std::string& fallback,
                            templates::MailClass wanted, const TenantView& tenant, SendOrder& order,
                            Fields& fields, const std::string& field) {
  const std::string& name = given.empty() ? fallback : given;
  if (name.empty()) {
    fields.Add(field, "FIELD_INVALID", "is required");
    return absl::OkStatus();
  }
  order.catalogue = tenant.shelf->Now();
  order.mail = order.catalogue->Find(tenant.config->id(), name);
  if (order.mail == nullptr) return Missing("TEMPLATE_NOT_FOUND", "template", name);
  const bool code = wanted == templates::MailClass::kCode;
  if ((order.mail->mail_class() == templates::MailClass::kCode) != code) {
    fields.Add(field, "FIELD_INVALID",
               code ? "is no template of a code" : "is the template of a code");
  }
  return absl::OkStatus();
}

void Offer(const templates::Template& mail, const std::string& name, const std::string& value,
           Variables& variables) {
  if (!value.empty() && mail.variables().contains(name)) variables.emplace(name, value);
}

void OfferContext(const v1::ClientContext& context, const templates::Template& mail,
                  Variables& variables) {
  Offer(mail, "ip_address", context.ip_address(), variables);
  Offer(mail, "device_label", context.device_label(), variables);
  Offer(mail, "location_label", context.location_label(), variables);
}

Variables CallersVariables(const google::protobuf::Struct& given) {
  const templates::Value value = ToValue(given);
  return Variables(value.object()->begin(), value.object()->end());
}

void CheckVariables(Variables variables, Fields& fields, SendOrder& order) {
  Variables checked = variables;
  const templates::Value samples = order.mail->Samples(true);
  for (const char* ours : kOurs) {
    if (!order.code) break;
    if (variables.contains(ours)) {
      fields.Add(absl::StrCat("variables.", ours), "VARIABLE_UNDECLARED", "is set by the service");
    }
    const templates::Value* sample = samples.Find(ours);
    if (sample != nullptr) checked.insert_or_assign(ours, *sample);
  }
  templates::Value::Fields all(checked.begin(), checked.end());
  for (const templates::Problem& problem :
       order.mail->Check(templates::Value::Object(std::move(all)))) {
    fields.Add(absl::StrCat("variables.", problem.path), ReasonName(problem.reason),
               problem.description);
  }
  order.variables =
      templates::Value::Object(templates::Value::Fields(variables.begin(), variables.end()));
}

absl::StatusOr<SendOrder> Finish(const Fields& fields, SendOrder order) {
  if (absl::Status status = fields.Done(); !status.ok()) return status;
  return order;
}

}  // namespace posthaste::api

#include "service/api/order.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "service/api/fields.h"
#include "service/queue/record.h"

namespace posthaste::api {
namespace {

constexpr absl::Duration kNoticeLife = absl::Hours(72);

using Variables = std::map<std::string, templates::Value>;

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

// The fields that all four requests have, with the same names and rules.
template <typename Request>
void CheckShared(const Request& request, const TenantView& tenant, std::string_view hash_key,
                 Fields& fields, SendOrder& order) {
  const config::v1::Tenant& config = *tenant.config;
  order.method = Request::descriptor()->name();
  order.tenant = &tenant;
  if (std::optional<Mailbox> recipient = fields.Recipient(request.recipient()))
    order.recipient = *std::move(recipient);
  fields.HeaderText("recipient_name", request.recipient_name(), 128);
  order.recipient_name = request.recipient_name();
  order.sender = tenant.FindSender(request.sender());
  if (order.sender == nullptr)
    fields.Add("sender", "SENDER_UNKNOWN", "is not configured for this tenant");
  fields.RequestId(request.request_id());
  order.request_id = request.request_id();
  order.fingerprint = (order.request_id.empty() ? std::string() : Fingerprint(request, hash_key));
  order.fingerprint.resize(queue::kFingerprintBytes, '\0');
  fields.Locale(request.locale());
  order.locale = request.locale().empty() ? config.locale() : request.locale();
  fields.TimeZone(request.time_zone());
  order.time_zone = request.time_zone().empty() ? config.time_zone() : request.time_zone();
  fields.Labels(request.labels());
  order.labels.insert(request.labels().begin(), request.labels().end());
  order.validate_only = request.validate_only();
}

void CheckContext(const v1::ClientContext& context, Fields& fields, SendOrder& order) {
  fields.Context(context);
  if (fields.ok() && !context.ip_address().empty())
    order.client_network = NetworkOf(context.ip_address());
}

// Adds `value` unless the template does not declare it: typed fields fit more templates than ask
// for them.
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

// Finds the template; the caller may name one, `fallback` otherwise.
absl::Status ChooseTemplate(const std::string& given, const std::string& fallback,
                            templates::MailClass wanted, const TenantView& tenant, SendOrder& order,
                            Fields& fields) {
  const std::string& name = given.empty() ? fallback : given;
  if (name.empty()) {
    fields.Add("template_name", "FIELD_INVALID", "is required");
    return absl::OkStatus();
  }
  order.mail = tenant.catalogue->Find(tenant.config->id(), name);
  if (order.mail == nullptr) return Missing("TEMPLATE_NOT_FOUND", "template", name);
  const bool code = wanted == templates::MailClass::kCode;
  if ((order.mail->mail_class() == templates::MailClass::kCode) != code) {
    fields.Add("template_name", "FIELD_INVALID",
               code ? "is no template of a code" : "is the template of a code");
  }
  return absl::OkStatus();
}

// What the service itself says in the mail of a code.
constexpr const char* kOurs[] = {"code", "create_time",  "expire_time",
                                 "ttl",  "request_time", "purpose"};

// Checks the variables, those of ours in place of what they will be.
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

void CheckCustomCode(const std::string& code, Fields& fields) {
  if (code.empty()) return;
  bool good = code.size() >= 6 && code.size() <= 10;
  for (const char c : code) good = good && absl::ascii_isdigit(static_cast<unsigned char>(c));
  if (!good) fields.Add("custom_code", "CODE_POLICY_VIOLATION", "must be 6 to 10 digits");
}

std::string PurposeTemplate(const config::v1::Tenant& tenant, const std::string& purpose) {
  const auto found = tenant.purpose_templates().find(purpose);
  return found == tenant.purpose_templates().end() ? "verification_code" : found->second;
}

absl::StatusOr<SendOrder> Finish(const Fields& fields, SendOrder order) {
  if (absl::Status status = fields.Done(); !status.ok()) return status;
  return order;
}

}  // namespace

std::string Fingerprint(const google::protobuf::Message& request, std::string_view hash_key) {
  std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  copy->DiscardUnknownFields();
  const google::protobuf::FieldDescriptor* id =
      copy->GetDescriptor()->FindFieldByName("request_id");
  if (id != nullptr) copy->GetReflection()->ClearField(copy.get(), id);
  std::string canonical;
  {
    google::protobuf::io::StringOutputStream text(&canonical);
    google::protobuf::io::CodedOutputStream out(&text);
    out.SetSerializationDeterministic(true);
    copy->SerializeToCodedStream(&out);
  }
  const std::string name = copy->GetDescriptor()->full_name();
  return crypto::HmacFields(hash_key, {"\x01", name, canonical}).substr(0, 16);
}

absl::StatusOr<SendOrder> CheckOrder(const v1::SendVerificationCodeRequest& request,
                                     const TenantView& tenant, std::string_view hash_key) {
  Fields fields;
  SendOrder order;
  CheckShared(request, tenant, hash_key, fields, order);
  fields.Purpose(request.purpose(), true);
  fields.Binding(request.binding());
  fields.Line("subject_id", request.subject_id(), 128);
  CheckCustomCode(request.custom_code(), fields);
  CodeOrder code;
  code.purpose = request.purpose();
  code.ttl = fields.Ttl(request.has_ttl(), request.ttl(), absl::Minutes(1), absl::Minutes(30));
  if (request.code_length() != 0 && (request.code_length() < 6 || request.code_length() > 10)) {
    fields.Add("code_length", "CODE_POLICY_VIOLATION", "must be from 6 to 10");
  }
  code.code_length = request.code_length();
  if (!v1::ResendPolicy_IsValid(request.resend_policy())) {
    fields.Add("resend_policy", "FIELD_INVALID", "is no policy");
  }
  code.resend_policy = request.resend_policy();
  code.force_new = request.force_new();
  code.binding.insert(request.binding().begin(), request.binding().end());
  if (!request.subject_id().empty()) code.binding.emplace("", request.subject_id());
  code.custom_code = request.custom_code();
  order.code = std::move(code);
  CheckContext(request.client_context(), fields, order);
  const absl::Status found =
      ChooseTemplate(request.template_name(), PurposeTemplate(*tenant.config, request.purpose()),
                     templates::MailClass::kCode, tenant, order, fields);
  if (!found.ok()) return found;
  Variables variables = CallersVariables(request.variables());
  OfferContext(request.client_context(), *order.mail, variables);
  CheckVariables(std::move(variables), fields, order);
  return Finish(fields, std::move(order));
}

absl::StatusOr<SendOrder> CheckOrder(const v1::ResendVerificationCodeRequest& request,
                                     const TenantView& tenant, std::string_view hash_key) {
  Fields fields;
  SendOrder order;
  CheckShared(request, tenant, hash_key, fields, order);
  fields.Id("verification_id", request.verification_id(), 'v');
  CheckCustomCode(request.custom_code(), fields);
  CodeOrder code;
  code.verification_id = request.verification_id();
  code.custom_code = request.custom_code();
  order.code = std::move(code);
  CheckContext(request.client_context(), fields, order);
  const absl::Status found = ChooseTemplate(request.template_name(), "verification_code",
                                            templates::MailClass::kCode, tenant, order, fields);
  if (!found.ok()) return found;
  Variables variables = CallersVariables(request.variables());
  OfferContext(request.client_context(), *order.mail, variables);
  CheckVariables(std::move(variables), fields, order);
  return Finish(fields, std::move(order));
}

absl::StatusOr<SendOrder> CheckOrder(const v1::SendPasswordChangedRequest& request,
                                     const TenantView& tenant, absl::Time now,
                                     std::string_view hash_key) {
  Fields fields;
  SendOrder order;
  CheckShared(request, tenant, hash_key, fields, order);
  order.ttl = kNoticeLife;
  fields.HeaderText("account_label", request.account_label(), 128);
  fields.HttpsUrl("not_me_url", request.not_me_url());
  fields.Line("support_contact", request.support_contact(), 200);
  CheckContext(request.client_context(), fields, order);
  const std::optional<absl::Time> changed =
      fields.Time("change_time", request.has_change_time(), request.change_time());
  const absl::Status found = ChooseTemplate(request.template_name(), "password_changed",
                                            templates::MailClass::kNotice, tenant, order, fields);
  if (!found.ok()) return found;
  Variables variables = CallersVariables(request.variables());
  OfferContext(request.client_context(), *order.mail, variables);
  Offer(*order.mail, "account_label", request.account_label(), variables);
  Offer(*order.mail, "not_me_url", request.not_me_url(), variables);
  order.support_contact = request.support_contact();
  Offer(*order.mail, "change_time",
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", changed.value_or(now), absl::UTCTimeZone()),
        variables);
  CheckVariables(std::move(variables), fields, order);
  return Finish(fields, std::move(order));
}

absl::StatusOr<SendOrder> CheckOrder(const v1::SendTemplateRequest& request,
                                     const TenantView& tenant, std::string_view hash_key) {
  Fields fields;
  SendOrder order;
  CheckShared(request, tenant, hash_key, fields, order);
  order.ttl = fields.Ttl(request.has_ttl(), request.ttl(), absl::Minutes(1), kNoticeLife)
                  .value_or(kNoticeLife);
  fields.Line("supersede_key", request.supersede_key(), 64);
  order.supersede_key = request.supersede_key();
  const absl::Status found = ChooseTemplate(request.template_name(), "",
                                            templates::MailClass::kGeneral, tenant, order, fields);
  if (!found.ok()) return found;
  if (order.mail != nullptr) CheckVariables(CallersVariables(request.variables()), fields, order);
  return Finish(fields, std::move(order));
}

}  // namespace posthaste::api

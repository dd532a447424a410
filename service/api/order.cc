#include "service/api/order.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "service/api/fields.h"
#include "service/api/order_parts.h"

namespace posthaste::api {
namespace {

void CheckCustomCode(const std::string& code, Fields& fields) {
  if (code.empty()) return;
  bool good = code.size() >= 6 && code.size() <= 10;
  for (const char c : code) good = good && absl::ascii_isdigit(static_cast<unsigned char>(c));
  if (!good) fields.Add("custom_code", "CODE_POLICY_VIOLATION", "must be 6 to 10 digits");
}

void CheckRateLimitKeys(const google::protobuf::RepeatedPtrField<std::string>& keys, Fields& fields,
                        SendOrder& order) {
  constexpr int kKeysMax = 4;
  if (keys.size() > kKeysMax)
    fields.Add("rate_limit_keys", "FIELD_INVALID", absl::StrCat("at most ", kKeysMax));
  for (int i = 0; i < std::min(keys.size(), kKeysMax); ++i)
    fields.Line(absl::StrCat("rate_limit_keys[", i, "]"), keys[i], 128, true);
  // The same key twice is one key: it is counted once.
  const std::set<std::string> distinct(keys.begin(), keys.end());
  order.rate_limit_keys.assign(distinct.begin(), distinct.end());
}

std::string PurposeTemplate(const config::v1::Tenant& tenant, const std::string& purpose) {
  const auto found = tenant.purpose_templates().find(purpose);
  return found == tenant.purpose_templates().end() ? "verification_code" : found->second;
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
  CheckCommon(CommonOf(request), tenant, hash_key, fields, order);
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
  code.decoy = request.decoy();
  code.binding.insert(request.binding().begin(), request.binding().end());
  if (!request.subject_id().empty()) code.binding.emplace("", request.subject_id());
  code.custom_code = request.custom_code();
  order.code = std::move(code);
  CheckContext(request.client_context(), fields, order);
  CheckRateLimitKeys(request.rate_limit_keys(), fields, order);
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
  CheckCommon(CommonOf(request), tenant, hash_key, fields, order);
  fields.Id("verification_id", request.verification_id(), 'v');
  CheckCustomCode(request.custom_code(), fields);
  CodeOrder code;
  code.verification_id = request.verification_id();
  code.custom_code = request.custom_code();
  order.code = std::move(code);
  CheckContext(request.client_context(), fields, order);
  CheckRateLimitKeys(request.rate_limit_keys(), fields, order);
  const absl::Status found = ChooseTemplate(request.template_name(), "verification_code",
                                            templates::MailClass::kCode, tenant, order, fields);
  if (!found.ok()) return found;
  Variables variables = CallersVariables(request.variables());
  OfferContext(request.client_context(), *order.mail, variables);
  CheckVariables(std::move(variables), fields, order);
  return Finish(fields, std::move(order));
}

}  // namespace posthaste::api

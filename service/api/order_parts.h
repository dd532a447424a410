// The checks that every kind of send has in common: order.cc, notice_order.cc and template_order.cc
// add what is their own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "posthaste/v1/client_context.pb.h"
#include "service/api/fields.h"
#include "service/api/order.h"

namespace posthaste::api {

using Variables = std::map<std::string, templates::Value>;

// The fields that all requests have, with the same names and rules; it views the request.
struct CommonFields {
  const google::protobuf::Message& request;
  std::string recipient_field = "recipient";
  const std::string& recipient;
  const std::string& recipient_name;
  const std::string& sender;
  const std::string& request_id;
  const std::string& locale;
  const std::string& time_zone;
  const Fields::Strings& labels;
  bool validate_only = false;
};

template <typename Request>
CommonFields CommonOf(const Request& request, std::string_view recipient_field,
                      const std::string& recipient) {
  return {
      request,          std::string(recipient_field), recipient,        request.recipient_name(),
      request.sender(), request.request_id(),         request.locale(), request.time_zone(),
      request.labels(), request.validate_only()};
}

template <typename Request>
CommonFields CommonOf(const Request& request) {
  return CommonOf(request, "recipient", request.recipient());
}

void CheckCommon(const CommonFields& common, const TenantView& tenant, std::string_view hash_key,
                 Fields& fields, SendOrder& order);

void CheckContext(const v1::ClientContext& context, Fields& fields, SendOrder& order);

// Finds the template; the caller may name one, `fallback` otherwise. `field` is where the caller
// names it.
absl::Status ChooseTemplate(const std::string& given, const std::string& fallback,
                            templates::MailClass wanted, const TenantView& tenant, SendOrder& order,
                            Fields& fields, const std::string& field = "template_name");

// Adds `value` unless the template does not declare it: typed fields fit more templates than ask
// for them.
void Offer(const templates::Template& mail, const std::string& name, const std::string& value,
           Variables& variables);
void OfferContext(const v1::ClientContext& context, const templates::Template& mail,
                  Variables& variables);

Variables CallersVariables(const google::protobuf::Struct& given);

// Checks the variables, those of ours in place of what they will be.
void CheckVariables(Variables variables, Fields& fields, SendOrder& order);

// The order, or INVALID_ARGUMENT with every violation.
absl::StatusOr<SendOrder> Finish(const Fields& fields, SendOrder order);

}  // namespace posthaste::api

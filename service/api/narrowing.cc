#include "service/api/narrowing.h"

#include "service/api/refusal.h"

namespace posthaste::api {
namespace {

bool Allows(const Names& names, std::string_view name) {
  return names.empty() || names.contains(name);
}

}  // namespace

absl::Status CheckNarrowing(const Caller& caller, const SendOrder& order) {
  if (!Allows(caller.senders, order.sender->id()))
    return Denied("SENDER_DENIED", "this key may not send as this sender");
  if (!Allows(caller.templates, order.mail->name()))
    return Denied("TEMPLATE_DENIED", "this key may not send this template");
  return order.code ? CheckPurpose(caller, order.code->purpose) : absl::OkStatus();
}

absl::Status CheckPurpose(const Caller& caller, std::string_view purpose) {
  if (purpose.empty() || AllowsPurpose(caller, purpose)) return absl::OkStatus();
  return Denied("PURPOSE_DENIED", "this key is not for this purpose");
}

bool AllowsPurpose(const Caller& caller, std::string_view purpose) {
  return Allows(caller.purposes, purpose);
}

}  // namespace posthaste::api

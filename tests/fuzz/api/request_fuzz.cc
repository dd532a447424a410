// Whatever bytes a request to send consists of, it becomes an order for what it asks, or is refused
// with a reason: INVALID_ARGUMENT names fields that the request has and repeats no address, and
// NOT_FOUND is for a template. The same bytes are judged the same again.
//
// The first byte chooses the method; the rest is the request as it comes over the wire.
#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "service/api/notice_order.h"
#include "service/api/order.h"
#include "service/api/template_order.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void Require(bool ok) {
  if (!ok) std::abort();
}

const OrderContext kContext = {absl::UnixEpoch() + absl::Hours(24 * 365 * 56), kHashKey};

// Whether a caller finds `path` in a request of `type`: "labels[a]" and "variables.a.b" are of the
// map or the Struct, whatever they name in it.
bool HasField(const Descriptor* type, std::string_view path) {
  const size_t end = std::min(path.find_first_of(".["), path.size());
  const FieldDescriptor* field = type->FindFieldByName(std::string(path.substr(0, end)));
  if (field == nullptr) return false;
  if (end == path.size() || path[end] == '[') return end == path.size() || field->is_repeated();
  const Descriptor* inner = field->message_type();
  if (inner == nullptr) return false;
  return inner == google::protobuf::Struct::descriptor() || HasField(inner, path.substr(end + 1));
}

// Whether `text` is long enough not to be a word of ours by chance.
bool IsTelling(std::string_view text) {
  return text.size() >= 12 && text.find('@') != std::string_view::npos;
}

void RequireTrueRefusal(const absl::Status& status, const Descriptor* type,
                        const std::string& address) {
  if (status.code() == absl::StatusCode::kNotFound) {
    Require(ReasonOf(status) == "TEMPLATE_NOT_FOUND");
    return;
  }
  Require(status.code() == absl::StatusCode::kInvalidArgument && !ReasonOf(status).empty());
  const auto bad = DetailOf<google::rpc::BadRequest>(status);
  Require(bad.field_violations_size() > 0);
  for (const auto& violation : bad.field_violations()) {
    Require(HasField(type, violation.field()));
    Require(!violation.description().empty());
    if (IsTelling(address)) Require(violation.description().find(address) == std::string::npos);
  }
}

void RequireTrueOrder(const SendOrder& order, const std::string& address,
                      const std::string& request_id) {
  Require(order.tenant == &TheWorld().tenant() && order.sender != nullptr && order.mail != nullptr);
  Require(order.recipient.address == address);
  Require(!HasControl(order.recipient_name) && IsUtf8(order.recipient_name));
  Require(order.request_id == request_id);
  Require(order.code.has_value() == (order.mail->mail_class() == templates::MailClass::kCode));
  Require(order.code.has_value() || (order.ttl > absl::ZeroDuration() && order.ttl <= kNoticeLife));
}

bool SameStatus(const absl::Status& one, const absl::Status& other) {
  return one.code() == other.code() && ReasonOf(one) == ReasonOf(other);
}

absl::StatusOr<SendOrder> Check(const v1::SendVerificationCodeRequest& request) {
  return CheckOrder(request, TheWorld().tenant(), kHashKey);
}
absl::StatusOr<SendOrder> Check(const v1::ResendVerificationCodeRequest& request) {
  return CheckOrder(request, TheWorld().tenant(), kHashKey);
}
template <typename Request>
absl::StatusOr<SendOrder> Check(const Request& request) {
  return CheckOrder(request, TheWorld().tenant(), kContext);
}

template <typename Request>
void Try(std::string_view bytes) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const absl::StatusOr<SendOrder> order = Check(request);
  const absl::StatusOr<SendOrder> again = Check(request);
  Require(SameStatus(order.status(), again.status()));
  if (!order.ok()) {
    RequireTrueRefusal(order.status(), Request::descriptor(), request.recipient());
    return;
  }
  RequireTrueOrder(*order, request.recipient(), request.request_id());
  Require(order->fingerprint == again->fingerprint);
}

void TryEmailChanged(std::string_view bytes) {
  v1::SendEmailChangedRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const absl::StatusOr<EmailChangedOrders> orders =
      CheckOrder(request, TheWorld().tenant(), kContext);
  if (!orders.ok()) {
    for (const std::string* address : {&request.old_recipient(), &request.new_recipient()})
      RequireTrueRefusal(orders.status(), request.GetDescriptor(), *address);
    return;
  }
  RequireTrueOrder(orders->before, request.old_recipient(), request.request_id());
  RequireTrueOrder(orders->after, request.new_recipient(), request.request_id());
  Require(orders->before.recipient.lookup != orders->after.recipient.lookup);
}

}  // namespace
}  // namespace posthaste::api

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace posthaste::api;
  namespace v1 = posthaste::v1;
  using Method = void (*)(std::string_view);
  static constexpr Method kMethods[] = {Try<v1::SendVerificationCodeRequest>,
                                        Try<v1::ResendVerificationCodeRequest>,
                                        Try<v1::SendPasswordChangedRequest>,
                                        Try<v1::SendNewSignInRequest>,
                                        Try<v1::SendMfaChangedRequest>,
                                        Try<v1::SendTemplateRequest>,
                                        TryEmailChanged};
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  kMethods[data[0] % std::size(kMethods)](bytes.substr(1));
  return 0;
}

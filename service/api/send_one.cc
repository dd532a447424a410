#include "service/api/send_one.h"

#include <optional>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/api/convert.h"
#include "service/api/refusal.h"
#include "service/api/send.h"

namespace posthaste::api {
namespace {

// When a message is tried first that was given its time.
std::optional<queue::Score> Scheduled(const SendOrder& order, const queue::Record& record) {
  if (!order.send_time || record.head.state != v1::Message::QUEUED) return std::nullopt;
  queue::Score score;
  score.visible_ms = absl::ToUnixMillis(*order.send_time);
  return score;
}

v1::SendError ToError(const absl::Status& status) {
  v1::SendError error;
  error.set_code(static_cast<int>(status.code()));
  error.set_reason(ReasonOf(status));
  error.set_message(std::string(status.message()));
  google::rpc::Status details;
  details.ParseFromString(DetailsOf(status));
  google::rpc::BadRequest bad;
  for (const google::protobuf::Any& any : details.details()) {
    if (any.UnpackTo(&bad)) break;
  }
  for (const google::rpc::BadRequest::FieldViolation& one : bad.field_violations()) {
    v1::SendError::Violation& violation = *error.add_violations();
    violation.set_field(one.field());
    violation.set_description(one.description());
  }
  const absl::Duration wait = RetryDelayOf(status);
  if (wait < absl::ZeroDuration()) return error;
  const int64_t millis = absl::ToInt64Milliseconds(wait);
  error.mutable_retry_delay()->set_seconds(millis / 1000);
  error.mutable_retry_delay()->set_nanos(static_cast<int32_t>(millis % 1000 * 1'000'000));
  return error;
}

}  // namespace

OrderContext ContextOf(const Call& call) {
  return {call.backend.store->clock().Now(), call.backend.shared->hash_key.Reveal()};
}

Task<SentOne> SendOne(Call& call, absl::StatusOr<SendOrder> order) {
  SentOne one;
  one.status = order.status();
  if (!order.ok()) co_return one;
  order->traceparent = call.traceparent;
  const absl::StatusOr<Sent> sent = co_await Send(call, *order);
  one.status = sent.status();
  if (!sent.ok()) co_return one;
  one.replay = sent->replay;
  if (sent->record)
    one.message = ToMessage(sent->message_id, *sent->record, Scheduled(*order, *sent->record));
  co_return one;
}

v1::SendResult ToResult(const SentOne& sent) {
  v1::SendResult result;
  result.set_replay(sent.replay);
  if (sent.status.ok()) {
    *result.mutable_message() = sent.message;
  } else {
    *result.mutable_error() = ToError(sent.status);
  }
  return result;
}

}  // namespace posthaste::api

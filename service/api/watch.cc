#include "service/api/watch.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "service/api/fields.h"
#include "service/api/messages.h"
#include "service/api/stream.h"

namespace posthaste::api {
namespace {

constexpr const Method& kMethod = *FindMethod("WatchMessage");
constexpr size_t kEventsMax = 64;  // A slower reader reads the present state again.

bool IsTerminal(v1::Message::State state) { return queue::IsTerminal(state); }

// ACCEPTED may still become BOUNCED; nothing comes after any other end.
bool IsOver(v1::Message::State state, bool include_late) {
  return IsTerminal(state) && !(include_late && state == v1::Message::ACCEPTED);
}

Task<absl::Status> Follow(const Bridge& bridge, Call& call, const v1::WatchMessageRequest& request,
                          Stream<v1::WatchMessageResponse>& stream, StreamLink& link) {
  Fields fields;
  fields.Id("id", request.id(), 'm');
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  auto subscribed =
      co_await call.backend.store->events().Subscribe(call.caller.tenant, request.id(), kEventsMax);
  if (!subscribed.ok()) co_return FromStore(subscribed.status());
  v1::Message told;
  bool look = true;
  while (!link.cancelled) {
    if (look) {
      absl::StatusOr<v1::Message> message = co_await ReadMessage(call, request.id());
      if (!message.ok()) co_return message.status();
      if (!google::protobuf::util::MessageDifferencer::Equals(*message, told)) {
        told = *std::move(message);
        v1::WatchMessageResponse response;
        *response.mutable_message() = told;
        if (absl::Status sent = co_await stream.Send(response); !sent.ok()) co_return sent;
      }
      if (IsOver(told.state(), request.include_late())) co_return absl::OkStatus();
    }
    const queue::EventTailer::Subscription::News news = co_await (*subscribed)->Next(kStreamLook);
    if (news.ended)
      co_return Unavailable("SHUTTING_DOWN", "this instance is stopping", absl::Milliseconds(200));
    if (absl::Status good = bridge.MayGoOn(call, kMethod); !good.ok()) co_return good;
    look = news.reread || !news.events.empty();
  }
  co_return absl::CancelledError("the client is gone");
}

}  // namespace

grpc::ServerWriteReactor<v1::WatchMessageResponse>* WatchMessage(
    Bridge& bridge, grpc::CallbackServerContext* context, const v1::WatchMessageRequest* request) {
  return StartStream<v1::WatchMessageRequest, v1::WatchMessageResponse>(bridge, kMethod, context,
                                                                        *request, Follow);
}

}  // namespace posthaste::api

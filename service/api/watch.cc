#include "service/api/watch.h"

#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/signal.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/messages.h"

namespace posthaste::api {
namespace {

using Reactor = grpc::ServerWriteReactor<v1::WatchMessageResponse>;

constexpr const Method& kMethod = *FindMethod("WatchMessage");
constexpr size_t kEventsMax = 64;  // A slower reader reads the present state again.
constexpr absl::Duration kLook =
    absl::Seconds(1);  // How often a watch looks whether its client is still there.
constexpr absl::Duration kWriteLimit = absl::Minutes(5);  // For a client that does not read.

bool IsTerminal(v1::Message::State state) { return queue::IsTerminal(state); }

// What the coroutine on the loop and the callbacks on gRPC's threads share; touched on the loop
// only.
struct Link {
  explicit Link(Loop& loop) : written(loop) {}
  Signal written;
  bool write_done = false, write_ok = false, cancelled = false;
};

// Writes answers one at a time and outlives the coroutine, as gRPC asks.
class Watch final : public Reactor {
 public:
  void Begin(std::shared_ptr<Link> link, Loop* loop) {
    loop_ = loop;
    link_ = std::move(link);
  }

  void OnWriteDone(bool ok) override {
    asio::post(*loop_, [link = link_, ok] {
      link->write_done = true;
      link->write_ok = ok;
      link->written.Notify();
    });
  }
  void OnCancel() override {
    if (loop_ == nullptr) return;
    asio::post(*loop_, [link = link_] {
      link->cancelled = true;
      link->written.Notify();
    });
  }
  void OnDone() override { delete this; }

  v1::WatchMessageResponse response;  // Of the write under way.

 private:
  Loop* loop_ = nullptr;
  std::shared_ptr<Link> link_;
};

// False: the client is gone, or reads nothing.
Task<bool> Write(Watch* watch, Link& link, const v1::Message& message) {
  *watch->response.mutable_message() = message;
  link.write_done = false;
  watch->StartWrite(&watch->response);
  absl::Duration waited = absl::ZeroDuration();
  while (!link.write_done && !link.cancelled && waited < kWriteLimit) {
    co_await link.written.Wait(kLook);
    waited += kLook;
  }
  co_return link.write_done&& link.write_ok;
}

// ACCEPTED may still become BOUNCED; nothing comes after any other end.
bool IsOver(v1::Message::State state, bool include_late) {
  return IsTerminal(state) && !(include_late && state == v1::Message::ACCEPTED);
}

Task<absl::Status> Follow(const Bridge& bridge, Call& call, const v1::WatchMessageRequest& request,
                          Watch* watch, Link& link) {
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
        if (!co_await Write(watch, link, told))
          co_return absl::CancelledError("the client is gone");
      }
      if (IsOver(told.state(), request.include_late())) co_return absl::OkStatus();
    }
    const queue::EventTailer::Subscription::News news = co_await (*subscribed)->Next(kLook);
    if (news.ended)
      co_return Unavailable("SHUTTING_DOWN", "this instance is stopping", absl::Milliseconds(200));
    if (absl::Status good = bridge.MayGoOn(call, kMethod); !good.ok()) co_return good;
    look = news.reread || !news.events.empty();
  }
  co_return absl::CancelledError("the client is gone");
}

Task<void> Run(Bridge* bridge, grpc::CallbackServerContext* context, Call call,
               v1::WatchMessageRequest request, Watch* watch, std::shared_ptr<Link> link) {
  const SteadyTime start = call.backend.shared->clock->Steady();
  absl::Status status = absl::InternalError("unexpected exception");
  try {
    status = co_await Follow(*bridge, call, request, watch, *link);
  } catch (const std::exception& error) {
    HandlerThrew(kMethod.name, error.what());
  }
  AddTrailers(call, status, context);
  bridge->End(call, kMethod, status, start);
  watch->Finish(absl::IsCancelled(status) ? grpc::Status::CANCELLED : ToGrpc(status));
}

}  // namespace

Reactor* WatchMessage(Bridge& bridge, grpc::CallbackServerContext* context,
                      const v1::WatchMessageRequest* request) {
  auto* watch = new Watch;  // Deletes itself in OnDone.
  absl::StatusOr<Call> call = bridge.Begin(context, kMethod);
  if (!call.ok()) {
    AddPushback(call.status(), context);
    watch->Finish(ToGrpc(call.status()));
    return watch;
  }
  Loop& loop = *call->backend.loop;
  auto link = std::make_shared<Link>(loop);
  watch->Begin(link, &loop);
  asio::co_spawn(loop, Run(&bridge, context, *std::move(call), *request, watch, link),
                 asio::detached);
  return watch;
}

}  // namespace posthaste::api

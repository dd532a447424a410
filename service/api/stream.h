// A server stream: its reactor, and the coroutine that feeds it.
//
// The reactor lives until gRPC is done with it, the coroutine until it is over; what both touch is
// the StreamLink, on the loop only. At most a second passes between a client's going and the end of
// its coroutine.
#pragma once

#include <grpcpp/grpcpp.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/signal.h"
#include "service/api/bridge.h"
#include "service/api/events.h"

namespace posthaste::api {

// How often a stream looks whether its client is still there.
inline constexpr absl::Duration kStreamLook = absl::Seconds(1);
// For a client that does not read.
inline constexpr absl::Duration kUnreadMax = absl::Minutes(5);

struct StreamLink {
  explicit StreamLink(Loop& loop) : written(loop) {}
  Signal written;
  bool write_done = false, write_ok = false, cancelled = false;
  bool unread = false;  // The last write was given up.
};

// Writes answers one at a time. Deletes itself in OnDone.
template <typename Response>
class Stream final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit Stream(absl::Duration unread_max) : unread_max_(unread_max) {}

  // REQUIRES: before anything is written.
  void Begin(std::shared_ptr<StreamLink> link, Loop* loop) {
    loop_ = loop;
    link_ = std::move(link);
  }

  // Sends `response`. CANCELLED: the client is gone. RESOURCE_EXHAUSTED: it did not read for
  // as long as it may, and the response is lost. REQUIRES: on the loop, one at a time.
  Task<absl::Status> Send(const Response& response);

  // Called when gRPC lets go of this. REQUIRES: before Finish.
  void AtDone(absl::AnyInvocable<void()> act) { at_done_ = std::move(act); }

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
  void OnDone() override {
    if (at_done_) at_done_();
    delete this;
  }

 private:
  const absl::Duration unread_max_;
  Loop* loop_ = nullptr;
  std::shared_ptr<StreamLink> link_;
  Response response_;  // Of the write under way.
  absl::AnyInvocable<void()> at_done_;
};

template <typename Response>
Task<absl::Status> Stream<Response>::Send(const Response& response) {
  const std::shared_ptr<StreamLink> link = link_;
  response_ = response;
  link->write_done = false;
  this->StartWrite(&response_);
  absl::Duration waited = absl::ZeroDuration();
  while (!link->write_done && !link->cancelled && waited < unread_max_) {
    co_await link->written.Wait(kStreamLook);
    waited += kStreamLook;
  }
  if (link->write_done && link->write_ok) co_return absl::OkStatus();
  if (link->write_done || link->cancelled) co_return absl::CancelledError("the client is gone");
  link->unread = true;
  co_return Exhausted("QUEUE_FULL", "unread", "nothing was read for five minutes",
                      absl::Seconds(1));
}

// What a method does with its stream. CANCELLED: the client is gone.
template <typename Request, typename Response>
using Feed = Task<absl::Status> (*)(const Bridge& bridge, Call& call, const Request& request,
                                    Stream<Response>& stream, StreamLink& link);

template <typename Request, typename Response>
Task<void> RunStream(Bridge* bridge, const Method* method, grpc::CallbackServerContext* context,
                     Call call, Request request, Stream<Response>* stream,
                     std::shared_ptr<StreamLink> link, Feed<Request, Response> feed) {
  const SteadyTime start = call.backend.shared->clock->Steady();
  absl::Status status = absl::InternalError("unexpected exception");
  try {
    status = co_await feed(*bridge, call, request, *stream, *link);
  } catch (const std::exception& error) {
    HandlerThrew(method->name, error.what());
  }
  AddTrailers(call, status, context);
  const grpc::Status told = absl::IsCancelled(status) ? grpc::Status::CANCELLED : ToGrpc(status);
  auto end = [bridge, method, status, start, call] { bridge->End(call, *method, status, start); };
  // Behind what a client does not read waits its end: gRPC keeps such a stream for as long as the
  // connection lives, and so it keeps its place among the tenant's.
  if (link->unread) {
    stream->AtDone(std::move(end));
  } else {
    end();
  }
  stream->Finish(told);
}

// The reactor of a call of `method`. `unread_max`: how long its client may leave an answer unread.
template <typename Request, typename Response>
grpc::ServerWriteReactor<Response>* StartStream(Bridge& bridge, const Method& method,
                                                grpc::CallbackServerContext* context,
                                                const Request& request,
                                                Feed<Request, Response> feed,
                                                absl::Duration unread_max = kUnreadMax) {
  auto* stream = new Stream<Response>(unread_max);  // Deletes itself in OnDone.
  absl::StatusOr<Call> call = bridge.Begin(context, method);
  if (!call.ok()) {
    AddPushback(call.status(), context);
    stream->Finish(ToGrpc(call.status()));
    return stream;
  }
  Loop& loop = *call->backend.loop;
  auto link = std::make_shared<StreamLink>(loop);
  stream->Begin(link, &loop);
  asio::co_spawn(loop,
                 RunStream<Request, Response>(&bridge, &method, context, *std::move(call), request,
                                              stream, link, feed),
                 asio::detached);
  return stream;
}

}  // namespace posthaste::api

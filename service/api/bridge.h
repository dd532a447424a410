// From gRPC's threads to our loops and back: the one wrapper that every method passes.
//
// It authenticates and authorises (interceptors cannot refuse a call in gRPC 1.51, and an
// AuthMetadataProcessor never runs on plain connections), posts the call to a loop, runs the
// handler there as a coroutine, and finishes the reactor. A cancelled call runs to its end: a write
// to Redis that was begun is never abandoned half known.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/api/backend.h"
#include "service/api/call_counts.h"
#include "service/api/events.h"
#include "service/api/methods.h"
#include "service/api/refusal.h"
#include "service/api/snapshot.h"

namespace posthaste::api {

class Bridge {
 public:
  // `snapshots` outlives the bridge.
  explicit Bridge(const Snapshots& snapshots) : snapshots_(snapshots) {}

  // Runs `handle` for a call of `method`. `handle` is Task<absl::Status>(Call&, const Request&,
  // Response&).
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const char* method,
                                  const Request* request, Response* response,
                                  Task<absl::Status> (*handle)(Call&, const Request&, Response&));

  // Whether the store is proved: until then, and whenever it is not, calls are refused with
  // STORE_UNAVAILABLE. Nothing is answered OK that a store of the wrong kind holds.
  void SetStoreReady(bool ready) { store_ready_ = ready; }

  // Refuses whatever comes from now on with SHUTTING_DOWN.
  void StopTaking() { stopping_ = true; }
  bool stopping() const { return stopping_; }
  int calls() const { return counts_.calls(); }

  // The parts that streaming methods use too. More calls at once than CallCounts allows are refused
  // with QUEUE_FULL.
  absl::StatusOr<Call> Begin(grpc::CallbackServerContext* context, const Method& method);
  void End(const Call& call, const Method& method, const absl::Status& status, SteadyTime start);

  // Whether a call that stays open may go on: UNAUTHENTICATED when a reload, or time, has taken the
  // key away; UNAVAILABLE when this instance stops.
  absl::Status MayGoOn(const Call& call, const Method& method) const;

 private:
  template <typename Request, typename Response>
  static Task<void> Run(Bridge* bridge, const Method* method, Call call,
                        grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                        const Request* request, Response* response,
                        Task<absl::Status> (*handle)(Call&, const Request&, Response&));

  const Snapshots& snapshots_;
  CallCounts counts_;
  std::atomic<size_t> next_ = 0;  // The loop of the next call.
  std::atomic<bool> store_ready_ = true;
  std::atomic<bool> stopping_ = false;
};

// `status` with its details, as gRPC sends it.
grpc::Status ToGrpc(const absl::Status& status);

// Trailers that tell what the status cannot: grpc-retry-pushback-ms of every refusal with a wait;
// of a call that was begun also x-idempotent-replay and x-durability.
void AddPushback(const absl::Status& status, grpc::CallbackServerContext* context);
void AddTrailers(const Call& call, const absl::Status& status,
                 grpc::CallbackServerContext* context);

template <typename Request, typename Response>
Task<void> Bridge::Run(Bridge* bridge, const Method* method, Call call,
                       grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                       const Request* request, Response* response,
                       Task<absl::Status> (*handle)(Call&, const Request&, Response&)) {
  const SteadyTime start = call.backend.shared->clock->Steady();
  // Whatever happens, the call is answered: an exception that passes here would leave it open for
  // ever.
  absl::Status status = absl::InternalError("unexpected exception");
  try {
    status = co_await handle(call, *request, *response);
  } catch (const std::exception& error) {
    HandlerThrew(method->name, error.what());
  }
  AddTrailers(call, status, context);
  bridge->End(call, *method, status, start);
  reactor->Finish(ToGrpc(status));
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Bridge::Unary(
    grpc::CallbackServerContext* context, const char* method_name, const Request* request,
    Response* response, Task<absl::Status> (*handle)(Call&, const Request&, Response&)) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const Method* method = FindMethod(method_name);
  absl::StatusOr<Call> call = Begin(context, *method);
  if (!call.ok()) {
    AddPushback(call.status(), context);
    reactor->Finish(ToGrpc(call.status()));
    return reactor;
  }
  Loop& loop = *call->backend.loop;
  asio::co_spawn(loop,
                 Run<Request, Response>(this, method, *std::move(call), context, reactor, request,
                                        response, handle),
                 asio::detached);
  return reactor;
}

}  // namespace posthaste::api

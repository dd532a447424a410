// From gRPC's threads to our loops and back: the one wrapper that every method passes.
//
// It authenticates and authorises (interceptors cannot refuse a call in gRPC 1.51, and an
// AuthMetadataProcessor never runs on plain connections), posts the call to a loop, runs the
// handler there as a coroutine, and finishes the reactor. A cancelled call runs to its end: a write
// to Redis that was begun is never abandoned half known. So does one that takes longer than a call
// may; its caller is told DEADLINE_EXCEEDED then.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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
  static constexpr absl::Duration kCallLimit = absl::Minutes(1);

  // `snapshots` outlives the bridge. No caller of a unary method waits longer than `call_limit`,
  // whatever its own deadline.
  explicit Bridge(const Snapshots& snapshots, absl::Duration call_limit = kCallLimit)
      : snapshots_(snapshots), call_limit_(call_limit) {}

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
  // A unary call until its handler has ended. Touched on its loop only.
  struct Unanswered {
    Unanswered(const Method& its_method, Call its_call, grpc::CallbackServerContext* its_context,
               grpc::ServerUnaryReactor* its_reactor)
        : method(its_method),
          call(std::move(its_call)),
          context(its_context),
          reactor(its_reactor),
          limit(*call.backend.loop) {}

    const Method& method;
    Call call;
    const SteadyTime start = call.backend.shared->clock->Steady();
    grpc::CallbackServerContext* const context;  // Gone with the answer, and so is the reactor.
    grpc::ServerUnaryReactor* const reactor;
    bool answered = false;
    asio::steady_timer limit;
  };
  // With what it was asked and what it will say: gRPC's are gone when the limit has answered.
  template <typename Request, typename Response>
  struct Handling : Unanswered {
    using Unanswered::Unanswered;
    Request request;
    Response response;
    Response* answer = nullptr;
  };

  template <typename Request, typename Response>
  static Task<void> Run(Bridge* bridge, std::shared_ptr<Handling<Request, Response>> one,
                        Task<absl::Status> (*handle)(Call&, const Request&, Response&));
  // Answers with DEADLINE_EXCEEDED once `one` has taken too long.
  void LimitCall(const std::shared_ptr<Unanswered>& one) const;
  // Answers with `told`, which is `status` as gRPC sends it. REQUIRES: not answered.
  static void Answer(Unanswered& one, const absl::Status& status, const grpc::Status& told);

  const Snapshots& snapshots_;
  const absl::Duration call_limit_;
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
Task<void> Bridge::Run(Bridge* bridge, std::shared_ptr<Handling<Request, Response>> one,
                       Task<absl::Status> (*handle)(Call&, const Request&, Response&)) {
  bridge->LimitCall(one);
  // Whatever happens, the call is answered: an exception that passes here would leave it open for
  // ever.
  absl::Status status = absl::InternalError("unexpected exception");
  try {
    status = co_await handle(one->call, one->request, one->response);
  } catch (const std::exception& error) {
    HandlerThrew(one->method.name, error.what());
  }
  one->limit.cancel();
  bridge->counts_.End(one->call.caller.tenant, one->method.watch);
  if (one->answered) co_return;
  *one->answer = std::move(one->response);
  Answer(*one, status, ToGrpc(status));
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
  auto one =
      std::make_shared<Handling<Request, Response>>(*method, *std::move(call), context, reactor);
  one->request = *request;
  one->answer = response;
  asio::co_spawn(loop, Run<Request, Response>(this, std::move(one), handle), asio::detached);
  return reactor;
}

}  // namespace posthaste::api

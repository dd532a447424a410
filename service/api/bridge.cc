#include "service/api/bridge.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/support/status.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/events.h"
#include "service/api/peer.h"

namespace posthaste::api {
namespace {

std::string Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

// version-traceid-parentid-flags (W3C Trace Context 3.2.2); anything else is not carried on.
std::string Traceparent(const grpc::CallbackServerContext& context) {
  const std::string value = Metadata(context, "traceparent");
  if (value.size() != 55 || value[2] != '-' || value[35] != '-' || value[52] != '-') return "";
  for (const char c : value) {
    if (c != '-' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return "";
  }
  return value;
}

// The alternative names of a client certificate that gRPC has verified.
std::vector<std::string> CertificateNames(const grpc::CallbackServerContext& context) {
  std::vector<std::string> names;
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return names;
  for (const grpc::string_ref& name : peer->FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME))
    names.emplace_back(name.data(), name.size());
  return names;
}

Credentials Shown(const grpc::CallbackServerContext& context) {
  return {Metadata(context, "authorization"), CertificateNames(context),
          AddressOfPeer(context.peer())};
}

absl::Status ShuttingDown() {
  return Unavailable("SHUTTING_DOWN", "this instance is stopping", absl::Milliseconds(200));
}

}  // namespace

absl::StatusOr<Call> Bridge::Begin(grpc::CallbackServerContext* context, const Method& method) {
  const std::shared_ptr<InForce> in_force = snapshots_.Now();
  Backend& backend = in_force->backends[next_++ % in_force->backends.size()];
  const Shared& shared = *backend.shared;
  const Credentials shown = Shown(*context);
  const auto refuse = [&](absl::Status status, const Caller& caller = {}) {
    Answered(method.name, status, absl::ZeroDuration(), {caller.tenant, caller.key, shown.source});
    return status;
  };
  if (stopping_) return refuse(ShuttingDown());
  if (!store_ready_) {
    return refuse(Unavailable("STORE_UNAVAILABLE",
                              "the store is not ready; nothing is lost, ask again",
                              absl::Seconds(1)));
  }
  absl::StatusOr<Caller> caller =
      in_force->snapshot->authenticator().Authenticate(shown, shared.clock->Now());
  if (!caller.ok()) return refuse(caller.status());
  if (method.scope != kAnyKey && !caller->scopes.contains(method.scope) &&
      !caller->scopes.contains(method.other_scope)) {
    return refuse(Denied("SCOPE_MISSING",
                         absl::StrCat("this key lacks the scope ", std::string(method.scope))),
                  *caller);
  }
  const TenantView* tenant = shared.tenants->Find(caller->tenant);
  if (tenant == nullptr)
    return refuse(Denied("SCOPE_MISSING", "this key's tenant sends no mail"), *caller);
  if (!counts_.Begin(caller->tenant, method.watch)) {
    return refuse(Exhausted("QUEUE_FULL", method.watch ? "watches" : "calls",
                            "too many calls at once", absl::Seconds(1)),
                  *caller);
  }
  Call call{backend, *std::move(caller), tenant, Traceparent(*context)};
  call.life = in_force;
  return call;
}

void Bridge::End(const Call& call, const Method& method, const absl::Status& status,
                 SteadyTime start) {
  counts_.End(call.caller.tenant, method.watch);
  Answered(method.name, status, absl::FromChrono(call.backend.shared->clock->Steady() - start),
           {call.caller.tenant, call.caller.key, call.caller.source});
}

// As gRPC says it of the caller's own deadline: without details.
void Bridge::LimitCall(const std::shared_ptr<Unanswered>& one) const {
  one->limit.expires_after(absl::ToChronoNanoseconds(call_limit_));
  one->limit.async_wait([one](const boost::system::error_code& cancelled) {
    if (cancelled || one->answered) return;
    const std::string why =
        "took longer than a call may, and may yet be done: ask again with the same request_id";
    Answer(*one, absl::DeadlineExceededError(why),
           grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, why));
  });
}

void Bridge::Answer(Unanswered& one, const absl::Status& status, const grpc::Status& told) {
  one.answered = true;
  AddTrailers(one.call, status, one.context);
  Answered(one.method.name, status,
           absl::FromChrono(one.call.backend.shared->clock->Steady() - one.start),
           {one.call.caller.tenant, one.call.caller.key, one.call.caller.source});
  one.reactor->Finish(told);
}

absl::Status Bridge::MayGoOn(const Call& call, const Method& method) const {
  if (stopping_) return ShuttingDown();
  const std::shared_ptr<InForce> in_force = snapshots_.Now();
  const absl::Time now = call.backend.shared->clock->Now();
  if (in_force->snapshot->authenticator().StillLetsIn(call.caller, method.scope, now))
    return absl::OkStatus();
  return Unauthenticated("this key was taken away or has expired");
}

void AddPushback(const absl::Status& status, grpc::CallbackServerContext* context) {
  const absl::Duration wait = RetryDelayOf(status);
  if (wait < absl::ZeroDuration()) return;
  context->AddTrailingMetadata("grpc-retry-pushback-ms",
                               absl::StrCat(absl::ToInt64Milliseconds(wait)));
}

void AddTrailers(const Call& call, const absl::Status& status,
                 grpc::CallbackServerContext* context) {
  if (call.replay) context->AddTrailingMetadata("x-idempotent-replay", "true");
  AddPushback(status, context);
  if (call.backend.shared->config->redis().durability() == config::v1::Redis::RELAXED) {
    context->AddTrailingMetadata("x-durability", "relaxed");
  }
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string details = DetailsOf(status);
  // An absl::Status that nobody turned into a refusal is a fault of ours; its text may name inner
  // things.
  if (details.empty()) return grpc::Status(grpc::StatusCode::INTERNAL, "internal error");
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      details);
}

}  // namespace posthaste::api

#include "service/api/bridge.h"

#include <grpcpp/support/status.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/events.h"

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

}  // namespace

Bridge::Bridge(std::vector<Backend> backends, const Authenticator& authenticator)
    : backends_(std::move(backends)), authenticator_(authenticator) {}

absl::StatusOr<Call> Bridge::Begin(grpc::CallbackServerContext* context, const Method& method) {
  Backend& backend = backends_[next_++ % backends_.size()];
  const Shared& shared = *backend.shared;
  const auto refuse = [&](absl::Status status) {
    Answered(method.name, status, absl::ZeroDuration());
    return status;
  };
  if (stopping_)
    return refuse(
        Unavailable("SHUTTING_DOWN", "this instance is stopping", absl::Milliseconds(200)));
  if (!store_ready_) {
    return refuse(Unavailable("STORE_UNAVAILABLE",
                              "the store is not ready; nothing is lost, ask again",
                              absl::Seconds(1)));
  }
  if (calls_ >= kCallsMax)
    return refuse(Exhausted("QUEUE_FULL", "calls", "too many calls at once", absl::Seconds(1)));
  absl::StatusOr<Caller> caller =
      authenticator_.Authenticate(Metadata(*context, "authorization"), shared.clock->Now());
  if (!caller.ok()) return refuse(caller.status());
  if (!caller->scopes.contains(method.scope) && !caller->scopes.contains(method.other_scope)) {
    return refuse(Denied("SCOPE_MISSING",
                         absl::StrCat("this key lacks the scope ", std::string(method.scope))));
  }
  const TenantView* tenant = shared.tenants->Find(caller->tenant);
  if (tenant == nullptr) return refuse(Denied("SCOPE_MISSING", "this key's tenant sends no mail"));
  ++calls_;
  return Call{backend, *std::move(caller), tenant, Traceparent(*context)};
}

void Bridge::End(std::string_view method, const absl::Status& status, SteadyTime start) {
  --calls_;
  Answered(method, status, absl::FromChrono(backends_[0].shared->clock->Steady() - start));
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

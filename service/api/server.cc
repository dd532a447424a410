#include "service/api/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "service/api/account_service.h"
#include "service/api/event_service.h"
#include "service/api/message_service.h"
#include "service/api/notification_service.h"
#include "service/api/operations_service.h"
#include "service/api/server_tls.h"
#include "service/api/suppression_service.h"
#include "service/api/template_service.h"
#include "service/api/verification_service.h"

namespace posthaste::api {
namespace {

constexpr int kRequestBytesMax = 1 << 20, kMetadataBytesMax = 8 << 10, kStreamsMax = 100;
constexpr int kMinute = 60'000;  // Milliseconds.
constexpr absl::Duration kTellFor = absl::Milliseconds(500), kLameDuck = absl::Seconds(5);

// gRPC's library turns reflection on for every server of the process as soon as it is loaded.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins,
                  [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             30 * kMinute);  // gRPC adds ±10 % itself.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kMinute);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  // Without this a second server binds the same port without a word and takes half the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// Calls that come while gRPC shuts down are CANCELLED without a word. So whoever calls is told
// SHUTTING_DOWN for a while first, and what is under way ends.
void WaitForQuiet(const Bridge& bridge, absl::Duration limit) {
  const SteadyTime begin = SystemClock().Steady();
  const SteadyTime least = begin + absl::ToChronoNanoseconds(std::min(limit, kTellFor));
  const SteadyTime end = begin + absl::ToChronoNanoseconds(limit);
  for (SteadyTime now = begin; now < least || (bridge.calls() > 0 && now < end);
       now = SystemClock().Steady())
    absl::SleepFor(absl::Milliseconds(10));
}

std::string WithPort(const std::string& address, int port) {
  const size_t colon = address.rfind(':');
  return address.rfind("unix:", 0) == 0 ? address
                                        : absl::StrCat(address.substr(0, colon), ":", port);
}

}  // namespace

struct Server::Impl {
  std::unique_ptr<ServerTls> tls;  // Null: in clear.
  explicit Impl(Bridge& bridge)
      : bridge(bridge),
        verifications(bridge),
        notifications(bridge),
        messages(bridge),
        events(bridge),
        suppressions(bridge),
        operations(bridge),
        templates(bridge),
        account(bridge) {}

  Bridge& bridge;
  VerificationService verifications;
  NotificationService notifications;
  MessageService messages;
  EventService events;
  SuppressionService suppressions;
  OperationsService operations;
  TemplateService templates;
  AccountService account;
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

absl::Status Server::CheckTls(const config::v1::Grpc& config) {
  return config.has_tls() ? ServerTls::Check(config.tls()) : absl::OkStatus();
}

absl::Status Server::PrepareTls(const config::v1::Grpc& config) {
  return impl_->tls == nullptr ? absl::OkStatus() : impl_->tls->Prepare(config.tls());
}

absl::Status Server::ShowTls() {
  return impl_->tls == nullptr ? absl::OkStatus() : impl_->tls->Show();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const config::v1::Grpc& config,
                                                      Bridge& bridge) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto impl = std::make_unique<Impl>(bridge);
  if (config.has_tls()) {
    absl::StatusOr<std::unique_ptr<ServerTls>> tls = ServerTls::Make(config.tls());
    if (!tls.ok()) return tls.status();
    impl->tls = *std::move(tls);
  }
  grpc::ServerBuilder builder;
  SetLimits(builder);
  if (!config.reflection()) builder.SetOption(std::make_unique<WithoutReflection>());
  int port = 0;
  // Plain text is allowed on loopback and Unix sockets only; the configuration was checked for
  // that.
  builder.AddListeningPort(
      config.address(),
      impl->tls != nullptr ? impl->tls->Credentials() : grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&impl->verifications);
  builder.RegisterService(&impl->notifications);
  builder.RegisterService(&impl->messages);
  builder.RegisterService(&impl->events);
  builder.RegisterService(&impl->suppressions);
  builder.RegisterService(&impl->operations);
  builder.RegisterService(&impl->templates);
  builder.RegisterService(&impl->account);
  impl->server = builder.BuildAndStart();
  const bool unix_socket = config.address().rfind("unix:", 0) == 0;
  if (impl->server == nullptr || (port == 0 && !unix_socket)) {
    return absl::UnavailableError(absl::StrCat("grpc.address: cannot listen on ", config.address(),
                                               " (address taken, or not ours)"));
  }
  impl->address = WithPort(config.address(), port);
  auto server = std::unique_ptr<Server>(new Server(std::move(impl)));
  server->SetServing(false);
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(absl::ZeroDuration()); }

const std::string& Server::address() const { return impl_->address; }

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = impl_->server->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const char* service :
       {"VerificationService", "NotificationService", "MessageService", "EventService",
        "SuppressionService", "OperationsService", "TemplateService", "AccountService"}) {
    health->SetServingStatus(absl::StrCat("posthaste.v1.", service), serving);
  }
}

void Server::Stop(absl::Duration grace) {
  if (impl_->server == nullptr) return;
  SetServing(false);
  impl_->bridge.StopTaking();
  WaitForQuiet(impl_->bridge, std::min(grace, kLameDuck));
  impl_->server->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN)));
  impl_->server->Wait();
  impl_->server.reset();
}

}  // namespace posthaste::api

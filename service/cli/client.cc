#include "service/cli/client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "posthaste/v1/account_service.grpc.pb.h"
#include "posthaste/v1/event_service.grpc.pb.h"
#include "posthaste/v1/message_service.grpc.pb.h"
#include "posthaste/v1/notification_service.grpc.pb.h"
#include "posthaste/v1/operations_service.grpc.pb.h"
#include "posthaste/v1/suppression_service.grpc.pb.h"
#include "posthaste/v1/template_service.grpc.pb.h"
#include "posthaste/v1/verification_service.grpc.pb.h"
#include "service/config/load.h"

namespace posthaste::cli {
namespace {

constexpr size_t kCaBytesMax = size_t{1} << 20;  // The system's bundle has 220 KB.

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const Access& access) {
  if (access.ca_file.empty() && config::IsLoopback(access.address))
    return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!access.ca_file.empty()) {
    absl::StatusOr<std::string> bytes = ReadFile(access.ca_file, kCaBytesMax);
    if (!bytes.ok()) return bytes.status();
    options.pem_root_certs = *std::move(bytes);
  }
  return grpc::SslCredentials(options);
}

std::optional<Refusal> Read(const grpc::Status& status) {
  if (status.ok()) return std::nullopt;
  return ReadRefusal(static_cast<int>(status.error_code()), status.error_message(),
                     status.error_details());
}

// Until `each` has enough, the stream ends or its time is over.
template <typename Response>
std::optional<Refusal> ReadAll(grpc::ClientContext& context, grpc::ClientReader<Response>& reader,
                               const std::function<bool(const Response&)>& each) {
  Response response;
  bool enough = false;
  while (!enough && reader.Read(&response)) enough = !each(response);
  if (enough) context.TryCancel();
  const grpc::Status status = reader.Finish();
  if (enough || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) return std::nullopt;
  return Read(status);
}

}  // namespace

struct Client::Impl {
  Impl(const Access& access, std::shared_ptr<grpc::ChannelCredentials> credentials,
       absl::Duration limit)
      : address(access.address),
        authorization(absl::StrCat("Bearer ", std::string(access.key.Reveal()))),
        timeout(limit),
        channel(grpc::CreateChannel(access.address, credentials)),
        verifications(v1::VerificationService::NewStub(channel)),
        notifications(v1::NotificationService::NewStub(channel)),
        messages(v1::MessageService::NewStub(channel)),
        events(v1::EventService::NewStub(channel)),
        suppressions(v1::SuppressionService::NewStub(channel)),
        operations(v1::OperationsService::NewStub(channel)),
        templates(v1::TemplateService::NewStub(channel)),
        account(v1::AccountService::NewStub(channel)) {}

  const std::string address, authorization;
  const absl::Duration timeout;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::VerificationService::Stub> verifications;
  const std::unique_ptr<v1::NotificationService::Stub> notifications;
  const std::unique_ptr<v1::MessageService::Stub> messages;
  const std::unique_ptr<v1::EventService::Stub> events;
  const std::unique_ptr<v1::SuppressionService::Stub> suppressions;
  const std::unique_ptr<v1::OperationsService::Stub> operations;
  const std::unique_ptr<v1::TemplateService::Stub> templates;
  const std::unique_ptr<v1::AccountService::Stub> account;

  void Prepare(grpc::ClientContext& context, absl::Duration limit) const {
    context.AddMetadata("authorization", authorization);
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + limit));
  }

  template <typename Stub, typename Request, typename Answer>
  std::optional<Refusal> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Answer*),
                              const Request& request, Answer* answer) const {
    grpc::ClientContext context;
    Prepare(context, timeout);
    return Read((stub.*method)(&context, request, answer));
  }
};

absl::StatusOr<Client> Client::Make(const Access& access, absl::Duration timeout) {
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = CredentialsOf(access);
  if (!credentials.ok()) return credentials.status();
  return Client(std::make_unique<Impl>(access, *std::move(credentials), timeout));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

const std::string& Client::address() const { return impl_->address; }

std::optional<Refusal> Client::Send(const v1::SendVerificationCodeRequest& request,
                                    v1::Verification* answer) {
  return impl_->Call(*impl_->verifications, &v1::VerificationService::Stub::SendVerificationCode,
                     request, answer);
}

std::optional<Refusal> Client::Check(const v1::CheckVerificationCodeRequest& request,
                                     v1::CheckVerificationCodeResponse* answer) {
  return impl_->Call(*impl_->verifications, &v1::VerificationService::Stub::CheckVerificationCode,
                     request, answer);
}

std::optional<Refusal> Client::Send(const v1::SendPasswordChangedRequest& request,
                                    v1::Message* answer) {
  return impl_->Call(*impl_->notifications, &v1::NotificationService::Stub::SendPasswordChanged,
                     request, answer);
}

std::optional<Refusal> Client::Send(const v1::SendEmailChangedRequest& request,
                                    v1::SendEmailChangedResponse* answer) {
  return impl_->Call(*impl_->notifications, &v1::NotificationService::Stub::SendEmailChanged,
                     request, answer);
}

std::optional<Refusal> Client::Send(const v1::SendNewSignInRequest& request, v1::Message* answer) {
  return impl_->Call(*impl_->notifications, &v1::NotificationService::Stub::SendNewSignIn, request,
                     answer);
}

std::optional<Refusal> Client::Send(const v1::SendMfaChangedRequest& request, v1::Message* answer) {
  return impl_->Call(*impl_->notifications, &v1::NotificationService::Stub::SendMfaChanged, request,
                     answer);
}

std::optional<Refusal> Client::Send(const v1::SendTemplateRequest& request, v1::Message* answer) {
  return impl_->Call(*impl_->notifications, &v1::NotificationService::Stub::SendTemplate, request,
                     answer);
}

std::optional<Refusal> Client::Get(const v1::GetMessageRequest& request, v1::Message* answer) {
  return impl_->Call(*impl_->messages, &v1::MessageService::Stub::GetMessage, request, answer);
}

std::optional<Refusal> Client::List(const v1::ListMessagesRequest& request,
                                    v1::ListMessagesResponse* answer) {
  return impl_->Call(*impl_->messages, &v1::MessageService::Stub::ListMessages, request, answer);
}

std::optional<Refusal> Client::Attempts(const v1::ListAttemptsRequest& request,
                                        v1::ListAttemptsResponse* answer) {
  return impl_->Call(*impl_->messages, &v1::MessageService::Stub::ListAttempts, request, answer);
}

std::optional<Refusal> Client::Cancel(const v1::CancelMessageRequest& request,
                                      v1::Message* answer) {
  return impl_->Call(*impl_->messages, &v1::MessageService::Stub::CancelMessage, request, answer);
}

std::optional<Refusal> Client::Report(const v1::ReportBounceRequest& request, v1::Message* answer) {
  return impl_->Call(*impl_->messages, &v1::MessageService::Stub::ReportBounce, request, answer);
}

std::optional<Refusal> Client::Create(const v1::CreateSuppressionRequest& request,
                                      v1::Suppression* answer) {
  return impl_->Call(*impl_->suppressions, &v1::SuppressionService::Stub::CreateSuppression,
                     request, answer);
}

std::optional<Refusal> Client::Get(const v1::GetSuppressionRequest& request,
                                   v1::Suppression* answer) {
  return impl_->Call(*impl_->suppressions, &v1::SuppressionService::Stub::GetSuppression, request,
                     answer);
}

std::optional<Refusal> Client::List(const v1::ListSuppressionsRequest& request,
                                    v1::ListSuppressionsResponse* answer) {
  return impl_->Call(*impl_->suppressions, &v1::SuppressionService::Stub::ListSuppressions, request,
                     answer);
}

std::optional<Refusal> Client::Delete(const v1::DeleteSuppressionRequest& request) {
  google::protobuf::Empty nothing;
  return impl_->Call(*impl_->suppressions, &v1::SuppressionService::Stub::DeleteSuppression,
                     request, &nothing);
}

std::optional<Refusal> Client::Create(const v1::CreateHoldRequest& request, v1::Hold* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::CreateHold, request, answer);
}

std::optional<Refusal> Client::List(const v1::ListHoldsRequest& request,
                                    v1::ListHoldsResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::ListHolds, request, answer);
}

std::optional<Refusal> Client::Delete(const v1::DeleteHoldRequest& request, v1::Hold* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::DeleteHold, request, answer);
}

std::optional<Refusal> Client::Redrive(const v1::RedriveMessagesRequest& request,
                                       v1::RedriveMessagesResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::RedriveMessages, request,
                     answer);
}

std::optional<Refusal> Client::Reset(const v1::ResetRecipientLimitsRequest& request,
                                     v1::ResetRecipientLimitsResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::ResetRecipientLimits,
                     request, answer);
}

std::optional<Refusal> Client::Get(const v1::GetUsageRequest& request,
                                   v1::GetUsageResponse* answer) {
  return impl_->Call(*impl_->account, &v1::AccountService::Stub::GetUsage, request, answer);
}

std::optional<Refusal> Client::Export(const v1::ExportRecipientRequest& request,
                                      v1::ExportRecipientResponse* answer) {
  return impl_->Call(*impl_->account, &v1::AccountService::Stub::ExportRecipient, request, answer);
}

std::optional<Refusal> Client::Forget(const v1::ForgetRecipientRequest& request,
                                      v1::ForgetRecipientResponse* answer) {
  return impl_->Call(*impl_->account, &v1::AccountService::Stub::ForgetRecipient, request, answer);
}

std::optional<Refusal> Client::Probe(const v1::ProbeRelayRequest& request,
                                     v1::ProbeRelayResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::ProbeRelay, request, answer);
}

std::optional<Refusal> Client::Get(const v1::GetQueueStatsRequest& request,
                                   v1::GetQueueStatsResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::GetQueueStats, request,
                     answer);
}

std::optional<Refusal> Client::Get(const v1::GetDeliveryStatsRequest& request,
                                   v1::GetDeliveryStatsResponse* answer) {
  return impl_->Call(*impl_->operations, &v1::OperationsService::Stub::GetDeliveryStats, request,
                     answer);
}

std::optional<Refusal> Client::List(const v1::ListTemplatesRequest& request,
                                    v1::ListTemplatesResponse* answer) {
  return impl_->Call(*impl_->templates, &v1::TemplateService::Stub::ListTemplates, request, answer);
}

std::optional<Refusal> Client::Publish(const v1::PublishTemplateRequest& request,
                                       v1::Template* answer) {
  return impl_->Call(*impl_->templates, &v1::TemplateService::Stub::PublishTemplate, request,
                     answer);
}

std::optional<Refusal> Client::Rollback(const v1::RollbackTemplateRequest& request,
                                        v1::Template* answer) {
  return impl_->Call(*impl_->templates, &v1::TemplateService::Stub::RollbackTemplate, request,
                     answer);
}

std::optional<Refusal> Client::Watch(const std::string& id, absl::Duration limit,
                                     const std::function<bool(const v1::Message&)>& each) {
  grpc::ClientContext context;
  impl_->Prepare(context, limit);
  v1::WatchMessageRequest request;
  request.set_id(id);
  const std::unique_ptr<grpc::ClientReader<v1::WatchMessageResponse>> reader =
      impl_->messages->WatchMessage(&context, request);
  const auto message = [&each](const v1::WatchMessageResponse& response) {
    return each(response.message());
  };
  return ReadAll<v1::WatchMessageResponse>(context, *reader, message);
}

std::optional<Refusal> Client::Follow(
    const v1::StreamEventsRequest& request, absl::Duration limit,
    const std::function<bool(const v1::StreamEventsResponse&)>& each) {
  grpc::ClientContext context;
  impl_->Prepare(context, limit);
  const std::unique_ptr<grpc::ClientReader<v1::StreamEventsResponse>> reader =
      impl_->events->StreamEvents(&context, request);
  return ReadAll<v1::StreamEventsResponse>(context, *reader, each);
}

}  // namespace posthaste::cli

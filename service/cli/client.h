// The service as a caller sees it: one blocking call a method, each with a deadline. The only place
// of the command line that knows gRPC.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/v1/account_service.pb.h"
#include "posthaste/v1/event_service.pb.h"
#include "posthaste/v1/message_service.pb.h"
#include "posthaste/v1/notification_service.pb.h"
#include "posthaste/v1/operations_service.pb.h"
#include "posthaste/v1/suppression_service.pb.h"
#include "posthaste/v1/template_service.pb.h"
#include "posthaste/v1/verification_service.pb.h"
#include "service/cli/access.h"
#include "service/cli/refusal.h"

namespace posthaste::cli {

// Each call fills in the answer and returns nothing, or returns why it was refused.
class Client {
 public:
  // Connects when the first call is made. INVALID_ARGUMENT: the CA file cannot be read.
  static absl::StatusOr<Client> Make(const Access& access, absl::Duration timeout);
  Client(Client&&) noexcept;
  ~Client();

  const std::string& address() const;

  std::optional<Refusal> Send(const v1::SendVerificationCodeRequest& request,
                              v1::Verification* answer);
  std::optional<Refusal> Check(const v1::CheckVerificationCodeRequest& request,
                               v1::CheckVerificationCodeResponse* answer);
  std::optional<Refusal> Send(const v1::SendPasswordChangedRequest& request, v1::Message* answer);
  std::optional<Refusal> Send(const v1::SendEmailChangedRequest& request,
                              v1::SendEmailChangedResponse* answer);
  std::optional<Refusal> Send(const v1::SendNewSignInRequest& request, v1::Message* answer);
  std::optional<Refusal> Send(const v1::SendMfaChangedRequest& request, v1::Message* answer);
  std::optional<Refusal> Send(const v1::SendTemplateRequest& request, v1::Message* answer);
  std::optional<Refusal> Get(const v1::GetMessageRequest& request, v1::Message* answer);
  std::optional<Refusal> List(const v1::ListMessagesRequest& request,
                              v1::ListMessagesResponse* answer);
  std::optional<Refusal> Attempts(const v1::ListAttemptsRequest& request,
                                  v1::ListAttemptsResponse* answer);
  std::optional<Refusal> Cancel(const v1::CancelMessageRequest& request, v1::Message* answer);
  std::optional<Refusal> Report(const v1::ReportBounceRequest& request, v1::Message* answer);
  std::optional<Refusal> Create(const v1::CreateSuppressionRequest& request,
                                v1::Suppression* answer);
  std::optional<Refusal> Get(const v1::GetSuppressionRequest& request, v1::Suppression* answer);
  std::optional<Refusal> List(const v1::ListSuppressionsRequest& request,
                              v1::ListSuppressionsResponse* answer);
  std::optional<Refusal> Delete(const v1::DeleteSuppressionRequest& request);
  std::optional<Refusal> Create(const v1::CreateHoldRequest& request, v1::Hold* answer);
  std::optional<Refusal> List(const v1::ListHoldsRequest& request, v1::ListHoldsResponse* answer);
  std::optional<Refusal> Delete(const v1::DeleteHoldRequest& request, v1::Hold* answer);
  std::optional<Refusal> Redrive(const v1::RedriveMessagesRequest& request,
                                 v1::RedriveMessagesResponse* answer);
  std::optional<Refusal> Probe(const v1::ProbeRelayRequest& request,
                               v1::ProbeRelayResponse* answer);
  std::optional<Refusal> Get(const v1::GetQueueStatsRequest& request,
                             v1::GetQueueStatsResponse* answer);
  std::optional<Refusal> Get(const v1::GetDeliveryStatsRequest& request,
                             v1::GetDeliveryStatsResponse* answer);

  std::optional<Refusal> List(const v1::ListTemplatesRequest& request,
                              v1::ListTemplatesResponse* answer);
  std::optional<Refusal> Publish(const v1::PublishTemplateRequest& request, v1::Template* answer);
  std::optional<Refusal> Rollback(const v1::RollbackTemplateRequest& request, v1::Template* answer);
  std::optional<Refusal> Reset(const v1::ResetRecipientLimitsRequest& request,
                               v1::ResetRecipientLimitsResponse* answer);
  std::optional<Refusal> Get(const v1::GetUsageRequest& request, v1::GetUsageResponse* answer);
  std::optional<Refusal> Export(const v1::ExportRecipientRequest& request,
                                v1::ExportRecipientResponse* answer);
  std::optional<Refusal> Forget(const v1::ForgetRecipientRequest& request,
                                v1::ForgetRecipientResponse* answer);

  // Calls `each` with the message as it is and at each change, until it says false, the message has
  // ended, or `limit` has passed, which is no refusal.
  std::optional<Refusal> Watch(const std::string& id, absl::Duration limit,
                               const std::function<bool(const v1::Message&)>& each);

  // Calls `each` with every answer, until it says false, or `limit` has passed, which is no
  // refusal.
  std::optional<Refusal> Follow(const v1::StreamEventsRequest& request, absl::Duration limit,
                                const std::function<bool(const v1::StreamEventsResponse&)>& each);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste::cli

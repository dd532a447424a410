#include "service/api/redrives.h"

#include <utility>

#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/page_token.h"
#include "service/queue/redrive.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {

using Result = v1::RedriveMessagesResponse::Result;

absl::Status Check(const v1::RedriveMessagesRequest& request) {
  Fields fields;
  if (request.ids().empty() == !request.has_parked()) {
    fields.Add("ids", "FIELD_INVALID", "give either ids or parked");
  }
  if (request.ids_size() > queue::kRedriveMax) {
    fields.Add("ids", "FIELD_INVALID", "must be at most 200");
  }
  for (int i = 0; i < request.ids_size() && fields.ok(); ++i) fields.Id("ids", request.ids(i), 'm');
  if (!v1::MailClass_IsValid(request.parked().mail_class())) {
    fields.Add("parked.mail_class", "FIELD_INVALID", "is none of the classes");
  }
  fields.Line("parked.tenant", request.parked().tenant(), 32);
  fields.Reason(request.reason(), !request.validate_only());
  return fields.Done();
}

// The parked messages of one page, as results that say nothing yet.
Task<absl::Status> ListParked(Call& call, const v1::RedriveMessagesRequest& request,
                              v1::RedriveMessagesResponse& response) {
  const Shared& shared = *call.backend.shared;
  const std::string& tenant = call.caller.tenant;
  std::optional<std::string> token =
      OpenToken(request.page_token(), tenant, shared.hash_key.Reveal());
  if (!token) co_return Invalid("page_token", "FIELD_INVALID", "is none of this list's");
  queue::ParkedFilter filter;
  filter.tenant = request.parked().tenant();
  if (request.parked().mail_class() != v1::MAIL_CLASS_UNSPECIFIED) {
    filter.mail_class = static_cast<queue::MailClass>(request.parked().mail_class() - 1);
  }
  const absl::StatusOr<queue::ParkedPage> page = co_await call.backend.store->redrive().ListParked(
      filter, queue::kRedriveMax, *std::move(token));
  if (absl::IsInvalidArgument(page.status()))
    co_return Invalid("page_token", "FIELD_INVALID", "is none of this list's");
  if (!page.ok()) co_return FromStore(page.status());
  for (const queue::ParkedMessage& parked : page->messages) {
    Result& result = *response.add_results();
    result.set_id(parked.id);
    *result.mutable_message() = ToMessage(parked.id, parked.record, std::nullopt);
    SetMillis(absl::ToUnixMillis(parked.parked), result.mutable_park_time());
  }
  response.set_next_page_token(
      SealToken(page->next, tenant, shared.hash_key.Reveal(), *shared.random));
  co_return absl::OkStatus();
}

}  // namespace

Task<absl::Status> HandleRedriveMessages(Call& call, const v1::RedriveMessagesRequest& request,
                                         v1::RedriveMessagesResponse& response) {
  if (absl::Status good = Check(request); !good.ok()) co_return good;
  if (request.has_parked()) {
    const absl::Status listed = co_await ListParked(call, request, response);
    if (!listed.ok()) co_return listed;
  }
  for (const std::string& id : request.ids()) response.add_results()->set_id(id);
  std::vector<std::string> ids;
  for (const Result& result : response.results()) ids.push_back(result.id());
  const Shared& shared = *call.backend.shared;
  const absl::StatusOr<std::vector<queue::RedriveAnswer>> answers =
      co_await call.backend.store->redrive().Run(std::move(ids), request.validate_only(),
                                                 shared.seal_keys, *shared.random);
  if (!answers.ok()) co_return FromStore(answers.status());
  const std::string reason = smtp::RedactAddresses(request.reason());
  for (size_t i = 0; i < answers->size(); ++i) {
    const queue::RedriveAnswer& answer = (*answers)[i];
    Result& result = *response.mutable_results(static_cast<int>(i));
    result.set_outcome(static_cast<Result::Outcome>(static_cast<int>(answer.result) + 1));
    result.set_tenant(answer.tenant);
    if (!request.validate_only()) {
      Redriven(answer.id, answer.tenant, call.caller.key, Result::Outcome_Name(result.outcome()),
               reason);
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

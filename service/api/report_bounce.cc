#include "service/api/report_bounce.h"

#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/api/messages.h"
#include "smtp/outcome.h"
#include "smtp/transcript.h"
#include "smtp/verp.h"

namespace posthaste::api {
namespace {

constexpr size_t kDiagnosticMax = 1000, kReplyCharacters = 96;
// A relay that is quicker than our own settlement: a batch of settlements takes milliseconds, a
// Redis that is away longer.
constexpr absl::Duration kNotEndedWait = absl::Seconds(30);

std::optional<smtp::Reply> Parsed(std::string_view line) {
  smtp::ReplyParser parser;
  if (!parser.Feed(absl::StrCat(std::string(line), "\r\n")).ok()) return std::nullopt;
  std::optional<smtp::Reply> reply = parser.Next();
  const bool refuses = reply && (reply->Transient() || reply->Permanent());
  return refuses ? reply : std::nullopt;
}

// The message that is meant, and what is wrong with how it is named.
std::string IdOf(const Call& call, const v1::ReportBounceRequest& request, Fields& fields) {
  if (request.id().empty() == request.return_path().empty()) {
    fields.Add("id", "FIELD_INVALID", "give either id or return_path");
    return "";
  }
  if (request.return_path().empty()) {
    fields.Id("id", request.id(), 'm');
    return request.id();
  }
  const std::span<const Secret> keys(&call.backend.shared->hash_key, 1);
  const std::optional<std::string> id = smtp::ReadReturnPath(keys, request.return_path());
  if (!id) fields.Add("return_path", "RETURN_PATH_INVALID", "is not an address that we wrote");
  return id.value_or("");
}

absl::Status Refused(queue::Reported reported, const std::string& id) {
  switch (reported) {
    case queue::Reported::kNotFound:
      return Missing("MESSAGE_NOT_FOUND", "posthaste.v1.Message", id);
    case queue::Reported::kNotEnded:
      return Failed("MESSAGE_NOT_ENDED", id, "it is still being sent; report it again",
                    kNotEndedWait);
    case queue::Reported::kNeverSent:
      return Failed("MESSAGE_NEVER_SENT", id, "no dot of it was ever sent");
    case queue::Reported::kDone:
    case queue::Reported::kAlready:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<smtp::Reply> ReadReport(std::string_view status_code, std::string_view diagnostic) {
  std::string text(diagnostic);
  const size_t semicolon = text.find(';');
  // "smtp; …": the type that RFC 3464 writes before it.
  if (semicolon != std::string::npos && semicolon <= 10) text.erase(0, semicolon + 1);
  absl::StripAsciiWhitespace(&text);
  std::optional<smtp::Reply> reply = Parsed(text);
  if (status_code.empty()) return reply;
  const std::string code = absl::StrCat(std::string(status_code.substr(0, 1)), "50");
  std::optional<smtp::Reply> stated = Parsed(absl::StrCat(code, " ", std::string(status_code)));
  const bool bare = status_code.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!bare || !stated || !stated->enhanced) return std::nullopt;
  if (!reply) {
    reply = stated;
    if (!text.empty()) reply->lines.push_back(text);
    return reply;
  }
  if (reply->code / 100 != stated->code / 100) reply->code = stated->code;
  reply->enhanced = stated->enhanced;
  return reply;
}

queue::LateBounce ToLateBounce(const smtp::Reply& reply) {
  // Which command was refused is not told; of the dot the least is concluded.
  const smtp::Outcome outcome = smtp::Judge(smtp::Phase::kDot, reply);
  queue::LateBounce bounce;
  bounce.failure_class = static_cast<v1::FailureClass>(outcome.failure_class);
  bounce.scope = static_cast<v1::FailureScope>(outcome.scope);
  bounce.reply = smtp::RedactAddresses(reply.Printable(kReplyCharacters));
  const bool for_good = outcome.verdict == smtp::Verdict::kBounced ||
                        outcome.failure_class == smtp::FailureClass::kMailboxFull;
  if (for_good && outcome.scope == smtp::Scope::kRecipient) {
    bounce.suppress = queue::SuppressionFor(bounce.failure_class, outcome.stated);
    if (bounce.suppress) bounce.suppress->note.reply = bounce.reply;
  }
  return bounce;
}

Task<absl::Status> HandleReportBounce(Call& call, const v1::ReportBounceRequest& request,
                                      v1::Message& response) {
  Fields fields;
  const std::string id = IdOf(call, request, fields);
  fields.Line("diagnostic", request.diagnostic(), kDiagnosticMax);
  const std::optional<smtp::Reply> reply = ReadReport(request.status_code(), request.diagnostic());
  if (!reply && !request.status_code().empty()) {
    fields.Add("status_code", "FIELD_INVALID", "must be like 5.1.1, of class 4 or 5");
  } else if (!reply) {
    fields.Add("diagnostic", "FIELD_INVALID", "tells no refusal: give status_code");
  }
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  queue::LateBounce bounce = ToLateBounce(*reply);
  const v1::FailureClass failure_class = bounce.failure_class;
  const bool suppresses = bounce.suppress.has_value();
  const absl::StatusOr<queue::Reported> reported =
      co_await call.backend.store->late_bounces().Report(call.caller.tenant, id, std::move(bounce));
  if (!reported.ok()) co_return FromStore(reported.status());
  if (absl::Status good = Refused(*reported, id); !good.ok()) co_return good;
  call.replay = *reported == queue::Reported::kAlready;
  if (!call.replay) {
    LateBounced(id, call.caller.tenant, call.caller.key, v1::FailureClass_Name(failure_class),
                suppresses);
  }
  absl::StatusOr<v1::Message> message = co_await ReadMessage(call, id);
  if (!message.ok()) co_return message.status();
  response = *std::move(message);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

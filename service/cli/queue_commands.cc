// queue stats|shape|parked|redrive.
#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/queue_view.h"

namespace posthaste::cli {
namespace {

using Result = v1::RedriveMessagesResponse::Result;

std::optional<v1::GetQueueStatsResponse> Stats(const AccessOptions& access, bool shape,
                                               Terminal& terminal, int& code) {
  std::optional<Client> client = Connect(access, terminal);
  code = kUsage;
  if (!client) return std::nullopt;
  v1::GetQueueStatsRequest request;
  request.set_shape(shape);
  v1::GetQueueStatsResponse response;
  if (const auto refusal = client->Get(request, &response)) {
    code = Explain(*refusal, client->address(), access.json, terminal);
    return std::nullopt;
  }
  code = kOk;
  return response;
}

bool SetFilter(const QueueOptions& options, v1::ParkedFilter& filter, Terminal& terminal) {
  filter.set_tenant(options.tenant);
  v1::MailClass mail_class = v1::MAIL_CLASS_UNSPECIFIED;
  const std::string word = absl::AsciiStrToUpper(options.mail_class);
  if (!word.empty() && !v1::MailClass_Parse(word, &mail_class)) {
    terminal.Error(absl::StrCat("--class: ", options.mail_class, " is not one of NOTICE, GENERAL"));
    return false;
  }
  filter.set_mail_class(mail_class);
  return true;
}

// "would be sent back", "not_in_reach".
std::string OutcomeWord(const Result& result, bool dry_run) {
  if (result.outcome() != Result::REDRIVEN)
    return absl::AsciiStrToLower(Result::Outcome_Name(result.outcome()));
  return dry_run ? "would be sent back" : "sent back";
}

// Every page of it; `each` prints a result.
template <typename Each>
int RunAll(const AccessOptions& access, v1::RedriveMessagesRequest& request, Each each,
           Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  do {
    v1::RedriveMessagesResponse response;
    if (const auto refusal = client->Redrive(request, &response)) {
      return Explain(*refusal, client->address(), access.json, terminal);
    }
    for (const Result& result : response.results()) {
      if (access.json) {
        terminal.Json(result);
      } else {
        each(result);
      }
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

}  // namespace

int ShowQueue(const AccessOptions& access, const QueueOptions&, Terminal& terminal) {
  int code = kOk;
  const std::optional<v1::GetQueueStatsResponse> stats = Stats(access, false, terminal, code);
  if (!stats) return code;
  if (access.json) {
    terminal.Json(*stats);
  } else {
    PrintQueue(*stats, SystemClock().Now(), terminal);
  }
  return kOk;
}

int ShowShape(const AccessOptions& access, const QueueOptions&, Terminal& terminal) {
  int code = kOk;
  const std::optional<v1::GetQueueStatsResponse> stats = Stats(access, true, terminal, code);
  if (!stats) return code;
  if (access.json) {
    terminal.Json(*stats);
  } else {
    PrintShape(*stats, terminal);
  }
  return kOk;
}

// Why a job was set aside. What a relay said of it before is no cause.
std::string WhyParked(const Result& result) {
  std::string why = "several workers died holding it, or it cannot be read";
  if (result.outcome() == Result::REDRIVEN) why = "several workers died holding it";
  if (result.outcome() == Result::UNREADABLE)
    why = "it cannot be read: its seal does not open, or its skeleton is gone";
  if (result.outcome() == Result::SPENT) why = "it was claimed as often as can be";
  const std::string& reply = result.message().last_reply();
  return reply.empty() ? why : absl::StrCat(why, "; before that: ", Harmless(reply));
}

int ListParked(const AccessOptions& access, const QueueOptions& options, Terminal& terminal) {
  v1::RedriveMessagesRequest request;
  request.set_validate_only(true);
  if (!SetFilter(options, *request.mutable_parked(), terminal)) return kUsage;
  const absl::Time now = SystemClock().Now();
  int count = 0;
  const auto print = [&](const Result& result) {
    ++count;
    const v1::Message& message = result.message();
    terminal.Line(absl::StrFormat(
        "%s  %s  %-7s  %s  %s  %s  %s", result.id(), Words(result.park_time(), now),
        v1::MailClass_Name(message.mail_class()), result.tenant(), message.masked_recipient(),
        result.outcome() == Result::REDRIVEN ? "can be sent back" : OutcomeWord(result, true),
        WhyParked(result)));
  };
  const int code = RunAll(access, request, print, terminal);
  if (code == kOk && count == 0 && !access.json) terminal.Line("Nothing is parked.");
  return code;
}

int Redrive(const AccessOptions& access, const QueueOptions& options, Terminal& terminal) {
  v1::RedriveMessagesRequest request;
  if (options.ids.empty() != options.all) {
    terminal.Error("name messages, or give --all");
    return kUsage;
  }
  if (options.reason.empty() && !options.dry_run) {
    terminal.Error("--reason is required: it is the log's record of why");
    return kUsage;
  }
  request.set_validate_only(options.dry_run);
  request.set_reason(options.reason);
  for (const std::string& id : options.ids) request.add_ids(id);
  if (options.all && !SetFilter(options, *request.mutable_parked(), terminal)) return kUsage;
  bool every = true;
  const auto print = [&](const Result& result) {
    every = every && result.outcome() == Result::REDRIVEN;
    terminal.Line(absl::StrCat(result.id(), "  ", OutcomeWord(result, options.dry_run)));
  };
  const int code = RunAll(access, request, print, terminal);
  return code == kOk && !every ? kNo : code;
}

}  // namespace posthaste::cli

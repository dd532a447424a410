// send-password-changed, send-email-changed, send-new-sign-in, send-mfa-changed, send-template.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "service/cli/attachments.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"
#include "service/cli/send_fields.h"
#include "service/cli/variables.h"

namespace posthaste::cli {
namespace {

template <typename Request>
void FillNotice(const NoticeOptions& options, Request& request) {
  FillSend(options, request);
  request.set_account_label(options.account_label);
  request.set_not_me_url(options.not_me_url);
  v1::ClientContext& context = *request.mutable_client_context();
  context.set_device_label(options.device_label);
  context.set_location_label(options.location_label);
  context.set_ip_address(options.ip_address);
}

int Usage(const std::string& what, const std::string& hint, Terminal& terminal) {
  terminal.Error(what);
  terminal.Hint(hint);
  return kUsage;
}

// What became of one message, followed for as long as was asked.
int Tell(const std::string& what, const v1::Message& message, absl::Duration wait, Client& client,
         Terminal& terminal) {
  terminal.Line(absl::StrCat(what, terminal.Bold(message.masked_recipient()), "."));
  terminal.Line();
  terminal.Row("message", message.id());
  if (wait <= absl::ZeroDuration()) return kOk;
  terminal.Flush();
  return Follow(client, message.id(), wait, terminal);
}

// A request that is answered with one message.
template <typename Request>
int SendAndTell(const AccessOptions& access, const Request& request, const std::string& what,
                absl::Duration wait, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::Message message;
  if (const auto refusal = client->Send(request, &message)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(message);
    return kOk;
  }
  return Tell(what, message, wait, *client, terminal);
}

constexpr char kNotice[] = "A notice is on its way to ";

// One of the two answers of send-email-changed; the exit code.
int TellResult(const std::string& address, const v1::SendResult& result, absl::Duration wait,
               Client& client, Terminal& terminal) {
  if (!result.has_error()) return Tell(kNotice, result.message(), wait, client, terminal);
  terminal.Line(absl::StrCat("Nothing goes to ", terminal.Bold(address), "."));
  terminal.Line();
  Refusal refusal;
  refusal.code = result.error().code();
  refusal.reason = result.error().reason();
  refusal.message = result.error().message();
  for (const v1::SendError::Violation& violation : result.error().violations())
    refusal.violations.push_back({violation.field(), violation.description()});
  if (result.error().has_retry_delay())
    refusal.retry = absl::Seconds(result.error().retry_delay().seconds()) +
                    absl::Nanoseconds(result.error().retry_delay().nanos());
  return Explain(refusal, client.address(), false, terminal);
}

// False: one of them is no "Name: value".
bool ReadHeaders(const std::vector<std::string>& words, v1::SendTemplateRequest& request) {
  for (const std::string& word : words) {
    const size_t colon = word.find(':');
    if (colon == 0 || colon == std::string::npos) return false;
    (*request.mutable_headers())[word.substr(0, colon)] =
        std::string(absl::StripAsciiWhitespace(word.substr(colon + 1)));
  }
  return true;
}

}  // namespace

int SendPasswordChanged(const AccessOptions& access, const NoticeOptions& options,
                        Terminal& terminal) {
  v1::SendPasswordChangedRequest request;
  FillNotice(options, request);
  request.set_recipient(options.recipient);
  return SendAndTell(access, request, kNotice, options.wait, terminal);
}

int SendEmailChanged(const AccessOptions& access, const NoticeOptions& options,
                     Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::SendEmailChangedRequest request;
  FillNotice(options, request);
  request.set_old_recipient(options.recipient);
  request.set_new_recipient(options.new_recipient);
  v1::SendEmailChangedResponse both;
  if (const auto refusal = client->Send(request, &both)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(both);
    return both.old_recipient().has_error() || both.new_recipient().has_error() ? kNo : kOk;
  }
  const int before =
      TellResult(options.recipient, both.old_recipient(), options.wait, *client, terminal);
  terminal.Line();
  const int after =
      TellResult(options.new_recipient, both.new_recipient(), options.wait, *client, terminal);
  return before != kOk ? before : after;
}

int SendNewSignIn(const AccessOptions& access, const NoticeOptions& options, Terminal& terminal) {
  v1::SendNewSignInRequest request;
  FillNotice(options, request);
  request.set_recipient(options.recipient);
  return SendAndTell(access, request, kNotice, options.wait, terminal);
}

int SendMfaChanged(const AccessOptions& access, const NoticeOptions& options, Terminal& terminal) {
  v1::SendMfaChangedRequest request;
  FillNotice(options, request);
  request.set_recipient(options.recipient);
  request.set_method_label(options.method_label);
  v1::SendMfaChangedRequest::Change change;
  if (!v1::SendMfaChangedRequest::Change_Parse(absl::AsciiStrToUpper(options.change), &change)) {
    return Usage(absl::StrCat("--change: ", options.change, " is no change"),
                 "enabled, disabled, method_added, method_removed or recovery_codes_replaced.",
                 terminal);
  }
  request.set_change(change);
  return SendAndTell(access, request, kNotice, options.wait, terminal);
}

int SendTemplate(const AccessOptions& access, const SendTemplateOptions& options,
                 Terminal& terminal) {
  v1::SendTemplateRequest request;
  FillSend(options, request);
  request.set_recipient(options.recipient);
  request.set_template_name(options.template_name);
  request.set_supersede_key(options.supersede_key);
  request.set_list_unsubscribe_url(options.list_unsubscribe_url);
  if (!ReadHeaders(options.headers, request)) {
    return Usage("--header: not a name, a colon and a value", "--header \"Comments: for Ana\"",
                 terminal);
  }
  const absl::Status read = ReadVariables(options.variables, *request.mutable_variables());
  if (!read.ok()) {
    return Usage(std::string(read.message()), "--var name=Ana, --var count:=3", terminal);
  }
  const absl::Status attached = ReadAttachments(options.attach, options.inlined, request);
  if (!attached.ok()) {
    return Usage(std::string(attached.message()), "--attach invoice.pdf, --inline chart=chart.png",
                 terminal);
  }
  if (!options.send_time.empty() && !google::protobuf::util::TimeUtil::FromString(
                                        options.send_time, request.mutable_send_time())) {
    return Usage(absl::StrCat("--at: ", options.send_time, " is no time"),
                 "Write it like 2026-12-24T08:00:00Z.", terminal);
  }
  if (options.ttl > absl::ZeroDuration())
    request.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options.ttl));
  const std::string what = options.send_time.empty()
                               ? "A mail is on its way to "
                               : absl::StrCat("From ", options.send_time, " a mail goes to ");
  const absl::Duration wait = options.send_time.empty() ? options.wait : absl::ZeroDuration();
  return SendAndTell(access, request, what, wait, terminal);
}

}  // namespace posthaste::cli

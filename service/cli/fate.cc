#include "service/cli/fate.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/cli/exit_code.h"

namespace posthaste::cli {
namespace {

// In the order of a session.
constexpr const char* kPhases[] = {"connect", "greeting", "ehlo", "starttls", "auth",
                                   "mail",    "rcpt",     "data", "body",     "dot"};

std::string PhaseTimes(const v1::Attempt& attempt) {
  std::string times;
  for (const char* phase : kPhases) {
    const auto found = attempt.phase_durations().find(phase);
    if (found == attempt.phase_durations().end()) continue;
    absl::StrAppend(&times, times.empty() ? "" : "  ", phase, " ",
                    Words(ToDuration(found->second)));
  }
  return times;
}

std::string Lower(const std::string& name) { return absl::AsciiStrToLower(name); }

}  // namespace

std::string StateWord(v1::Message::State state) { return Lower(v1::Message::State_Name(state)); }

bool IsTerminal(v1::Message::State state) {
  return state != v1::Message::QUEUED && state != v1::Message::SENDING &&
         state != v1::Message::DEFERRED && state != v1::Message::PARKED &&
         state != v1::Message::STATE_UNSPECIFIED;
}

int ExitCodeOf(v1::Message::State state) {
  return IsTerminal(state) && state != v1::Message::ACCEPTED ? kNo : kOk;
}

std::string Sentence(const v1::Message& message) {
  const std::string relay =
      message.relay().empty() ? "" : absl::StrCat(" by relay ", message.relay());
  switch (message.state()) {
    case v1::Message::ACCEPTED:
      return absl::StrCat(
          "accepted", relay, " after ",
          Words(ToTime(message.relay_accept_time()) - ToTime(message.create_time())));
    case v1::Message::DEFERRED:
      return absl::StrCat("deferred", relay, ", tried again");
    case v1::Message::BOUNCED:
      return absl::StrCat("refused for good", relay,
                          message.late() ? ", after it was accepted" : "");
    case v1::Message::UNCERTAIN:
      return absl::StrCat("uncertain: the connection was lost after the final dot, relay ",
                          message.relay(), " may have it");
    case v1::Message::EXPIRED:
      return "expired before it could be handed over; nothing was sent";
    case v1::Message::SUPERSEDED:
      return "replaced by a newer message; nothing was sent";
    case v1::Message::CANCELLED:
      return "cancelled; nothing was sent";
    case v1::Message::QUEUED:
      return "waiting in the queue";
    case v1::Message::SENDING:
      return "being sent";
    default:
      return StateWord(message.state());
  }
}

std::string Advice(v1::FailureClass failure_class, const std::string& phase) {
  switch (failure_class) {
    case v1::INVALID_RECIPIENT:
    case v1::INACTIVE_MAILBOX:
      return "Check the recipient's address.";
    case v1::MAILBOX_FULL:
      return "The mailbox is full: only its owner can help.";
    case v1::SENDER_REJECTED:
      return "Use a sender address that the relay allows for this account.";
    case v1::AUTH_FAILED:
      return "Check user name and password; many providers want an app password made for SMTP.";
    case v1::POLICY_AUTH:
      return "Set up SPF, DKIM and DMARC for the sender's domain.";
    case v1::SPAM_CONTENT:
    case v1::IP_REPUTATION:
      return "The receiver distrusts the mail or this address; send through a relay with a good "
             "name.";
    case v1::RATE_LIMITED:
    case v1::GREYLISTED:
      return "Nothing to do: it is tried again.";
    case v1::TLS_FAILURE:
      return "Check the relay's name and port, and that its certificate is for that name; a "
             "private CA is given as ca_file.";
    case v1::DNS_FAILURE:
      return "Check the relay's name, and that this machine can resolve names.";
    case v1::CONNECT_FAILURE:
    case v1::TIMEOUT:
      return phase == "connect" ? "Check host and port; many networks block ports 25, 465 and 587."
                                : "The relay is slow; it is tried again.";
    default:
      return "";
  }
}

void PrintFailure(const std::string& relay, const std::string& phase, const std::string& reply,
                  v1::FailureClass failure_class, Terminal& terminal) {
  terminal.Row("relay", Harmless(relay));
  terminal.Row("phase", phase);
  terminal.Row("reply", Harmless(reply));
  if (failure_class != v1::FAILURE_CLASS_UNSPECIFIED)
    terminal.Row("why", Lower(v1::FailureClass_Name(failure_class)));
  terminal.Row("what to do", Advice(failure_class, phase));
}

std::optional<v1::Attempt> LastAttempt(Client& client, const std::string& id) {
  v1::ListAttemptsRequest request;
  request.set_id(id);
  v1::ListAttemptsResponse response;
  if (client.Attempts(request, &response) || response.attempts().empty()) return std::nullopt;
  return response.attempts(response.attempts_size() - 1);
}

int Follow(Client& client, const std::string& id, absl::Duration limit, Terminal& terminal) {
  v1::Message last;
  const std::optional<Refusal> refusal =
      client.Watch(id, limit, [&last](const v1::Message& message) {
        last = message;
        return !IsTerminal(message.state()) && message.state() != v1::Message::DEFERRED;
      });
  if (refusal) return Explain(*refusal, client.address(), false, terminal);
  const bool accepted = last.state() == v1::Message::ACCEPTED;
  const std::string sentence = Sentence(last);
  terminal.Row("now", accepted                          ? terminal.Good(sentence)
                      : ExitCodeOf(last.state()) == kOk ? sentence
                                                        : terminal.Bad(sentence));
  if (accepted) return kOk;
  if (const std::optional<v1::Attempt> attempt = LastAttempt(client, id)) {
    PrintFailure(attempt->relay(), attempt->phase(), attempt->reply(), attempt->failure_class(),
                 terminal);
  }
  return ExitCodeOf(last.state());
}

void PrintMessage(const v1::Message& message, absl::Time now, Terminal& terminal) {
  terminal.Line(absl::StrCat(terminal.Bold(message.id()), "  ", Sentence(message)));
  terminal.Line();
  terminal.Row("to", message.masked_recipient());
  terminal.Row("class", Lower(v1::MailClass_Name(message.mail_class())));
  terminal.Row("template", absl::StrCat(message.template_name(), " (", message.locale(), ", ",
                                        message.template_revision(), ")"));
  terminal.Row("verification", message.verification_id());
  terminal.Row("enqueued", Words(message.create_time(), now));
  terminal.Row("next attempt", Words(message.next_attempt_time(), now));
  terminal.Row("accepted", Words(message.relay_accept_time(), now));
  terminal.Row("deadline", Words(message.deadline(), now));
  terminal.Row("held", Harmless(message.hold_reason()));
  if (message.failure_class() != v1::FAILURE_CLASS_UNSPECIFIED) {
    terminal.Row("why", Lower(v1::FailureClass_Name(message.failure_class())));
  }
  for (const auto& [key, value] : message.labels())
    terminal.Row("label", absl::StrCat(key, " = ", Harmless(value)));
}

void PrintAttempt(const v1::Attempt& attempt, bool transcript, absl::Time now, Terminal& terminal) {
  const std::string tls =
      attempt.tls().version().empty()
          ? "in clear"
          : absl::StrCat(attempt.tls().version(),
                         attempt.tls().verified() ? ", verified" : ", not verified");
  terminal.Line();
  terminal.Row(absl::StrCat("attempt ", attempt.number()),
               absl::StrCat(Lower(v1::Attempt::Outcome_Name(attempt.outcome())), " at ",
                            Words(attempt.start_time(), now)));
  terminal.Row("relay", absl::StrCat(attempt.relay(), " (", attempt.address(), "), ", tls));
  terminal.Row("phases", PhaseTimes(attempt));
  terminal.Row("reply", Harmless(attempt.reply()));
  if (attempt.outcome() != v1::Attempt::ACCEPTED) {
    terminal.Row("ended in", attempt.phase());
    terminal.Row("what to do", Advice(attempt.failure_class(), attempt.phase()));
  }
  if (transcript) terminal.Row("dialogue", Harmless(attempt.transcript()));
}

}  // namespace posthaste::cli

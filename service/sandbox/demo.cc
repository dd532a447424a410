#include "service/sandbox/demo.h"

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "service/cli/client.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"
#include "service/cli/signals.h"
#include "service/sandbox/inbox_command.h"
#include "service/sandbox/mail.h"
#include "service/sandbox/sandbox.h"

namespace posthaste::sandbox {
namespace {

constexpr absl::Duration kMailLimit = absl::Seconds(15);
constexpr char kPurpose[] = "email_verification";

using Result = v1::CheckVerificationCodeResponse;

absl::Status Went(std::string_view what) { return absl::InternalError(std::string(what)); }

absl::Status Refused(std::string_view what, const cli::Refusal& refusal) {
  return Went(absl::StrCat(std::string(what), ": ", refusal.message, " (",
                           refusal.reason.empty() ? cli::CodeName(refusal.code) : refusal.reason,
                           ")"));
}

int64_t Millis(absl::Duration duration) { return absl::ToInt64Milliseconds(duration); }

// One run. Each step prints what it did, or says what went wrong.
class Demo {
 public:
  Demo(const cli::DemoOptions& options, Sandbox& sandbox, cli::Client client,
       cli::Terminal& terminal)
      : options_(options),
        inbox_(sandbox.home().inbox()),
        client_(std::move(client)),
        terminal_(terminal) {}

  absl::Status Code();
  absl::Status Notice();
  std::string Summary() const {
    return absl::StrFormat(
        "demo ok: code accepted in %d ms and matched; password-changed notice accepted in %d ms",
        code_ms_, notice_ms_);
  }

 private:
  absl::StatusOr<v1::Message> Accepted(const std::string& id);
  absl::StatusOr<Captured> Mail(const std::string& after);
  absl::StatusOr<Result> Check(const std::string& code);
  absl::Status TryCodes(const std::string& code);
  absl::Status Timeline(const v1::Message& message, absl::Time checked);
  void Step(absl::Duration at, std::string_view what, std::string_view more = "");

  const cli::DemoOptions& options_;
  const Inbox inbox_;
  cli::Client client_;
  cli::Terminal& terminal_;
  std::string verification_, last_mail_;
  absl::Time checked_;
  int64_t code_ms_ = 0, notice_ms_ = 0;
};

void Demo::Step(absl::Duration at, std::string_view what, std::string_view more) {
  terminal_.Line(absl::StrCat(absl::StrFormat("  %5d ms  ", Millis(at)),
                              absl::StrFormat("%-10s", std::string(what)), " ",
                              terminal_.Dim(more)));
}

absl::StatusOr<v1::Message> Demo::Accepted(const std::string& id) {
  v1::Message last;
  const auto refusal = client_.Watch(id, kMailLimit, [&last](const v1::Message& message) {
    last = message;
    return !cli::IsTerminal(message.state());
  });
  if (refusal) return Refused("WatchMessage", *refusal);
  if (last.state() == v1::Message::ACCEPTED) return last;
  return Went(absl::StrCat("message ", id, " is ", cli::StateWord(last.state()),
                           " instead of accepted: ", last.last_reply()));
}

absl::StatusOr<Captured> Demo::Mail(const std::string& after) {
  std::optional<Captured> captured =
      inbox_.WaitFor(options_.recipient, after, kMailLimit, SystemClock());
  if (!captured) return Went(absl::StrCat("no mail to ", options_.recipient, " came"));
  last_mail_ = captured->id;
  return *std::move(captured);
}

absl::StatusOr<Result> Demo::Check(const std::string& code) {
  v1::CheckVerificationCodeRequest request;
  request.set_verification_id(verification_);
  request.set_purpose(kPurpose);
  request.set_code(code);
  Result result;
  if (const auto refusal = client_.Check(request, &result))
    return Refused("CheckVerificationCode", *refusal);
  checked_ = SystemClock().Now();
  return result;
}

absl::Status Demo::TryCodes(const std::string& code) {
  std::string wrong = code;
  wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
  const absl::StatusOr<Result> first = Check(wrong);
  if (!first.ok()) return first.status();
  if (first->result() != Result::MISMATCHED)
    return Went(absl::StrCat("a wrong code was ", Result::Result_Name(first->result())));
  const absl::StatusOr<Result> second = Check(code);
  if (!second.ok()) return second.status();
  if (second->result() != Result::MATCHED)
    return Went(absl::StrCat("the right code was ", Result::Result_Name(second->result())));
  terminal_.Row(wrong, absl::StrCat(terminal_.Bad("MISMATCHED"), "  ",
                                    first->verification().guesses_remaining(), " guesses left"));
  terminal_.Row(code, absl::StrCat(terminal_.Good("MATCHED"), "     the code of the mail"));
  return absl::OkStatus();
}

// `checked` is InfinitePast for a message without a code.
absl::Status Demo::Timeline(const v1::Message& message, absl::Time checked) {
  v1::ListAttemptsRequest request;
  request.set_id(message.id());
  v1::ListAttemptsResponse attempts;
  if (const auto refusal = client_.Attempts(request, &attempts))
    return Refused("ListAttempts", *refusal);
  if (attempts.attempts().empty()) return Went("the message was accepted without an attempt");
  const v1::Attempt& attempt = attempts.attempts(attempts.attempts_size() - 1);
  const absl::Time enqueued = cli::ToTime(message.create_time());
  const absl::Time claimed = cli::ToTime(attempt.start_time());
  absl::Duration before_dot;
  for (const auto& [phase, duration] : attempt.phase_durations()) {
    if (phase != "dot") before_dot += cli::ToDuration(duration);
  }
  Step(absl::ZeroDuration(), "enqueued", "on the disk of Redis, then OK");
  Step(claimed - enqueued, "claimed", "leased by a worker, opened, composed");
  Step(claimed + before_dot - enqueued, "dot", "still valid, so the final dot goes out");
  Step(cli::ToTime(message.relay_accept_time()) - enqueued, "accepted", attempt.reply());
  if (checked != absl::InfinitePast()) Step(checked - enqueued, "checked", "MATCHED");
  return absl::OkStatus();
}

absl::Status Demo::Code() {
  v1::SendVerificationCodeRequest request;
  request.set_recipient(options_.recipient);
  request.set_purpose(kPurpose);
  v1::Verification verification;
  if (const auto refusal = client_.Send(request, &verification))
    return Refused("SendVerificationCode", *refusal);
  verification_ = verification.id();
  const absl::StatusOr<v1::Message> message = Accepted(verification.message_id());
  if (!message.ok()) return message.status();
  const absl::StatusOr<Captured> mail = Mail("");
  if (!mail.ok()) return mail.status();
  terminal_.Line(
      absl::StrCat(terminal_.Bold("The code"), ", as ", options_.recipient, " received it"));
  terminal_.Line();
  PrintMail(*mail, terminal_);
  const std::optional<std::string> code = CodeIn(ParseMail(mail->message));
  if (!code) return Went("the mail holds no code");
  terminal_.Line();
  terminal_.Line(terminal_.Bold("Checked over gRPC"));
  terminal_.Line();
  if (absl::Status tried = TryCodes(*code); !tried.ok()) return tried;
  terminal_.Line();
  terminal_.Line(terminal_.Bold("Timeline"));
  terminal_.Line();
  code_ms_ =
      Millis(cli::ToTime(message->relay_accept_time()) - cli::ToTime(message->create_time()));
  return Timeline(*message, checked_);
}

absl::Status Demo::Notice() {
  v1::SendPasswordChangedRequest request;
  request.set_recipient(options_.recipient);
  request.set_account_label("ana");
  request.mutable_client_context()->set_device_label("Firefox on Linux");
  request.mutable_client_context()->set_location_label("Lisbon, Portugal");
  v1::Message sent;
  if (const auto refusal = client_.Send(request, &sent))
    return Refused("SendPasswordChanged", *refusal);
  const absl::StatusOr<v1::Message> message = Accepted(sent.id());
  if (!message.ok()) return message.status();
  const absl::StatusOr<Captured> mail = Mail(last_mail_);
  if (!mail.ok()) return mail.status();
  terminal_.Line();
  terminal_.Line(absl::StrCat(terminal_.Bold("The notice"), " that the password was changed"));
  terminal_.Line();
  PrintMail(*mail, terminal_);
  terminal_.Line();
  notice_ms_ =
      Millis(cli::ToTime(message->relay_accept_time()) - cli::ToTime(message->create_time()));
  return Timeline(*message, absl::InfinitePast());
}

absl::StatusOr<std::string> RunIn(const std::string& folder, const cli::DemoOptions& options,
                                  const StartSandboxed& start, cli::Terminal& terminal) {
  cli::SandboxOptions sandbox_options;
  sandbox_options.data_dir = folder;
  sandbox_options.grpc_port = sandbox_options.http_port = sandbox_options.smtp_port = 0;
  const absl::StatusOr<std::unique_ptr<Sandbox>> sandbox =
      Sandbox::Start(sandbox_options, std::nullopt, start);
  if (!sandbox.ok()) return sandbox.status();
  cli::Access access;
  access.address = (*sandbox)->grpc_address();
  access.key = (*sandbox)->home().api_key();
  absl::StatusOr<cli::Client> client = cli::Client::Make(access, absl::Seconds(10));
  if (!client.ok()) return client.status();
  terminal.Line(absl::StrCat(terminal.Bold("Posthaste"), ": a code, from the call to the check"));
  terminal.Line();
  terminal.Row("gRPC", (*sandbox)->grpc_address());
  terminal.Row("Redis", "private, every write on the disk before OK");
  terminal.Row("SMTP", absl::StrCat("127.0.0.1:", (*sandbox)->smtp_port(), ", keeps every mail"));
  terminal.Line();
  Demo demo(options, **sandbox, *std::move(client), terminal);
  if (absl::Status code = demo.Code(); !code.ok()) return code;
  if (absl::Status notice = demo.Notice(); !notice.ok()) return notice;
  return demo.Summary();
}

void Remove(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

// Ends the process when a signal asks for it, wherever the demo is: its waits are longer than
// anybody's patience with Ctrl-C. The folder goes first, for it has keys and mail in it; Redis goes
// with us.
class Interruption {
 public:
  explicit Interruption(const std::string& folder)
      : thread_([this, folder] {
          while (!over_) {
            if (!signals_.Wait(absl::Milliseconds(20))) continue;
            Remove(folder);
            constexpr std::string_view kSaid = "\nposthaste: demo: interrupted\n";
            static_cast<void>(!write(STDERR_FILENO, kSaid.data(), kSaid.size()));
            _exit(cli::kNo);
          }
        }) {}
  ~Interruption() {
    over_ = true;
    thread_.join();
  }

 private:
  cli::StopSignals signals_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

int RunDemo(const cli::DemoOptions& options, const StartSandboxed& start, cli::Terminal& terminal) {
  std::error_code error;
  std::string folder = std::filesystem::temp_directory_path(error) / "posthaste-demo-XXXXXX";
  if (error || mkdtemp(folder.data()) == nullptr) {
    terminal.Error("demo: no temporary folder");
    return cli::kNo;
  }
  const absl::Cleanup remove_folder = [&folder] { Remove(folder); };
  const Interruption interruption(folder);
  const absl::StatusOr<std::string> summary = RunIn(folder, options, start, terminal);
  if (!summary.ok()) {
    terminal.Error(absl::StrCat("demo: ", std::string(summary.status().message())));
    return cli::kNo;
  }
  terminal.Line();
  terminal.Line(*summary);
  return cli::kOk;
}

}  // namespace posthaste::sandbox

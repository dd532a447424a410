// `posthaste sandbox`: what it prints, and how it stays up.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "service/cli/access.h"
#include "service/cli/client.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"
#include "service/cli/signals.h"
#include "service/sandbox/relay_probe.h"
#include "service/sandbox/relay_watch.h"
#include "service/sandbox/sandbox.h"

namespace posthaste::sandbox {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(200);
constexpr absl::Duration kRedisAway =
    absl::Seconds(5);  // Long enough to see what callers see meanwhile.

// How to call this program from the shell that started it: "posthaste" if that is what PATH finds,
// else a path.
std::string ProgramName() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "posthaste";
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::filesystem::path candidate =
        std::filesystem::path(rest.substr(0, end)) / "posthaste";
    if (access(candidate.c_str(), X_OK) == 0) {
      if (std::filesystem::equivalent(candidate, self, error)) return "posthaste";
      break;
    }
    rest.erase(0, end + 1);
  }
  const std::string relative = std::filesystem::relative(self, error).string();
  if (error || relative.empty() || absl::StartsWith(relative, "..")) return self;
  return absl::StrContains(relative, "/") ? relative : "./" + relative;
}

std::string PythonLine(const Sandbox& sandbox, const std::string& to) {
  return absl::StrCat(
      "mkdir -p stubs && python3 -m grpc_tools.protoc -I proto --python_out=stubs "
      "--grpc_python_out=stubs "
      "proto/posthaste/v1/*.proto && PYTHONPATH=stubs python3 -c 'import grpc; from posthaste.v1 "
      "import "
      "verification_service_pb2 as v, verification_service_pb2_grpc as s; "
      "print(s.VerificationServiceStub(grpc.insecure_channel(\"",
      sandbox.grpc_address(),
      "\")).SendVerificationCode(v.SendVerificationCodeRequest(recipient=\"", to,
      "\", purpose=\"sign_in\"), metadata=[(\"authorization\", \"Bearer \" + open(\"",
      sandbox.home().folder(), "/keys/api.key\").read().strip())]))'");
}

void PrintPaste(const Sandbox& sandbox, const std::string& to, bool keeps_mail,
                cli::Terminal& terminal) {
  const std::string program = ProgramName();
  const bool elsewhere =
      sandbox.home().folder() != std::filesystem::path(cli::DefaultDataDir()).lexically_normal();
  const std::string where = elsewhere ? " --data-dir " + sandbox.home().folder() : "";
  const auto paste = [&](std::string_view what, const std::string& command) {
    terminal.Line(absl::StrCat("  ", terminal.Dim(absl::StrCat("# ", std::string(what)))));
    terminal.Line("  " + command);
  };
  terminal.Line();
  terminal.Line("To paste into another terminal:");
  terminal.Line();
  paste("send a code", absl::StrCat(program, " send-code ", to, where));
  if (keeps_mail)
    paste("read it from the mail",
          absl::StrCat(program, " inbox code --to ", to, " --wait 5s", where));
  paste("check it", absl::StrCat(program, " check-code ", to, " CODE", where));
  paste("tell of a new password", absl::StrCat(program, " send-password-changed ", to, where));
  if (keeps_mail) paste("see the newest mail", absl::StrCat(program, " inbox show", where));
  paste("send a code from Python, in the project's folder (python3-grpcio, python3-grpc-tools)",
        PythonLine(sandbox, to));
  terminal.Line();
  terminal.Line(terminal.Dim("Ctrl-C ends it; the data stays."));
}

void PrintAddresses(const Sandbox& sandbox, const std::optional<Outgoing>& outgoing,
                    cli::Terminal& terminal) {
  terminal.Line(
      absl::StrCat(terminal.Bold("Posthaste sandbox"), " is ", terminal.Good("ready"), "."));
  terminal.Line();
  terminal.Row("gRPC", sandbox.grpc_address());
  terminal.Row("console", absl::StrCat("http://", sandbox.ops_address(), "/"));
  terminal.Row("HTTP", absl::StrCat("http://", sandbox.ops_address(), "/metrics  /readyz  /livez"));
  terminal.Row("mail", outgoing
                           ? absl::StrCat("to real mailboxes through ", outgoing->relay.host, ":",
                                          outgoing->relay.port, ", from ", outgoing->from)
                           : absl::StrCat("kept here, by SMTP on 127.0.0.1:", sandbox.smtp_port()));
  terminal.Row("Redis", absl::StrCat("private, process ", sandbox.redis_pid(),
                                     ", every write on the disk before OK"));
  terminal.Row("data", sandbox.home().folder());
  terminal.Row("log", sandbox.home().log_file());
}

// A Redis that ended is started again after a while: its data is on the disk, and callers were told
// to wait.
void TendRedis(Sandbox& sandbox, SteadyTime& back_at, cli::Terminal& terminal) {
  if (sandbox.RedisRuns()) return;
  const SteadyTime now = SystemClock().Steady();
  if (back_at == SteadyTime()) {
    back_at = now + absl::ToChronoNanoseconds(kRedisAway);
    terminal.Line(absl::StrCat(terminal.Bad("Redis has ended."),
                               " Callers are told UNAVAILABLE and to wait; it comes back in ",
                               cli::Words(kRedisAway), "."));
  } else if (now >= back_at) {
    back_at = SteadyTime();
    const absl::Status again = sandbox.RestartRedis();
    terminal.Line(again.ok() ? absl::StrCat(terminal.Good("Redis is back"), ", process ",
                                            sandbox.redis_pid(), ".")
                             : std::string(again.message()));
  }
  terminal.Flush();
}

absl::StatusOr<cli::Client> ClientOf(const Sandbox& sandbox) {
  cli::Access access;
  access.address = sandbox.grpc_address();
  access.key = sandbox.home().api_key();
  return cli::Client::Make(access, absl::Seconds(2));
}

int ExitCodeOf(const absl::Status& status) {
  return absl::IsUnavailable(status) ? cli::kUnavailable : cli::kUsage;
}

int Fail(const absl::Status& status, cli::Terminal& terminal) {
  terminal.Error(std::string(status.message()));
  return cli::kUsage;
}

}  // namespace

int RunSandbox(const cli::SandboxOptions& options, const StartSandboxed& start,
               cli::Terminal& terminal) {
  cli::StopSignals signals;
  const absl::StatusOr<std::optional<Outgoing>> outgoing = OutgoingOf(options);
  if (!outgoing.ok()) return Fail(outgoing.status(), terminal);
  if (outgoing->has_value()) {
    const absl::StatusOr<std::optional<RelayRefusal>> refusal = ProbeRelay((*outgoing)->relay);
    if (!refusal.ok()) return Fail(refusal.status(), terminal);
    if (refusal->has_value()) {
      terminal.Error("the relay refuses us");
      cli::PrintFailure((*refusal)->relay, (*refusal)->phase, (*refusal)->reply,
                        (*refusal)->failure_class, terminal);
      terminal.Flush();
      return cli::kUnavailable;
    }
  }
  absl::StatusOr<std::unique_ptr<Sandbox>> sandbox = Sandbox::Start(options, *outgoing, start);
  if (!sandbox.ok()) return Fail(sandbox.status(), terminal);
  PrintAddresses(**sandbox, *outgoing, terminal);
  PrintPaste(**sandbox, outgoing->has_value() ? "YOU@EXAMPLE.COM" : "me@example.test",
             !outgoing->has_value(), terminal);
  terminal.Flush();
  absl::StatusOr<cli::Client> client = ClientOf(**sandbox);
  if (!client.ok()) return Fail(client.status(), terminal);
  RelayWatch watch((*sandbox)->home().log_file(), [&client](const std::string& message) {
    const std::optional<v1::Attempt> attempt = cli::LastAttempt(*client, message);
    return attempt ? attempt->phase() : std::string();
  });
  SteadyTime redis_back_at;
  while (!signals.Wait(kLookEvery)) {
    if (const absl::Status fatal = (*sandbox)->fatal(); !fatal.ok()) {
      terminal.Error(std::string(fatal.message()));
      return ExitCodeOf(fatal);
    }
    TendRedis(**sandbox, redis_back_at, terminal);
    if (outgoing->has_value()) watch.Print(terminal);
  }
  return cli::kOk;
}

}  // namespace posthaste::sandbox

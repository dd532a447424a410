#include "service/sandbox/capture_command.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "service/cli/access.h"
#include "service/cli/exit_code.h"
#include "service/cli/signals.h"
#include "service/sandbox/capture.h"
#include "service/sandbox/inbox.h"

namespace posthaste::sandbox {
namespace {

int Fail(const absl::Status& status, cli::Terminal& terminal) {
  terminal.Error(std::string(status.message()));
  return cli::kUsage;
}

}  // namespace

int RunCapture(const cli::CaptureOptions& options, cli::Terminal& terminal) {
  cli::StopSignals signals;
  const std::string folder = cli::DataDirOf(options.data_dir) + "/inbox";
  absl::StatusOr<InboxWriter> inbox = InboxWriter::Open(folder, SystemClock());
  if (!inbox.ok()) return Fail(inbox.status(), terminal);
  const absl::StatusOr<std::unique_ptr<CaptureServer>> server =
      CaptureServer::Start(options.smtp_port, *std::move(inbox));
  if (!server.ok()) return Fail(server.status(), terminal);
  terminal.Line(
      absl::StrCat("SMTP on 127.0.0.1:", (*server)->port(), "; mail is kept in ", folder));
  terminal.Flush();
  while (!signals.Wait(absl::Minutes(1))) {
  }
  return cli::kOk;
}

}  // namespace posthaste::sandbox

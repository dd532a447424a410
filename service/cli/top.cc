// top.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/queue_view.h"

namespace posthaste::cli {
namespace {

constexpr absl::Duration kEveryMin = absl::Milliseconds(200);
constexpr char kHome[] = "\x1b[H\x1b[2J";  // To the upper left, on an empty screen.

// What is shown at once, or why it cannot be.
std::optional<Refusal> ShowOnce(Client& client, const AccessOptions& access, bool clear,
                                Terminal& terminal) {
  v1::GetQueueStatsResponse queue;
  if (auto refusal = client.Get(v1::GetQueueStatsRequest(), &queue)) return refusal;
  v1::GetDeliveryStatsResponse delivery;
  if (auto refusal = client.Get(v1::GetDeliveryStatsRequest(), &delivery)) return refusal;
  if (access.json) {
    terminal.Json(queue);
    terminal.Json(delivery);
    return std::nullopt;
  }
  const absl::Time now = SystemClock().Now();
  if (clear) terminal.Raw(kHome);
  terminal.Line(absl::StrCat(client.address(), "  ",
                             absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone())));
  terminal.Line();
  PrintQueue(queue, now, terminal);
  terminal.Line();
  PrintRelays(delivery, now, terminal);
  return std::nullopt;
}

}  // namespace

int Top(const AccessOptions& access, const TopOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  while (true) {
    if (const auto refusal = ShowOnce(*client, access, !options.once, terminal)) {
      return Explain(*refusal, client->address(), access.json, terminal);
    }
    terminal.Flush();
    if (options.once) return kOk;
    absl::SleepFor(std::max(options.every, kEveryMin));
  }
}

}  // namespace posthaste::cli

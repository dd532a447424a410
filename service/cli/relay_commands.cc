// relay list|probe.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/fate.h"
#include "service/cli/queue_view.h"

namespace posthaste::cli {
namespace {

// In the order of a session.
constexpr const char* kPhases[] = {"connect", "greeting", "ehlo", "starttls", "auth"};

std::string PhasesOf(const v1::ProbeRelayResponse& probed) {
  std::string text;
  for (const char* phase : kPhases) {
    const auto took = probed.phase_durations().find(phase);
    if (took == probed.phase_durations().end()) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ", phase, " ", Words(ToDuration(took->second)));
  }
  return text;
}

std::string TlsOf(const v1::ProbeRelayResponse& probed) {
  if (!probed.has_tls()) return "none";
  return absl::StrCat(probed.tls().version(), ", ", probed.tls().cipher(),
                      probed.tls().verified() ? ", certificate good" : ", certificate not proved");
}

void Print(const std::string& relay, const v1::ProbeRelayResponse& probed, bool transcript,
           Terminal& terminal) {
  terminal.Line(absl::StrCat(relay, probed.passed() ? ": " + terminal.Good("takes sessions")
                                                    : ": " + terminal.Bad("fails")));
  terminal.Row("address", probed.address());
  terminal.Row("tls", TlsOf(probed));
  terminal.Row("took", PhasesOf(probed));
  terminal.Row("offers", Harmless(absl::StrJoin(probed.capabilities(), ", ")));
  if (!probed.passed()) {
    PrintFailure(relay, probed.phase(), probed.reply(), probed.failure_class(), terminal);
  }
  if (transcript) terminal.Raw(Harmless(probed.transcript()));
}

}  // namespace

int ShowRelays(const AccessOptions& access, const RelayOptions&, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::GetDeliveryStatsResponse stats;
  if (const auto refusal = client->Get(v1::GetDeliveryStatsRequest(), &stats)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(stats);
  } else {
    PrintRelays(stats, SystemClock().Now(), terminal);
  }
  return kOk;
}

int ProbeRelay(const AccessOptions& access, const RelayOptions& options, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ProbeRelayRequest request;
  request.set_relay(options.id);
  request.set_reason(options.reason);
  v1::ProbeRelayResponse probed;
  if (const auto refusal = client->Probe(request, &probed)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(probed);
  } else {
    Print(options.id, probed, options.transcript, terminal);
  }
  return probed.passed() ? kOk : kNo;
}

}  // namespace posthaste::cli

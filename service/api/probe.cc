#include "service/api/probe.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "smtp/transcript.h"

namespace posthaste::api {
namespace {

constexpr size_t kReplyCharacters = 120;

std::vector<std::string> Offered(const smtp::Capabilities& capabilities) {
  std::vector<std::string> words;
  const std::pair<bool, const char*> kFlags[] = {
      {capabilities.pipelining, "PIPELINING"},
      {capabilities.chunking, "CHUNKING"},
      {capabilities.eight_bit_mime, "8BITMIME"},
      {capabilities.smtputf8, "SMTPUTF8"},
      {capabilities.enhanced_status_codes, "ENHANCEDSTATUSCODES"},
      {capabilities.dsn, "DSN"},
      {capabilities.starttls, "STARTTLS"}};
  for (const auto& [offered, word] : kFlags) {
    if (offered) words.push_back(word);
  }
  if (capabilities.size) {
    words.push_back(capabilities.size_max > 0 ? absl::StrCat("SIZE ", capabilities.size_max)
                                              : "SIZE");
  }
  if (!capabilities.auth.empty()) {
    words.push_back(absl::StrCat("AUTH ", absl::StrJoin(capabilities.auth, " ")));
  }
  if (capabilities.mail_max > 0) {
    words.push_back(absl::StrCat("LIMITS MAILMAX=", capabilities.mail_max));
  }
  return words;
}

void Show(const smtp::Probed& probed, v1::ProbeRelayResponse& response) {
  const smtp::Attempt& attempt = probed.attempt;
  response.set_passed(probed.passed);
  response.set_address(attempt.address);
  if (!attempt.tls.version.empty()) {
    response.mutable_tls()->set_version(attempt.tls.version);
    response.mutable_tls()->set_cipher(attempt.tls.cipher);
    response.mutable_tls()->set_verified(attempt.tls.verified);
  }
  for (int i = 0; i < smtp::kPhases; ++i) {
    const absl::Duration took = attempt.phase_durations[static_cast<size_t>(i)];
    SetPhase(i, absl::ToInt64Microseconds(took), *response.mutable_phase_durations());
  }
  for (std::string& word : Offered(probed.capabilities)) {
    response.add_capabilities(std::move(word));
  }
  response.set_transcript(attempt.transcript);
  if (probed.passed) return;
  response.set_phase(std::string(smtp::PhaseName(attempt.outcome.phase)));
  response.set_reply(smtp::RedactAddresses(attempt.outcome.reply.Printable(kReplyCharacters)));
  response.set_failure_class(static_cast<v1::FailureClass>(attempt.outcome.failure_class));
  response.set_scope(static_cast<v1::FailureScope>(attempt.outcome.scope));
}

}  // namespace

Task<absl::Status> HandleProbeRelay(Call& call, const v1::ProbeRelayRequest& request,
                                    v1::ProbeRelayResponse& response) {
  Fields fields;
  fields.Line("relay", request.relay(), 32, true);
  fields.Reason(request.reason(), false);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  if (call.backend.sender == nullptr) {
    co_return Failed("NO_WORKER_HERE", "worker",
                     "this process sends no mail; ask one that has the role worker");
  }
  const auto relay = call.backend.shared->relays.find(request.relay());
  if (relay == call.backend.shared->relays.end())
    co_return Missing("RELAY_NOT_FOUND", "posthaste.v1.Relay", request.relay());
  if (relay->second->options().direct)
    co_return Failed("RELAY_DIRECT", request.relay(),
                     "a direct relay has no host of its own that could be probed");
  const smtp::Probed probed = co_await call.backend.sender->Probe(relay->second);
  Show(probed, response);
  const std::string reason = smtp::RedactAddresses(request.reason());
  RelayProbed(request.relay(), call.caller.key, probed.passed, response.reply(), reason);
  if (!probed.passed) co_return absl::OkStatus();
  const absl::Status noted = co_await call.backend.store->holds().NoteProbe(request.relay());
  if (!noted.ok()) co_return FromStore(noted);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

#include "service/console/probe.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "service/cli/fate.h"
#include "service/console/json.h"
#include "smtp/sender.h"
#include "smtp/transcript.h"

namespace posthaste::console {
namespace {

using Answer = absl::StatusOr<std::string>;
using Routes = absl::flat_hash_map<std::string, worker::Route>;

std::shared_ptr<smtp::Relay> FindRelay(const Routes& routes, const std::string& id) {
  for (const auto& [tenant, route] : routes) {
    for (const std::shared_ptr<smtp::Relay>& relay : route) {
      if (relay->options().id == id) return relay;
    }
  }
  return nullptr;
}

std::string AnswerJson(bool good, const std::string& words, const std::string& transcript) {
  return JsonObject().Flag("good", good).Text("words", words).Text("transcript", transcript).Done();
}

std::string Refusal(const std::string& relay, const smtp::Attempt& failed) {
  const smtp::Outcome& outcome = failed.outcome;
  const std::string phase(smtp::PhaseName(outcome.phase));
  const std::string said = outcome.reply.code == 0
                               ? std::string(smtp::FailureClassName(outcome.failure_class))
                               : smtp::RedactAddresses(outcome.reply.Printable());
  // The values are the same by contract: both are stored.
  const std::string advice =
      cli::Advice(static_cast<v1::FailureClass>(outcome.failure_class), phase);
  return absl::StrCat("Relay ", relay, " refuses us at ", phase, ": ", said, ". ", advice);
}

Task<Answer> ProbeRelay(api::Backend& backend, const Routes& routes, ops::Order order) {
  const std::string id = TextField(order.request, "relay");
  if (routes.empty())
    co_return absl::FailedPreconditionError("this process sends no mail: ask a worker's console");
  const std::shared_ptr<smtp::Relay> relay = FindRelay(routes, id);
  if (relay == nullptr) co_return absl::NotFoundError(absl::StrCat("relay: no ", id));
  const smtp::RelayOptions& options = relay->options();
  const std::unique_ptr<smtp::Dialer> dialer = smtp::TcpDialers(*backend.loop)(options);
  const Clock& clock = *backend.shared->clock;
  const SteadyTime begin = clock.Steady();
  smtp::Attempt failed;
  const std::unique_ptr<smtp::Session> session = co_await smtp::Session::Open(
      *dialer, clock, options.host, options.port, options.session, &failed);
  if (session == nullptr) co_return AnswerJson(false, Refusal(id, failed), failed.transcript);
  const auto took = absl::FromChrono(clock.Steady() - begin);
  co_await session->Quit();
  const absl::Status noted = co_await backend.store->holds().NoteProbe(id);
  const std::string words = absl::StrCat(
      "Relay ", id, " would take our mail: it let us in within ", absl::ToInt64Milliseconds(took),
      " ms.", noted.ok() ? "" : " Nobody else knows, for Redis did not take the news.");
  co_return AnswerJson(true, words, "");
}

}  // namespace

void AddProbe(api::Backend& backend, const Routes& routes, ops::ConsoleParts& parts) {
  parts.calls["ProbeRelay"] = {true, [&backend, &routes](ops::Order order) {
                                 return ProbeRelay(backend, routes, std::move(order));
                               }};
}

}  // namespace posthaste::console

#include "service/doctor/doctor.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "service/cli/exit_code.h"
#include "service/cli/serve.h"
#include "service/config/load.h"
#include "service/doctor/machine.h"

namespace posthaste::doctor {
namespace {

using config::v1::Config;

constexpr std::chrono::minutes kLimit{1};  // Of Redis, of all relays, of all names.
constexpr const char* kLevels[] = {"ok", "unknown", "warning", "FAULT"};
constexpr const char* kJsonLevels[] = {"ok", "unknown", "warning", "fault"};

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// Runs `task` on its loop to the end; each of its waits has a limit, and so have all together.
Findings RunToEnd(Loop& loop, const std::string& check, Task<Findings> task) {
  Findings found = {{Level::kUnknown, check, "took longer than a minute, and was given up",
                     "Ask for less of it: a configuration with some of the relays and senders."}};
  asio::co_spawn(loop, std::move(task), [&loop, &found](std::exception_ptr error, Findings result) {
    if (error != nullptr) std::rethrow_exception(error);
    found = std::move(result);
    loop.stop();
  });
  loop.restart();
  loop.run_for(kLimit);
  return found;
}

Findings Secrets(const Config& config) {
  Findings findings;
  for (const absl::Status& trouble : cli::SecretTroubles(config)) {
    findings.push_back({Level::kFault, "secrets", Text(trouble),
                        "Put the file there, owned by the service's user, mode 0600."});
  }
  if (findings.empty())
    findings.push_back({Level::kGood, "secrets", "each file is closed to others", ""});
  return findings;
}

Findings Redis(const Config& config, const Parts& parts) {
  auto options = parts.redis(config.redis());
  if (!options.ok()) return {{Level::kFault, "redis", Text(options.status()), "Mend the setting."}};
  Loop loop{1};
  return RunToEnd(loop, "redis",
                  LookAtRedis(loop, *std::move(options), parts.durability(config.redis())));
}

absl::StatusOr<std::unique_ptr<smtp::Dns>> Resolver(const Config& config, Loop& loop) {
  return smtp::Dns::Create(loop, {config.dns().servers().begin(), config.dns().servers().end()});
}

Findings Relays(const Config& config, const Parts& parts) {
  const auto relays = parts.relays(config);
  if (!relays.ok()) return {{Level::kFault, "relays", Text(relays.status()), "Mend the setting."}};
  Loop loop{1};
  const auto dns = Resolver(config, loop);
  smtp::ExchangerFinder finder;  // Why there is none Names() tells.
  if (dns.ok()) {
    finder = smtp::FindByDns((*dns)->LookUpOn(loop), std::make_shared<smtp::Sites>(SystemClock()),
                             smtp::ExchangerOptions(), SystemClock(), SystemRandom());
  }
  return RunToEnd(loop, "relays", LookAtRelays(loop, *relays, std::move(finder), config));
}

Findings Names(const Config& config) {
  const auto keys = config::ReadDkimKeys(config);  // What is wrong with them Secrets() tells.
  Loop loop{1};
  const auto dns = Resolver(config, loop);
  if (!dns.ok()) {
    return {{Level::kUnknown, "dns", Text(dns.status()), "Mend dns.servers, or use dig."}};
  }
  std::vector<config::DkimEntry> known;
  if (keys.ok()) known = *keys;
  return RunToEnd(loop, "dns", LookAtNames((*dns)->LookUpOn(loop), config, std::move(known)));
}

Findings Look(const Config& config, const Parts& parts) {
  Findings findings = Secrets(config);
  const bool readable = findings[0].level == Level::kGood;
  const absl::Status whole = readable ? parts.check(config) : absl::OkStatus();
  if (!whole.ok()) findings.push_back({Level::kFault, "config", Text(whole), "Mend the setting."});
  Append(findings, LookAtMachine(config, SystemClock().Now()));
  Append(findings, Redis(config, parts));
  Append(findings, Relays(config, parts));
  Append(findings, Names(config));
  return findings;
}

void Show(const Finding& one, bool json, cli::Terminal& terminal) {
  const auto level = static_cast<size_t>(one.level);
  if (json) {
    terminal.Line(JsonObject()
                      .Text("level", kJsonLevels[level])
                      .Text("check", one.check)
                      .Text("what", one.what)
                      .Text("next", one.next)
                      .Done());
    return;
  }
  const std::string word = kLevels[level];
  const std::string styled = one.level == Level::kGood    ? terminal.Good(word)
                             : one.level == Level::kFault ? terminal.Bad(word)
                                                          : terminal.Bold(word);
  const std::string gap(9 - word.size(), ' ');
  terminal.Line(absl::StrCat(styled, gap, one.check, ": ", cli::Harmless(one.what)));
  if (!one.next.empty()) terminal.Line(absl::StrCat("         → ", one.next));
}

}  // namespace

int RunDoctor(const cli::DoctorOptions& options, const Parts& parts, cli::Terminal& terminal) {
  const absl::StatusOr<Config> config = config::LoadConfig(options.config);
  if (!config.ok()) {
    const Finding unread{Level::kFault, "config", Text(config.status()),
                         "Mend it; posthaste check-config tells the next line that is wrong."};
    Show(unread, options.json, terminal);
    return cli::kUsage;
  }
  Findings findings = Look(*config, parts);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.level > b.level; });
  const auto faults = std::count_if(findings.begin(), findings.end(),
                                    [](const Finding& one) { return one.level == Level::kFault; });
  for (const Finding& one : findings) Show(one, options.json, terminal);
  if (!options.json) {
    terminal.Line();
    terminal.Line(faults == 0
                      ? "Nothing is wrong."
                      : absl::StrCat("Faults: ", faults, ". The first lines say what to do."));
  }
  return faults == 0 ? cli::kOk : cli::kNo;
}

}  // namespace posthaste::doctor

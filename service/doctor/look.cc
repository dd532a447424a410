#include "service/doctor/look.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/mailbox.h"
#include "service/doctor/machine.h"
#include "service/doctor/names.h"
#include "service/redis/client.h"
#include "service/redis/disk.h"
#include "service/redis/trouble.h"
#include "smtp/dialer.h"
#include "smtp/outcome.h"
#include "smtp/tls.h"

namespace posthaste::doctor {
namespace {

constexpr absl::Duration kPhaseLimit = absl::Seconds(5), kRedisLimit = absl::Seconds(5);
constexpr std::chrono::seconds kDnsLimit{5};
constexpr int kDomainsGreeted = 2;  // Of each direct relay.

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// TIME: seconds and microseconds.
Task<Findings> Skew(redis::Client& client) {
  const absl::Time before = SystemClock().Now();
  const absl::StatusOr<redis::Reply> reply = co_await client.Call(redis::Command("TIME"));
  const absl::Time after = SystemClock().Now();
  Findings findings;
  if (!reply.ok() || !reply->Array().ok() || (*reply->Array())->size() != 2) co_return findings;
  int64_t seconds = 0, micros = 0;
  const bool read = absl::SimpleAtoi((**reply->Array())[0].raw_text(), &seconds) &&
                    absl::SimpleAtoi((**reply->Array())[1].raw_text(), &micros);
  if (!read) co_return findings;
  const absl::Time theirs = absl::FromUnixMicros(seconds * 1000000 + micros);
  findings.push_back(JudgeSkew(theirs - (before + (after - before) / 2)));
  co_return findings;
}

// That it answers does not mean that it takes anything.
Task<Findings> Trouble(redis::Client& client) {
  const std::string why = co_await redis::AskTrouble(client);
  Findings findings;
  if (!why.empty()) {
    findings.push_back({Level::kFault, "redis",
                        absl::StrCat(redis::Where(client.options()), ": ", why),
                        "Make room on its disk, or raise maxmemory."});
  }
  co_return findings;
}

// What the relay said, or the transcript's last line, which notes what happened instead.
std::string WordsOf(const smtp::Attempt& failed) {
  if (failed.outcome.reply.code != 0) return failed.outcome.reply.Printable();
  const std::vector<std::string> lines =
      absl::StrSplit(failed.transcript, '\n', absl::SkipWhitespace());
  return lines.empty() ? "no answer" : lines.back();
}

std::string NextFor(smtp::FailureClass failure, const std::string& id) {
  switch (failure) {
    case smtp::FailureClass::kAuthFailed:
      return absl::StrCat("Mend username and password (or token) of the relay ", id,
                          ", and ask its provider whether the account is open.");
    case smtp::FailureClass::kTlsFailure:
      return "Look at the relay's certificate (openssl s_client -starttls smtp -connect …): its "
             "end, "
             "its name (tls_name), who signed it (ca_file).";
    case smtp::FailureClass::kDnsFailure:
      return "Look at the relay's host: its name does not lead anywhere.";
    case smtp::FailureClass::kConnectFailure:
    case smtp::FailureClass::kTimeout:
      return "Look at host, port and the firewalls between: many networks close port 25.";
    default:
      return "Ask the relay's provider, with its reply.";
  }
}

// `where`: for the one who reads.
Task<Finding> Greet(Loop& loop, std::shared_ptr<smtp::Relay> relay, std::string where) {
  const smtp::RelayOptions& options = relay->options();
  const auto tls = smtp::TlsClient::Create(options.ca_file);
  if (!tls.ok()) {
    Finding unreadable{Level::kFault, "relays", absl::StrCat(where, ": ", Text(tls.status())),
                       "Mend its ca_file."};
    co_return unreadable;
  }
  smtp::TcpDialer dialer(loop, *tls, options.allow_private, options.addresses);
  smtp::SessionOptions session_options = options.session;
  smtp::PhaseLimits& limits = session_options.limits;
  for (absl::Duration* each :
       {&limits.connect, &limits.greeting, &limits.ehlo, &limits.starttls, &limits.auth}) {
    *each = std::min(*each, kPhaseLimit);
  }
  smtp::Attempt failed;
  const std::unique_ptr<smtp::Session> session = co_await smtp::Session::Open(
      dialer, SystemClock(), options.host, options.port, session_options, &failed);
  if (session == nullptr) {
    Finding refused{Level::kFault, "relays", "", NextFor(failed.outcome.failure_class, options.id)};
    refused.what = absl::StrCat(where, ": ", std::string(smtp::PhaseName(failed.outcome.phase)),
                                ": ", WordsOf(failed));
    co_return refused;
  }
  Finding good{Level::kGood, "relays", absl::StrCat(where, ": welcomes us"), ""};
  const smtp::Attempt opened = session->HowOpened();
  if (!opened.tls.version.empty()) absl::StrAppend(&good.what, " by ", opened.tls.version);
  if (session->tls_downgraded()) {
    good.level = Level::kWarning;
    good.what = absl::StrCat(where, ": its TLS handshake fails, so mail goes there in clear");
    good.next = NextFor(smtp::FailureClass::kTlsFailure, options.id);
  }
  co_await session->Quit();
  co_return good;
}

// The nearest of `domain`'s exchangers: whether mail gets out of this network at all.
Task<Finding> GreetExchanger(Loop& loop, std::shared_ptr<smtp::Relay> relay,
                             smtp::ExchangerFinder finder, std::string domain) {
  const smtp::Exchangers found =
      co_await finder(relay, domain, "", SystemClock().Steady() + kDnsLimit);
  const std::string& id = relay->options().id;
  if (found.hosts.empty()) {
    Finding nobody{Level::kUnknown, "relays", "",
                   "Send a code to a mailbox of yours, and look at its fate."};
    nobody.what =
        absl::StrCat(id, " (direct): nobody to greet for ", domain, ": ", WordsOf(found.failed));
    co_return nobody;
  }
  const smtp::RelayOptions& options = found.hosts[0]->options();
  const std::string where =
      absl::StrCat(id, " (direct, to ", options.host, ":", options.port, " for ", domain, ")");
  co_return co_await Greet(loop, found.hosts[0], where);
}

struct Domains {
  std::set<std::string> from, back;  // Of senders, and of return paths; A-labels.
};

Domains DomainsOf(const config::v1::Config& config) {
  Domains domains;
  for (const config::v1::Tenant& tenant : config.tenants()) {
    for (const config::v1::Sender& sender : tenant.senders()) {
      const auto mailbox = ParseMailbox(sender.mailbox());
      if (!mailbox.ok()) continue;
      domains.from.insert(mailbox->ascii_domain);
      const std::string& own = sender.return_path_domain();
      domains.back.insert(own.empty() ? mailbox->ascii_domain : own);
    }
  }
  return domains;
}

}  // namespace

Task<Findings> LookAtRedis(Loop& loop, redis::ClientOptions options, redis::Durability level) {
  Findings findings;
  const std::string where = redis::Where(options);
  const bool here = redis::IsHere(options);
  auto client = redis::Client::Make(loop, std::move(options));
  absl::Status ready = client.status();
  if (ready.ok()) ready = co_await (*client)->WaitReady(kRedisLimit);
  if (!ready.ok()) {
    findings.push_back({Level::kFault, "redis", Text(ready),
                        "Start Redis, or mend redis.address, its user and its password. If it "
                        "ended, its own log says why."});
    // It cannot say where it writes.
    if (here) Append(findings, LookAtFullDisks());
    co_return findings;
  }
  const absl::StatusOr<redis::ServerSettings> settings = co_await redis::ReadSettings(**client);
  const absl::Status kept =
      settings.ok() ? redis::CheckDurability(level, *settings) : settings.status();
  if (kept.ok()) {
    findings.push_back(
        {Level::kGood, "redis", absl::StrCat(where, ": version ", settings->version), ""});
  } else {
    findings.push_back({Level::kFault, "redis", Text(kept),
                        "Set Redis up as deploy/redis.conf says, and start it again."});
  }
  const Findings trouble = co_await Trouble(**client);
  Append(findings, trouble);
  const Findings skew = co_await Skew(**client);
  Append(findings, skew);
  if (here && settings.ok() && !settings->folder.empty())
    Append(findings, LookAtSpace("Redis' files", settings->folder));
  (*client)->Close();
  co_return findings;
}

Task<Findings> LookAtRelays(Loop& loop, std::vector<std::shared_ptr<smtp::Relay>> relays,
                            smtp::ExchangerFinder finder, config::v1::Config config) {
  const Domains domains = DomainsOf(config);
  Findings findings;
  for (const std::shared_ptr<smtp::Relay>& relay : relays) {
    const smtp::RelayOptions& options = relay->options();
    if (!options.direct) {
      const std::string where =
          absl::StrCat(options.id, " (", options.host, ":", options.port, ")");
      Finding greeted = co_await Greet(loop, relay, where);
      findings.push_back(std::move(greeted));
    } else if (finder == nullptr) {
      findings.push_back({Level::kUnknown, "relays",
                          options.id + ": is direct, and nobody can be asked for exchangers",
                          "Send a code to a mailbox of yours, and look at its fate."});
    } else {
      int asked = 0;
      for (const std::string& domain : domains.back) {
        if (++asked > kDomainsGreeted) break;
        Finding greeted = co_await GreetExchanger(loop, relay, finder, domain);
        findings.push_back(std::move(greeted));
      }
    }
  }
  co_return findings;
}

Task<Findings> LookAtNames(smtp::DnsLookUp look_up, config::v1::Config config,
                           std::vector<config::DkimEntry> keys) {
  const auto [from, back] = DomainsOf(config);
  using smtp::DnsType;
  const auto limit = [] { return SystemClock().Steady() + kDnsLimit; };
  Findings findings;
  for (const std::string& domain : back) {
    const smtp::DnsAnswer mx = co_await look_up(domain, DnsType::kMx, limit());
    findings.push_back(JudgeReturnPath(domain, mx));
    const smtp::DnsAnswer spf = co_await look_up(domain, kTxt, limit());
    findings.push_back(JudgeSpf(domain, spf));
  }
  for (const config::DkimEntry& key : keys) {
    const smtp::DnsAnswer record = co_await look_up(DkimName(key), kTxt, limit());
    findings.push_back(JudgeDkim(key, record));
  }
  for (const std::string& domain : from) {
    smtp::DnsAnswer policy;
    for (const std::string& name : DmarcNames(domain)) {
      policy = co_await look_up(name, kTxt, limit());
      if (EndsDmarcWalk(policy)) break;
    }
    findings.push_back(JudgeDmarc(domain, policy));
  }
  co_return findings;
}

}  // namespace posthaste::doctor

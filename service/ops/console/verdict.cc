#include "service/ops/console/verdict.h"

#include <algorithm>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace posthaste::ops {
namespace {

using Tone = Verdict::Tone;
using Rule = std::optional<Verdict> (*)(const Situation&);

constexpr int64_t kFewDeferrals = 3;  // Fewer say nothing about a provider.

std::string Since(const std::optional<absl::Time>& time) {
  if (!time) return "";
  return absl::StrCat(" since ", absl::FormatTime("%H:%M", *time, absl::UTCTimeZone()), " UTC");
}

std::string Waiting(const Situation& situation) {
  if (situation.codes == 0) return "none waiting";
  return absl::StrCat(situation.codes, situation.codes == 1 ? " code waiting" : " codes waiting");
}

bool Late(const Situation& situation) {
  return situation.oldest_due && situation.now - *situation.oldest_due > kLate;
}

bool Fails(const RelayView& relay) {
  return relay.suspended || !relay.open || (relay.failing_since && relay.failed > 0);
}

std::string Words(double seconds) {
  return seconds < 1 ? absl::StrFormat("%.0f ms", seconds * 1000)
                     : absl::StrFormat("%.3g s", seconds);
}

// Whether some relay takes mail, so that a failing one is a nuisance and no outage.
bool SomeRelayWorks(const Situation& situation) {
  return std::any_of(situation.relays.begin(), situation.relays.end(), [](const RelayView& relay) {
    return !Fails(relay) && !relay.held && relay.accepted > 0;
  });
}

// "421 4.3.2 Not today" as "421"; nothing if it is no reply.
std::string CodeOf(const std::string& reply) {
  const bool digits = reply.size() >= 3 && std::all_of(reply.begin(), reply.begin() + 3,
                                                       [](char c) { return c >= '0' && c <= '9'; });
  return digits ? reply.substr(0, 3) : "";
}

// What a failing relay does, in words.
std::string Doing(const RelayView& relay) {
  const std::string code = CodeOf(relay.reply);
  if (!code.empty()) return "answers " + code;
  switch (relay.failure_class) {
    case v1::TIMEOUT:
      return "does not answer in time";
    case v1::TLS_FAILURE:
      return "shows TLS that does not fit";
    case v1::CONNECT_FAILURE:
      return "cannot be reached";
    case v1::PROTOCOL_ERROR:
      return "does not speak SMTP";
    default:
      return "takes no mail";
  }
}

// The relay's trouble as a verdict: an outage, or a nuisance while another takes its mail.
Verdict OfRelay(const Situation& situation, const RelayView& relay, Cause cause,
                const std::string& what, const std::string& advice) {
  const std::string text = absl::StrCat("relay ", relay.id, " ", what, Since(relay.failing_since));
  if (SomeRelayWorks(situation) && !Late(situation)) {
    return {Tone::kWarn, cause,
            absl::StrCat("Codes are on time, but ", text, "; other relays take its mail."), advice};
  }
  return {Tone::kBad, cause, absl::StrCat("Codes are late: ", text, "; ", Waiting(situation), "."),
          advice};
}

std::optional<Verdict> JudgeRedis(const Situation& situation) {
  if (situation.redis_trouble.empty()) return std::nullopt;
  const std::string& why = situation.redis_trouble;
  const bool memory = absl::StrContains(why, "OOM") || absl::StrContains(why, "maxmemory");
  // Redis' own word, or what redis/trouble.h and redis/disk.h say; a path may have "disk" in it
  // too.
  const bool disk = absl::StrContains(why, "MISCONF") || absl::StrContains(why, "its disk");
  const bool full = absl::StrContains(why, "No space left") || absl::StrContains(why, "no room");
  const std::string what = memory ? "takes no more: its memory is full"
                           : full ? "takes no more: its disk is full"
                           : disk ? "takes no more: its disk is full or broken"
                                  : "does not answer";
  const std::string advice =
      memory ? "Raise maxmemory or give its machine more; nothing that was answered OK is lost."
      : disk || full
          ? "Make room on the disk of Redis' machine; if Redis has ended and nobody starts it, "
            "start it. Nothing that was answered OK is lost."
          : "Look at the Redis process and its machine. Callers are told UNAVAILABLE and to "
            "wait; nothing that was answered OK is lost.";
  return Verdict{Tone::kBad, Cause::kRedis,
                 absl::StrCat("No codes are taken or sent: Redis ", what,
                              Since(situation.redis_trouble_since), " (", why, ")."),
                 advice};
}

std::optional<Verdict> JudgeHold(const Situation& situation) {
  if (situation.hold.empty()) return std::nullopt;
  return Verdict{Tone::kWarn, Cause::kHold,
                 absl::StrCat("Codes are held: ", situation.hold, "; new ones are refused, ",
                              Waiting(situation), "."),
                 "Delete the hold on the page Relays when its reason is gone."};
}

std::optional<Verdict> FirstRelay(const Situation& situation, Cause cause,
                                  const std::function<bool(const RelayView&)>& concerned,
                                  const std::function<std::string(const RelayView&)>& doing,
                                  const std::string& advice) {
  for (const RelayView& relay : situation.relays) {
    if (!relay.held && Fails(relay) && concerned(relay))
      return OfRelay(situation, relay, cause, doing(relay), advice);
  }
  return std::nullopt;
}

std::optional<Verdict> JudgeCredentials(const Situation& situation) {
  return FirstRelay(
      situation, Cause::kCredentials,
      [](const RelayView& relay) {
        return relay.suspended || relay.failure_class == v1::AUTH_FAILED;
      },
      [](const RelayView& relay) {
        const std::string code = CodeOf(relay.reply);
        return absl::StrCat("refuses our user name or password",
                            code.empty() ? "" : " (" + code + ")");
      },
      "Mend its username and password_file, restart, and probe it on the page Relays.");
}

std::optional<Verdict> JudgeDns(const Situation& situation) {
  return FirstRelay(
      situation, Cause::kDns,
      [](const RelayView& relay) { return relay.failure_class == v1::DNS_FAILURE; },
      [](const RelayView&) { return std::string("has a name that DNS does not answer"); },
      "Check its host in the configuration, and that this machine can resolve names.");
}

std::optional<Verdict> JudgeRelay(const Situation& situation) {
  return FirstRelay(
      situation, Cause::kRelay, [](const RelayView&) { return true; }, Doing,
      "Hold it on the page Relays so that its mail goes to the next relay, or ask its operator.");
}

std::optional<Verdict> JudgeProvider(const Situation& situation) {
  for (const ProviderView& provider : situation.providers) {
    const bool most = provider.deferred + provider.bounced > provider.accepted;
    if (!provider.failing_since || provider.deferred < kFewDeferrals || !most) continue;
    const std::string code = CodeOf(provider.reply);
    return Verdict{
        Tone::kWarn, Cause::kProvider,
        absl::StrCat("Codes to ", provider.name, " are late: it puts ", provider.deferred, " of ",
                     provider.accepted + provider.deferred + provider.bounced, " off",
                     code.empty() ? "" : absl::StrCat(" (", code, ")"),
                     Since(provider.failing_since), "; mail to others is on time."),
        absl::StrCat(
            "Read its reply below. Send less to it, or by a relay with a better name; hold ",
            provider.name, " if each try makes it worse.")};
  }
  return std::nullopt;
}

std::optional<Verdict> JudgeUs(const Situation& situation) {
  if (!Late(situation)) return std::nullopt;
  const auto age = absl::ToInt64Seconds(situation.now - *situation.oldest_due);
  const bool busy = situation.slots > 0 && situation.slots_used >= situation.slots;
  const std::string why =
      !situation.sends ? "no worker takes them"
      : busy           ? absl::StrCat("all ", situation.slots, " slots of our worker are taken")
                       : "our worker does not take them";
  return Verdict{Tone::kBad, Cause::kUs,
                 absl::StrCat("Codes are late, and it is us: ", why, "; the oldest waits for ", age,
                              " s; ", Waiting(situation), "."),
                 busy ? "Start another worker, or raise worker.slots."
                      : "Look whether a process with the role worker runs, and at its log."};
}

Verdict AllWell(const Situation& situation) {
  if (situation.accepted == 0) {
    return {Tone::kGood, Cause::kNone,
            absl::StrCat("All quiet: no codes lately, ", Waiting(situation), "."), ""};
  }
  const std::string time =
      situation.p99_seconds ? absl::StrCat(": 99 % accepted within ", Words(*situation.p99_seconds))
                            : "";
  return {Tone::kGood, Cause::kNone,
          absl::StrCat("Codes are on time", time, ", ", Waiting(situation), "."), ""};
}

}  // namespace

Verdict Judge(const Situation& situation) {
  constexpr Rule kRules[] = {JudgeRedis, JudgeHold,     JudgeCredentials, JudgeDns,
                             JudgeRelay, JudgeProvider, JudgeUs};
  for (const Rule rule : kRules) {
    const std::optional<Verdict> verdict = rule(situation);
    if (verdict) return *verdict;
  }
  return AllWell(situation);
}

std::string_view CauseName(Cause cause) {
  constexpr std::string_view kNames[] = {"none", "hold",  "redis",    "credentials",
                                         "dns",  "relay", "provider", "us"};
  return kNames[static_cast<size_t>(cause)];
}

}  // namespace posthaste::ops

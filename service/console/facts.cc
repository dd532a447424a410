#include "service/console/facts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/json.h"

namespace posthaste::console {
namespace {

using Breaker = smtp::Breaker;
using delivery::RelayState;

std::string TimeJson(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

v1::FailureClass ClassOf(const smtp::LatelyFailure& failure) {
  return static_cast<v1::FailureClass>(failure.failure_class);
}

const smtp::LatelyOf* Find(const std::vector<smtp::LatelyOf>& all, const std::string& name) {
  for (const smtp::LatelyOf& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

ops::RelayView ViewOf(const RelayState& state, const NowFacts& facts) {
  ops::RelayView view;
  view.id = state.id;
  view.open = state.breaker == Breaker::State::kClosed;
  view.suspended = state.breaker == Breaker::State::kSuspended;
  view.held = queue::FindRelayHold(facts.holds, state.id, facts.now) != nullptr;
  const smtp::LatelyOf* lately = Find(facts.lately.relays, state.id);
  if (lately == nullptr) return view;
  view.accepted = lately->counts.accepted;
  view.failed = lately->counts.failed();
  view.failing_since = lately->failing_since;
  view.phase = lately->last.phase;
  view.reply = lately->last.reply;
  view.failure_class = ClassOf(lately->last);
  return view;
}

std::string HoldText(const queue::Hold& hold, const std::string& what) {
  return absl::StrCat(what, ", by ", hold.creator, ", until ",
                      absl::FormatTime("%H:%M", hold.expire_time, absl::UTCTimeZone()), " UTC (",
                      hold.reason, ")");
}

// A hold that keeps codes of every tenant; "" if there is none.
std::string CodesHeld(const NowFacts& facts) {
  const std::string code(queue::MailClassName(queue::MailClass::kCode));
  for (const queue::Hold& hold : facts.holds) {
    if (hold.expire_time <= facts.now) continue;
    if (hold.scope == queue::HoldScope::kAll) return HoldText(hold, "all mail");
    if (hold.scope == queue::HoldScope::kMailClass && hold.target == code)
      return HoldText(hold, "all codes");
  }
  const queue::Hold* last = nullptr;
  for (const RelayState& relay : facts.delivery.relays) {
    last = queue::FindRelayHold(facts.holds, relay.id, facts.now);
    if (last == nullptr) return "";
  }
  return last == nullptr ? "" : HoldText(*last, "every relay");
}

std::string CountsJson(const smtp::LatelyCounts& counts) {
  return JsonObject()
      .Number("accepted", counts.accepted)
      .Number("deferred", counts.deferred)
      .Number("bounced", counts.bounced)
      .Number("uncertain", counts.uncertain)
      .Number("relay_failed", counts.relay_failed)
      .Done();
}

std::string FailureJson(const smtp::LatelyFailure& failure) {
  return JsonObject()
      .Text("time", TimeJson(failure.time))
      .Text("message", failure.message)
      .Text("relay", failure.relay)
      .Text("provider", failure.provider)
      .Text("phase", failure.phase)
      .Text("outcome", failure.outcome)
      .Text("failure_class", v1::FailureClass_Name(ClassOf(failure)))
      .Text("reply", failure.reply)
      .Done();
}

std::string OfJson(const smtp::LatelyOf& one) {
  JsonObject json;
  json.Text("name", one.name).Raw("counts", CountsJson(one.counts));
  if (one.failing_since) {
    json.Text("failing_since", TimeJson(*one.failing_since)).Raw("last", FailureJson(one.last));
  }
  return json.Done();
}

const char* BreakerName(Breaker::State state) {
  switch (state) {
    case Breaker::State::kClosed:
      return "closed";
    case Breaker::State::kHalfOpen:
      return "half_open";
    case Breaker::State::kOpen:
      return "open";
    case Breaker::State::kSuspended:
      return "suspended";
  }
  return "closed";
}

std::string RelayJson(const RelayState& state, const NowFacts& facts) {
  std::vector<std::string> tenants;
  for (const std::string& tenant : state.tenants) AppendJsonString(tenant, tenants.emplace_back());
  const queue::Hold* hold = queue::FindRelayHold(facts.holds, state.id, facts.now);
  const smtp::LatelyOf* lately = Find(facts.chart.relays, state.id);
  return JsonObject()
      .Text("id", state.id)
      .Text("where", state.where)
      .Text("breaker", BreakerName(state.breaker))
      .Number("open", state.open)
      .Number("active", state.active)
      .Number("window", state.window)
      .Raw("tenants", JsonArray(tenants))
      .Text("hold", hold == nullptr ? "" : queue::HoldId(hold->number))
      .Raw("lately", lately == nullptr ? "null" : OfJson(*lately))
      .Done();
}

std::string HoldJson(const queue::Hold& hold) {
  return JsonObject()
      .Text("id", queue::HoldId(hold.number))
      .Text("scope", queue::HoldScopeName(hold.scope))
      .Text("target", hold.target)
      .Text("reason", hold.reason)
      .Text("creator", hold.creator)
      .Text("create_time", TimeJson(hold.create_time))
      .Text("expire_time", TimeJson(hold.expire_time))
      .Done();
}

std::string QueueJson(const queue::Stats& stats) {
  std::vector<std::string> classes;
  for (int i = 0; i < queue::kMailClasses; ++i) {
    const queue::ClassStats& one = stats.classes[i];
    JsonObject json;
    json.Text("mail_class", queue::MailClassName(static_cast<queue::MailClass>(i)))
        .Number("due", one.due)
        .Number("later", one.waiting - one.due)
        .Number("leased", one.leased);
    if (one.oldest) json.Text("oldest_due", TimeJson(*one.oldest));
    classes.push_back(json.Done());
  }
  return JsonObject()
      .Raw("classes", JsonArray(classes))
      .Number("parked", stats.parked)
      .Number("held", stats.held)
      .Done();
}

template <typename T, typename F>
std::string ListOf(const std::vector<T>& items, F json_of) {
  std::vector<std::string> list;
  for (const T& item : items) list.push_back(json_of(item));
  return JsonArray(list);
}

std::string VerdictJson(const ops::Verdict& verdict) {
  static constexpr std::string_view kTones[] = {"good", "warn", "bad"};
  return JsonObject()
      .Text("tone", kTones[static_cast<size_t>(verdict.tone)])
      .Text("cause", ops::CauseName(verdict.cause))
      .Text("text", verdict.text)
      .Text("advice", verdict.advice)
      .Done();
}

void AddPercentile(std::string_view name, const std::optional<absl::Duration>& value,
                   JsonObject& json) {
  if (value) json.Real(name, absl::ToDoubleSeconds(*value));
}

}  // namespace

ops::Situation SituationOf(const NowFacts& facts) {
  ops::Situation situation;
  situation.now = facts.now;
  situation.redis_trouble = facts.redis_trouble;
  situation.redis_trouble_since = facts.redis_trouble_since;
  situation.sends = facts.sends();
  if (facts.stats) {
    const queue::ClassStats& codes = facts.stats->classes[0];
    situation.codes = codes.waiting + codes.leased;
    situation.codes_due = codes.due;
    situation.oldest_due = codes.oldest;
  }
  situation.slots = facts.delivery.slots;
  situation.slots_used = facts.delivery.slots_used;
  situation.hold = CodesHeld(facts);
  for (const RelayState& relay : facts.delivery.relays)
    situation.relays.push_back(ViewOf(relay, facts));
  for (const smtp::LatelyOf& one : facts.lately.providers) {
    situation.providers.push_back({one.name, one.counts.accepted, one.counts.deferred,
                                   one.counts.bounced, one.failing_since, one.last.reply});
  }
  situation.accepted = facts.lately.codes.accepted;
  if (facts.lately.p99) situation.p99_seconds = absl::ToDoubleSeconds(*facts.lately.p99);
  return situation;
}

std::string NowJson(const NowFacts& facts) {
  JsonObject latency;
  AddPercentile("p50", facts.chart.p50, latency);
  AddPercentile("p95", facts.chart.p95, latency);
  AddPercentile("p99", facts.chart.p99, latency);
  JsonObject json;
  json.Raw("verdict", VerdictJson(ops::Judge(SituationOf(facts))))
      .Text("redis_trouble", facts.redis_trouble)
      .Flag("sends", facts.sends())
      .Number("processes", facts.delivery.processes)
      .Number("slots", facts.delivery.slots)
      .Number("slots_used", facts.delivery.slots_used)
      .Raw("queue", facts.stats ? QueueJson(*facts.stats) : "null")
      .Raw("accepted",
           ListOf(facts.chart.slices,
                  [](const smtp::LatelyCounts& one) { return std::to_string(one.accepted); }))
      .Raw("failed",
           ListOf(facts.chart.slices,
                  [](const smtp::LatelyCounts& one) { return std::to_string(one.failed()); }))
      .Raw("codes", CountsJson(facts.chart.codes))
      .Raw("latency", latency.Done())
      .Raw("relays", ListOf(facts.delivery.relays,
                            [&](const RelayState& relay) { return RelayJson(relay, facts); }))
      .Raw("providers", ListOf(facts.chart.providers, OfJson))
      .Raw("failures", ListOf(facts.chart.failures, FailureJson))
      .Raw("holds", ListOf(facts.holds, HoldJson));
  return json.Done();
}

}  // namespace posthaste::console

#include "service/console/queue.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/json.h"
#include "service/api/convert.h"
#include "service/console/json.h"

namespace posthaste::console {
namespace {

using Answer = absl::StatusOr<std::string>;

constexpr int kParkedListed = 100;
constexpr int64_t kLookedAt = 2000;  // Messages of a tenant and state, for the shape.

struct Age {
  std::string_view title;
  absl::Duration until;
};
constexpr Age kAges[] = {{"10 s", absl::Seconds(10)}, {"1 min", absl::Minutes(1)},
                         {"5 min", absl::Minutes(5)}, {"15 min", absl::Minutes(15)},
                         {"1 h", absl::Hours(1)},     {"6 h", absl::Hours(6)}};

Task<Answer> ListParked(api::Backend& backend, ops::Order) {
  const absl::StatusOr<queue::ParkedPage> page =
      co_await backend.store->redrive().ListParked({}, kParkedListed, "");
  if (!page.ok()) co_return page.status();
  std::vector<std::string> rows;
  for (const queue::ParkedMessage& parked : page->messages) {
    rows.push_back(
        JsonObject()
            .Text("tenant", parked.record.facts.tenant())
            .Text("parked", absl::FormatTime(absl::RFC3339_sec, parked.parked, absl::UTCTimeZone()))
            .Raw("message", ToJson(api::ToMessage(parked.id, parked.record, {})))
            .Done());
  }
  JsonObject json;
  json.Raw("parked", JsonArray(rows)).Flag("more", !page->next.empty());
  co_return json.Done();
}

std::string_view Words(queue::Redriven result) {
  switch (result) {
    case queue::Redriven::kDone:
      return "queued again";
    case queue::Redriven::kNotFound:
      return "no longer there";
    case queue::Redriven::kNotInReach:
      return "neither parked nor uncertain";
    case queue::Redriven::kCode:
      return "a code: nobody waits for it any more";
    case queue::Redriven::kUnreadable:
      return "its seal does not open";
    case queue::Redriven::kSpent:
      return "claimed as often as can be";
    case queue::Redriven::kSuppressed:
      return "its recipient is suppressed";
    case queue::Redriven::kSuperseded:
      return "a newer message took its place";
    case queue::Redriven::kChanged:
      return "changed meanwhile: look again";
  }
  return "";
}

Task<Answer> RedriveMessages(api::Backend& backend, ops::Order order) {
  std::vector<std::string> ids =
      absl::StrSplit(TextField(order.request, "ids"), ',', absl::SkipEmpty());
  if (ids.empty() || ids.size() > queue::kRedriveMax)
    co_return absl::InvalidArgumentError(absl::StrCat("ids: from 1 to ", queue::kRedriveMax));
  const absl::StatusOr<std::vector<queue::RedriveAnswer>> answers =
      co_await backend.store->redrive().Run(std::move(ids), false, backend.shared->seal_keys,
                                            *backend.shared->random);
  if (!answers.ok()) co_return answers.status();
  std::vector<std::string> rows;
  int64_t done = 0;
  for (const queue::RedriveAnswer& answer : *answers) {
    done += answer.result == queue::Redriven::kDone;
    rows.push_back(JsonObject().Text("id", answer.id).Text("result", Words(answer.result)).Done());
  }
  JsonObject json;
  json.Number("done", done).Raw("results", JsonArray(rows));
  co_return json.Done();
}

struct Row {
  int64_t total = 0;
  std::array<int64_t, std::size(kAges) + 1> counts{};
};

size_t AgeColumn(absl::Duration age) {
  size_t column = 0;
  while (column < std::size(kAges) && age > kAges[column].until) ++column;
  return column;
}

// Adds the live messages of one tenant in one state to the shape; how many there were. A sample
// when there are more than kLookedAt.
Task<absl::StatusOr<int64_t>> AddTo(queue::Store& store, std::string tenant, queue::State state,
                                    std::map<std::string, Row>& rows) {
  int64_t seen = 0;
  std::string token;
  do {
    const absl::StatusOr<queue::MessagePage> page =
        co_await store.messages().ListByState(tenant, state, queue::kPageMax, token);
    if (!page.ok()) co_return page.status();
    for (const queue::MessageView& view : page->messages) {
      const std::string& provider = view.record.facts.provider();
      Row& row = rows[provider.empty() ? "other" : provider];
      const absl::Duration age =
          store.clock().Now() - absl::FromUnixMillis(view.record.head.create_ms);
      ++row.total;
      ++row.counts[AgeColumn(age)];
      ++seen;
    }
    token = page->next;
  } while (!token.empty() && seen < kLookedAt);
  co_return token.empty() ? seen : kLookedAt;
}

std::string ShapeJson(const std::map<std::string, Row>& rows, int64_t sampled) {
  std::vector<std::string> ages, list;
  for (const Age& age : kAges) AppendJsonString(age.title, ages.emplace_back());
  AppendJsonString("older", ages.emplace_back());
  for (const auto& [provider, row] : rows) {
    std::vector<std::string> counts;
    for (const int64_t count : row.counts) counts.push_back(absl::StrCat(count));
    list.push_back(JsonObject()
                       .Text("provider", provider)
                       .Number("total", row.total)
                       .Raw("counts", JsonArray(counts))
                       .Done());
  }
  return JsonObject()
      .Raw("ages", JsonArray(ages))
      .Raw("rows", JsonArray(list))
      .Number("sampled", sampled)
      .Done();
}

Task<Answer> GetQueueShape(api::Backend& backend, ops::Order) {
  std::map<std::string, Row> rows;
  bool sample = false;
  int64_t seen = 0;
  for (const config::v1::Tenant& tenant : backend.shared->config->tenants()) {
    for (const queue::State state :
         {v1::Message::QUEUED, v1::Message::SENDING, v1::Message::DEFERRED}) {
      const absl::StatusOr<int64_t> added =
          co_await AddTo(*backend.store, tenant.id(), state, rows);
      if (!added.ok()) co_return added.status();
      sample |= *added >= kLookedAt;
      seen += *added;
    }
  }
  co_return ShapeJson(rows, sample ? seen : 0);
}

}  // namespace

void AddQueue(api::Backend& backend, ops::ConsoleParts& parts) {
  AddCall(backend, "ListParked", false, ListParked, parts);
  AddCall(backend, "RedriveMessages", true, RedriveMessages, parts);
  AddCall(backend, "GetQueueShape", false, GetQueueShape, parts);
}

}  // namespace posthaste::console

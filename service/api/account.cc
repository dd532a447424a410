#include "service/api/account.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/api/convert.h"
#include "service/api/events.h"
#include "service/api/fields.h"
#include "service/queue/usage.h"

namespace posthaste::api {
namespace {

constexpr int kDaysDefault = 30;

v1::DayUsage ToDay(const queue::DayUsage& usage) {
  v1::DayUsage day;
  const absl::Time noon = queue::EndOf(usage.day) - absl::Hours(12);
  day.set_date(absl::FormatTime("%Y-%m-%d", noon, absl::UTCTimeZone()));
  day.set_codes(usage.counts[static_cast<int>(queue::MailClass::kCode)]);
  day.set_notices(usage.counts[static_cast<int>(queue::MailClass::kNotice)]);
  day.set_general(usage.counts[static_cast<int>(queue::MailClass::kGeneral)]);
  return day;
}

}  // namespace

Task<absl::Status> HandleGetUsage(Call& call, const v1::GetUsageRequest& request,
                                  v1::GetUsageResponse& response) {
  Fields fields;
  if (request.days() < 0 || request.days() > queue::kUsageDaysMax)
    fields.Add("days", "FIELD_INVALID", "must be from 1 to 90");
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  queue::Store& store = *call.backend.store;
  const int days = request.days() == 0 ? kDaysDefault : request.days();
  const absl::StatusOr<std::vector<queue::DayUsage>> used =
      co_await store.usage().Read(call.caller.tenant, days);
  if (!used.ok()) co_return FromStore(used.status());
  for (const queue::DayUsage& day : *used) *response.add_days() = ToDay(day);
  response.set_messages_per_day(call.tenant->config->messages_per_day());
  SetMillis(absl::ToUnixMillis(queue::EndOf(queue::DayOf(store.clock().Now()))),
            response.mutable_reset_time());
  co_return absl::OkStatus();
}

Task<absl::Status> CheckQuota(const Call& call) {
  const int64_t quota = call.tenant->config->messages_per_day();
  if (quota <= 0) co_return absl::OkStatus();
  queue::Store& store = *call.backend.store;
  const absl::StatusOr<std::vector<queue::DayUsage>> used =
      co_await store.usage().Read(call.caller.tenant, 1);
  if (!used.ok()) co_return FromStore(used.status());
  if (used->empty() || used->front().total() < quota) co_return absl::OkStatus();
  LimitRefused("tenant_day", call.caller.tenant);
  const absl::Time now = store.clock().Now();
  co_return Exhausted("TENANT_QUOTA", "tenant_day", "the day's messages are used up",
                      queue::EndOf(queue::DayOf(now)) - now);
}

}  // namespace posthaste::api

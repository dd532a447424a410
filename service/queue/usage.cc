#include "service/queue/usage.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/queue/call.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr int64_t kDaySeconds = 86400;

// Fields of a hash, "0", its count, "1", …
absl::StatusOr<DayUsage> ReadDay(int64_t day, const redis::Reply& reply) {
  const absl::StatusOr<const std::vector<redis::Reply>*> fields = reply.Array();
  if (!fields.ok()) return fields.status();
  DayUsage usage;
  usage.day = day;
  for (size_t i = 0; i + 1 < (*fields)->size(); i += 2) {
    int mail_class = 0;
    const bool good = absl::SimpleAtoi((**fields)[i].raw_text(), &mail_class) && mail_class >= 0 &&
                      mail_class < kMailClasses &&
                      absl::SimpleAtoi((**fields)[i + 1].raw_text(), &usage.counts[mail_class]);
    if (!good) return absl::DataLossError("usage: not a count");
  }
  return usage;
}

}  // namespace

int64_t DayOf(absl::Time time) { return absl::ToUnixSeconds(time) / kDaySeconds; }
absl::Time EndOf(int64_t day) { return absl::FromUnixSeconds((day + 1) * kDaySeconds); }

// Nobody waits for it: that would cost every send a second write to Redis' disk. The script that
// admits cannot count: a tenant's count and a recipient's keys lie in different slots.
void Usage::Count(std::string_view tenant, MailClass mail_class) {
  const redis::Script& script = ScriptNamed("count_usage");
  redis::Command command = CallOf(script, 1);
  command.Add(Keys::Usage(tenant, DayOf(clock_.Now())));
  command.Add(static_cast<int64_t>(mail_class)).Add(kDaySeconds * (kUsageDaysMax + 1));
  redis_.StartEval(script, std::move(command));
}

Task<absl::StatusOr<std::vector<DayUsage>>> Usage::Read(std::string tenant, int days) {
  const int64_t today = DayOf(clock_.Now());
  std::vector<redis::Pending> asked;
  for (int i = 0; i < days; ++i)
    asked.push_back(redis_.Start(redis::Command("HGETALL", Keys::Usage(tenant, today - i))));
  std::vector<DayUsage> all;
  for (int i = 0; i < days; ++i) {
    const absl::StatusOr<redis::Reply> reply = co_await asked[static_cast<size_t>(i)].Wait();
    if (!reply.ok()) co_return reply.status();
    absl::StatusOr<DayUsage> usage = ReadDay(today - i, *reply);
    if (!usage.ok()) co_return usage.status();
    if (usage->total() > 0) all.push_back(*std::move(usage));
  }
  co_return all;
}

}  // namespace posthaste::queue

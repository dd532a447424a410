#include "service/queue/delivery_reports.h"

#include <utility>

#include "service/queue/keys.h"
#include "service/queue/zset_page.h"

namespace posthaste::queue {

Task<absl::Status> DeliveryReports::Write(std::string process, std::string bytes) {
  const absl::Time now = clock_.Now();
  const int64_t kept_ms = absl::ToInt64Milliseconds(kReportKept);
  std::vector<redis::Pending> told;
  told.push_back(client_.Start(redis::Command("SET", Keys::Report(process), bytes, "PX", kept_ms)));
  told.push_back(client_.Start(redis::Command("ZADD", Keys::Reports(), ToMillis(now), process)));
  told.push_back(client_.Start(
      redis::Command("ZREMRANGEBYSCORE", Keys::Reports(), "-inf", ToMillis(now - kReportKept))));
  told.push_back(client_.Start(redis::Command("PEXPIRE", Keys::Reports(), kept_ms)));
  absl::Status status;
  for (redis::Pending& one : told) {
    const absl::StatusOr<redis::Reply> reply = co_await one.Wait();
    absl::Status done = reply.status();
    if (done.ok() && reply->IsError()) done = reply->ErrorStatus();
    status.Update(done);
  }
  co_return status;
}

Task<absl::StatusOr<std::vector<ToldReport>>> DeliveryReports::Read() {
  redis::Command newest("ZREVRANGE", Keys::Reports(), 0, kReportsMax - 1, "WITHSCORES");
  absl::StatusOr<redis::Reply> listed = co_await client_.Call(std::move(newest));
  const absl::StatusOr<std::vector<ZsetEntry>> processes = ZsetEntries(std::move(listed));
  if (!processes.ok()) co_return processes.status();
  std::vector<ToldReport> reports;
  if (processes->empty()) co_return reports;
  redis::Command get("MGET");
  for (const ZsetEntry& process : *processes) get.Add(Keys::Report(process.id));
  const absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(get));
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<const std::vector<redis::Reply>*> values = reply->Array();
  if (!values.ok()) co_return values.status();
  for (size_t i = 0; i < processes->size() && i < (*values)->size(); ++i) {
    const ZsetEntry& process = (*processes)[i];
    if ((**values)[i].IsNil()) continue;
    reports.push_back({process.id, (**values)[i].raw_text(), FromMillis(process.score)});
  }
  co_return reports;
}

}  // namespace posthaste::queue

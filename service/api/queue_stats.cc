#include "service/api/queue_stats.h"

#include "service/api/convert.h"
#include "service/api/refusal.h"

namespace posthaste::api {
namespace {

void SetClasses(const queue::Stats& stats, v1::GetQueueStatsResponse& response) {
  for (int c = 0; c < queue::kMailClasses; ++c) {
    const queue::ClassStats& counted = stats.classes[c];
    v1::GetQueueStatsResponse::Class& shown = *response.add_classes();
    shown.set_mail_class(ToMailClass(static_cast<queue::MailClass>(c)));
    shown.set_waiting(counted.waiting);
    shown.set_due(counted.due);
    shown.set_leased(counted.leased);
    if (counted.oldest) {
      SetMillis(absl::ToUnixMillis(*counted.oldest), shown.mutable_oldest_due_time());
    }
  }
  response.set_parked(stats.parked);
  response.set_held(stats.held);
}

void SetShape(const queue::Shape& shape, v1::GetQueueStatsResponse& response) {
  for (const auto& [row, counts] : shape.rows) {
    v1::GetQueueStatsResponse::ShapeRow& shown = *response.add_shape();
    shown.set_mail_class(ToMailClass(row.first));
    shown.set_provider(row.second);
    shown.mutable_counts()->Add(counts.begin(), counts.end());
  }
  for (const absl::Duration bound : queue::Shape::kBounds) {
    response.add_age_bounds()->set_seconds(absl::ToInt64Seconds(bound));
  }
  response.set_shape_truncated(shape.truncated);
}

}  // namespace

Task<absl::Status> HandleGetQueueStats(Call& call, const v1::GetQueueStatsRequest& request,
                                       v1::GetQueueStatsResponse& response) {
  queue::Housekeeping& housekeeping = call.backend.store->housekeeping();
  const absl::StatusOr<queue::Stats> stats = co_await housekeeping.StatsNow();
  if (!stats.ok()) co_return FromStore(stats.status());
  SetClasses(*stats, response);
  if (!request.shape()) co_return absl::OkStatus();
  const absl::StatusOr<queue::Shape> shape = co_await housekeeping.ShapeNow();
  if (!shape.ok()) co_return FromStore(shape.status());
  SetShape(*shape, response);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

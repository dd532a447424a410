#include "service/api/stream_events.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "service/api/event_view.h"
#include "service/api/out_of_range.h"
#include "service/api/resume_token.h"
#include "service/api/stream.h"

namespace posthaste::api {
namespace {

using Views = absl::flat_hash_map<std::string, std::optional<queue::MessageView>>;

constexpr const Method& kMethod = *FindMethod("StreamEvents");
// Has the scope without which a decoy is shown as a code that was sent.
constexpr const Method& kSeeingDecoys = *FindMethod("GetMessage");
// Records of events that were not told yet.
constexpr size_t kViewsMax = 16;
constexpr absl::Duration kHeartbeat = absl::Seconds(15);
constexpr absl::Duration kHeartbeatMin = absl::Seconds(1), kHeartbeatMax = absl::Minutes(5);

absl::Status GoneAway() { return absl::CancelledError("the client is gone"); }

// One stream under way.
struct Follower {
  const Bridge& bridge;
  Call& call;
  Stream<v1::StreamEventsResponse>& stream;
  const EventFilter filter;
  const absl::Duration heartbeat;
  queue::EventCursor cursor = {};  // Behind all that was told.
  SteadyTime told = {};            // When something was.

  SteadyTime Now() const { return call.backend.shared->clock->Steady(); }
  Task<absl::Status> Tell(std::optional<v1::Event> event);
  Task<absl::Status> CatchUp(const StreamLink& link);
  Task<absl::Status> TellAll(const StreamLink& link, std::vector<queue::Event> events);
  Task<absl::Status> TellSome(const StreamLink& link, std::span<const queue::Event> events);
};

// The records that tell more about `events`.
Task<absl::StatusOr<Views>> ReadViews(Call& call, std::span<const queue::Event> events) {
  Views views;
  for (const queue::Event& event : events) {
    std::string id = MessageOf(event);
    if (id.empty() || views.contains(id)) continue;
    absl::StatusOr<std::optional<queue::MessageView>> view =
        co_await call.backend.store->messages().Get(call.caller.tenant, id);
    if (!view.ok()) co_return view.status();
    views.emplace(std::move(id), *std::move(view));
  }
  co_return views;
}

// `event`, or a heartbeat, with the token of this place.
Task<absl::Status> Follower::Tell(std::optional<v1::Event> event) {
  const Shared& shared = *call.backend.shared;
  v1::StreamEventsResponse response;
  if (event.has_value()) *response.mutable_event() = *std::move(event);
  response.set_resume_token(
      SealCursor(cursor, call.caller.tenant, shared.hash_key.Reveal(), *shared.random));
  absl::Status sent = co_await stream.Send(response);
  told = Now();
  co_return sent;
}

// Reads the records of the next events only when those before were taken: a reader that is slow
// holds few.
// REQUIRES: of the tenant, in order, right behind the cursor.
Task<absl::Status> Follower::TellAll(const StreamLink& link, std::vector<queue::Event> events) {
  const std::span<const queue::Event> all(events);
  for (size_t begin = 0; begin < all.size(); begin += kViewsMax) {
    const auto next = all.subspan(begin, std::min(kViewsMax, all.size() - begin));
    if (absl::Status sent = co_await TellSome(link, next); !sent.ok()) co_return sent;
  }
  co_return absl::OkStatus();
}

Task<absl::Status> Follower::TellSome(const StreamLink& link,
                                      std::span<const queue::Event> events) {
  const absl::StatusOr<Views> views = co_await ReadViews(call, events);
  if (!views.ok()) co_return FromStore(views.status());
  for (const queue::Event& event : events) {
    if (link.cancelled) co_return GoneAway();
    if (absl::Status good = bridge.MayGoOn(call, kMethod); !good.ok()) co_return good;
    cursor.positions[static_cast<size_t>(event.shard)] = event.position;
    const auto found = views->find(MessageOf(event));
    const bool known = found != views->end() && found->second.has_value();
    const bool sees_decoys = bridge.MayGoOn(call, kSeeingDecoys).ok();  // A reload may change it.
    v1::Event shown = ToEvent(event, known ? &*found->second : nullptr, sees_decoys);
    if (!filter.Wants(shown)) continue;
    std::optional<v1::Event> next = std::move(shown);
    if (absl::Status sent = co_await Tell(std::move(next)); !sent.ok()) co_return sent;
  }
  co_return absl::OkStatus();
}

// Tells all that lies behind the cursor.
Task<absl::Status> Follower::CatchUp(const StreamLink& link) {
  queue::EventLog& log = call.backend.store->event_log();
  bool more = true;
  while (more) {
    if (link.cancelled) co_return GoneAway();
    if (absl::Status good = bridge.MayGoOn(call, kMethod); !good.ok()) co_return good;
    absl::StatusOr<queue::EventLog::Round> round = co_await log.After(cursor);
    if (!round.ok()) co_return FromStore(round.status());
    std::vector<queue::Event> mine;
    for (queue::Event& event : round->events) {
      if (event.tenant == call.caller.tenant && filter.Wants(TypeOf(event)))
        mine.push_back(std::move(event));
    }
    if (absl::Status done = co_await TellAll(link, std::move(mine)); !done.ok()) co_return done;
    cursor = std::move(round->after);
    more = round->more;
    // Others' events alone: a place that does not move would be too old one day.
    if (more && absl::FromChrono(Now() - told) >= heartbeat) {
      if (absl::Status sent = co_await Tell(std::nullopt); !sent.ok()) co_return sent;
    }
  }
  co_return absl::OkStatus();
}

// Where the stream begins.
Task<absl::StatusOr<queue::EventCursor>> Begin(Call& call, const v1::StreamEventsRequest& request) {
  queue::EventLog& log = call.backend.store->event_log();
  if (request.resume_token().empty()) {
    absl::StatusOr<queue::EventCursor> end = co_await log.End();
    if (!end.ok()) co_return FromStore(end.status());
    co_return end;
  }
  std::optional<queue::EventCursor> cursor =
      OpenCursor(request.resume_token(), call.caller.tenant, call.backend.shared->hash_key.Reveal(),
                 call.backend.store->keys().shards());
  if (!cursor.has_value()) {
    co_return Invalid("resume_token", "RESUME_TOKEN_INVALID",
                      "was not given out by this installation to this tenant");
  }
  const absl::Status whole = co_await log.Check(*cursor);
  if (absl::IsOutOfRange(whole)) {
    co_return OutOfRange("RESUME_TOKEN_EXPIRED",
                         "events behind this token are no longer kept; begin without one");
  }
  if (!whole.ok()) co_return FromStore(whole);
  co_return *std::move(cursor);
}

Task<absl::Status> Run(Follower& follower, StreamLink& link) {
  // Subscribed before anything is read, so that no event falls in between.
  auto subscribed =
      co_await follower.call.backend.store->events().Subscribe(follower.call.caller.tenant, "", 1);
  if (!subscribed.ok()) co_return FromStore(subscribed.status());
  if (absl::Status sent = co_await follower.Tell(std::nullopt); !sent.ok()) co_return sent;
  bool look = true;
  while (!link.cancelled) {
    if (look) {
      if (absl::Status done = co_await follower.CatchUp(link); !done.ok()) co_return done;
    }
    const absl::Duration quiet = absl::FromChrono(follower.Now() - follower.told);
    if (quiet >= follower.heartbeat) {
      if (absl::Status done = co_await follower.CatchUp(link); !done.ok()) co_return done;
      if (absl::Status sent = co_await follower.Tell(std::nullopt); !sent.ok()) co_return sent;
    }
    const queue::EventTailer::Subscription::News news = co_await (*subscribed)->Next(kStreamLook);
    if (news.ended)
      co_return Unavailable("SHUTTING_DOWN", "this instance is stopping", absl::Milliseconds(200));
    if (absl::Status good = follower.bridge.MayGoOn(follower.call, kMethod); !good.ok())
      co_return good;
    look = news.reread || !news.events.empty();
  }
  co_return GoneAway();
}

Task<absl::Status> Follow(const Bridge& bridge, Call& call, const v1::StreamEventsRequest& request,
                          Stream<v1::StreamEventsResponse>& stream, StreamLink& link) {
  Fields fields;
  EventFilter filter(request, fields);
  const absl::Duration heartbeat =
      fields
          .Span("heartbeat_interval", request.has_heartbeat_interval(),
                request.heartbeat_interval(), kHeartbeatMin, kHeartbeatMax)
          .value_or(kHeartbeat);
  if (absl::Status good = fields.Done(); !good.ok()) co_return good;
  absl::StatusOr<queue::EventCursor> cursor = co_await Begin(call, request);
  if (!cursor.ok()) co_return cursor.status();
  Follower follower{bridge, call, stream, std::move(filter), heartbeat, *std::move(cursor), {}};
  co_return co_await Run(follower, link);
}

}  // namespace

grpc::ServerWriteReactor<v1::StreamEventsResponse>* StreamEvents(
    Bridge& bridge, grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request) {
  return StartStream<v1::StreamEventsRequest, v1::StreamEventsResponse>(bridge, kMethod, context,
                                                                        *request, Follow);
}

}  // namespace posthaste::api

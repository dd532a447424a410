#include "service/webhooks/sender.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "service/api/event_view.h"
#include "service/webhooks/request.h"

namespace posthaste::webhooks {
namespace {

constexpr absl::Duration kTakeEvery = absl::Seconds(5);    // When another process has it.
constexpr absl::Duration kAwayPause = absl::Seconds(1);    // When Redis is away.
constexpr absl::Duration kRenewEvery = absl::Seconds(15);  // A quarter of the lease.
constexpr absl::Duration kCheckEvery = absl::Minutes(1);   // Below what a shard can hold.
constexpr absl::Duration kLookEvery = absl::Seconds(15);   // Past others' events, unasked.
constexpr absl::Duration kNewsWait = absl::Seconds(1);
constexpr size_t kTokenBytes = 16;

std::string NewToken(Random& random) { return Hex(random.Bytes(kTokenBytes)); }

int64_t MillisOf(const std::string& position) {
  return static_cast<int64_t>(queue::Position::Parse(position).millis);
}

}  // namespace

Sender::Sender(Loop& loop, queue::Store& store, std::shared_ptr<const Endpoint> endpoint,
               Dialers dialers, const Clock& clock, Random& random)
    : store_(store),
      endpoint_(std::move(endpoint)),
      dialers_(std::move(dialers)),
      clock_(clock),
      random_(random),
      ledger_(store.Webhook(endpoint_->tenant, endpoint_->id, NewToken(random))),
      figures_(*endpoint_),
      wake_(loop) {}

void Sender::Use(std::shared_ptr<const Endpoint> endpoint) {
  endpoint_ = std::move(endpoint);
  changed_ = true;
  wake_.Notify();
}

void Sender::Stop(bool now) {
  stopping_ = true;
  wake_.Notify();
  if (now && poster_ != nullptr) poster_->Close();
}

absl::Duration Sender::Since(SteadyTime then) const {
  return absl::FromChrono(clock_.Steady() - then);
}

Task<void> Sender::Run() {
  while (!stopping_) {
    changed_ = false;
    poster_ = nullptr;
    absl::StatusOr<std::optional<queue::WebhookStanding>> taken =
        co_await ledger_.Take(endpoint_->settings);
    if (stopping_) break;
    if (taken.ok() && taken->has_value()) {
      co_await Have(**std::move(taken));
      figures_.Show({}, false);
      // Whatever ended it is not over a moment later.
      if (!stopping_) co_await wake_.Wait(kAwayPause);
    } else {
      const absl::Duration pause = taken.ok() ? kTakeEvery : kAwayPause;
      co_await wake_.Wait(pause);
    }
  }
}

// As long as it is ours.
Task<void> Sender::Have(queue::WebhookStanding standing) {
  standing_ = std::move(standing);
  noted_ = clock_.Steady();
  told_.reset();
  if (const absl::Status begun = co_await Begin(); !begun.ok()) co_return;
  Step step = Step::kDone;
  while (!stopping_ && step != Step::kOver) {
    const absl::Duration wait = absl::Milliseconds(standing_.next_ms - store_.clock().NowMillis());
    if (!standing_.paused.empty()) {
      figures_.Show({}, true);
      co_await wake_.Wait(kRenewEvery);
    } else if (wait > absl::ZeroDuration()) {
      const absl::Duration pause = std::min(wait, kRenewEvery);
      co_await wake_.Wait(pause);
    } else {
      step = co_await Follow();
    }
    if (stopping_ || step == Step::kOver) break;
    if (changed_ || Since(noted_) >= kRenewEvery) step = co_await Renew();
  }
  if (stopping_) (void)co_await Keep(true);
}

// A webhook that is new is told what happens from now on.
Task<absl::Status> Sender::Begin() {
  if (standing_.marks.has_value()) co_return absl::OkStatus();
  const absl::StatusOr<queue::EventCursor> end = co_await store_.event_log().End();
  if (!end.ok()) co_return end.status();
  queue::Marks marks;
  for (const std::string& position : end->positions) marks.push_back({position, end->seen_ms});
  standing_.marks = std::move(marks);
  const Step kept = co_await Keep();
  co_return kept == Step::kDone ? absl::OkStatus() : absl::UnavailableError("not kept");
}

// Tells what there is and what comes, until something goes wrong or the settings change.
Task<Sender::Step> Sender::Follow() {
  // Subscribed before the streams are read, so that no event falls in between.
  auto subscribed = co_await store_.events().Subscribe(endpoint_->tenant, "", 1);
  if (!subscribed.ok()) co_return Step::kOver;
  while (!stopping_ && !changed_) {
    if (const Step step = co_await TellAll(); step != Step::kDone) co_return step;
    bool look = false;
    while (!look && !stopping_ && !changed_ && told_ && Since(*told_) < kLookEvery) {
      const queue::EventTailer::Subscription::News news = co_await (*subscribed)->Next(kNewsWait);
      if (news.ended) co_return Step::kOver;
      look = news.reread || !news.events.empty();
    }
    if (Since(noted_) < kRenewEvery) continue;
    if (const Step step = co_await Keep(); step != Step::kDone) co_return step;
  }
  co_return Step::kDone;
}

// Tells all that lies behind the marks.
Task<Sender::Step> Sender::TellAll() {
  bool more = true;
  while (more) {
    queue::EventCursor cursor;
    for (const queue::Mark& mark : *standing_.marks) cursor.positions.push_back(mark.position);
    absl::StatusOr<queue::EventLog::Round> round =
        co_await store_.event_log().After(std::move(cursor));
    if (!round.ok()) co_return Step::kOver;
    more = round->more;
    // Who was at the end a moment ago has lost nothing. Looked for behind the reading: what went in
    // between is found too.
    const bool near = told_.has_value() && Since(*told_) < kCheckEvery;
    std::optional<Gap> gap;
    if (!near) {
      absl::StatusOr<std::optional<Gap>> found = co_await LookForGap();
      if (!found.ok()) co_return Step::kOver;
      gap = *std::move(found);
    }
    Step step = Step::kDone;
    if (gap.has_value()) {
      more = true;
      step = co_await TellGap(*std::move(gap));
    } else {
      step = co_await TellRound(*std::move(round));
    }
    if (step != Step::kDone || stopping_ || changed_) co_return step;
  }
  figures_.Show({}, false);
  told_ = clock_.Steady();
  co_return Step::kDone;
}

Task<Sender::Step> Sender::TellRound(queue::EventLog::Round round) {
  queue::Marks& marks = *standing_.marks;
  for (const queue::Event& event : round.events) {
    if (event.tenant != endpoint_->tenant || !endpoint_->Wants(api::TypeOf(event))) continue;
    if (stopping_ || changed_) co_return Step::kDone;
    absl::StatusOr<v1::Event> shown = co_await Shown(event);
    if (!shown.ok()) co_return Step::kOver;
    const int64_t time_ms = MillisOf(event.position);
    if (const Step step = co_await Tell(*std::move(shown), time_ms); step != Step::kDone)
      co_return step;
    queue::Mark& mark = marks[static_cast<size_t>(event.shard)];
    mark.position = event.position;
    mark.seen_ms = std::max(mark.seen_ms, time_ms);
    if (const Step step = co_await Took(time_ms); step != Step::kDone) co_return step;
  }
  for (size_t shard = 0; shard < marks.size(); ++shard) {
    queue::Mark& mark = marks[shard];
    mark.position = round.after.positions[shard];
    mark.seen_ms = std::max({mark.seen_ms, MillisOf(mark.position), round.after.seen_ms});
  }
  if (Since(noted_) < kRenewEvery) co_return Step::kDone;
  co_return co_await Keep();
}

Task<absl::StatusOr<std::optional<Gap>>> Sender::LookForGap() {
  const absl::StatusOr<std::vector<queue::Kept>> kept = co_await store_.event_log().KeptNow();
  if (!kept.ok()) co_return kept.status();
  co_return FindGap(*standing_.marks, store_.clock().NowMillis(), *kept);
}

// What went is told before what is left.
Task<Sender::Step> Sender::TellGap(Gap gap) {
  const int64_t now_ms = store_.clock().NowMillis();
  if (const Step step = co_await Tell(gap.event, now_ms); step != Step::kDone) co_return step;
  Missed(*endpoint_, gap.shards);
  standing_.marks = std::move(gap.after);
  co_return co_await Took(now_ms);
}

Task<absl::StatusOr<v1::Event>> Sender::Shown(const queue::Event& event) {
  const std::string id = api::MessageOf(event);
  std::optional<queue::MessageView> view;
  if (!id.empty()) {
    absl::StatusOr<std::optional<queue::MessageView>> read =
        co_await store_.messages().Get(endpoint_->tenant, id);
    if (!read.ok()) co_return read.status();
    view = *std::move(read);
  }
  co_return api::ToEvent(event, view.has_value() ? &*view : nullptr, /*sees_decoys=*/false);
}

// One request. kDone: it was taken.
Task<Sender::Step> Sender::Tell(v1::Event event, int64_t time_ms) {
  if (Since(noted_) >= kRenewEvery) {
    if (const Step step = co_await Keep(); step != Step::kDone) co_return step;
  }
  figures_.Show(absl::Milliseconds(store_.clock().NowMillis() - time_ms), false);
  Outcome outcome;
  if (Poster* const poster = PosterOf(); poster != nullptr) {
    std::string request = RequestOf(*endpoint_, event, absl::ToUnixSeconds(clock_.Now()));
    outcome = co_await poster->Post(std::move(request));
  } else {
    outcome.why = "ca_file: cannot be read any more";
  }
  const Verdict verdict = Judge(outcome);
  if (verdict != Verdict::kTaken && stopping_) co_return Step::kFailed;  // Cut off by us.
  Asked(*endpoint_, outcome);
  if (verdict == Verdict::kTaken) co_return Step::kDone;
  co_return co_await Refuse(event.id(), outcome);
}

// What was told is behind the marks.
Task<Sender::Step> Sender::Took(int64_t time_ms) {
  if (standing_.failures > 0) Recovered(*endpoint_, standing_.failures);
  standing_.failures = 0;
  standing_.since_ms = standing_.next_ms = 0;
  figures_.Show(absl::Milliseconds(store_.clock().NowMillis() - time_ms), false);
  co_return co_await Keep();
}

Task<Sender::Step> Sender::Refuse(const std::string& event, const Outcome& outcome) {
  const int64_t now_ms = store_.clock().NowMillis();
  if (standing_.failures++ == 0) standing_.since_ms = now_ms;
  const absl::Duration wait = WaitAfter(standing_.failures, outcome, random_);
  standing_.next_ms = now_ms + absl::ToInt64Milliseconds(wait);
  Failed(*endpoint_, event, outcome, standing_.failures, wait);
  if (Judge(outcome) == Verdict::kGone) {
    standing_.paused = "gone";
  } else if (absl::Milliseconds(now_ms - standing_.since_ms) >= endpoint_->retry_for) {
    standing_.paused = "failing";
  }
  if (!standing_.paused.empty()) {
    Paused(*endpoint_, standing_.paused);
    figures_.Show({}, true);
  }
  const Step kept = co_await Keep();
  co_return kept == Step::kDone ? Step::kFailed : kept;
}

// The lease, and what other settings mean for what was before.
Task<Sender::Step> Sender::Renew() {
  if (const Step kept = co_await Keep(); kept != Step::kDone) co_return kept;
  if (!changed_) co_return Step::kDone;
  changed_ = false;
  poster_ = nullptr;
  absl::StatusOr<std::optional<queue::WebhookStanding>> taken =
      co_await ledger_.Take(endpoint_->settings);
  if (!taken.ok() || !taken->has_value() || !(*taken)->marks.has_value()) co_return Step::kOver;
  standing_ = **std::move(taken);
  co_return Step::kDone;
}

Task<Sender::Step> Sender::Keep(bool release) {
  noted_ = clock_.Steady();
  const absl::StatusOr<bool> mine = co_await ledger_.Note(standing_, release);
  co_return mine.ok() && *mine ? Step::kDone : Step::kOver;
}

Poster* Sender::PosterOf() {
  if (poster_ != nullptr) return poster_.get();
  absl::StatusOr<std::unique_ptr<smtp::Dialer>> dialer = dialers_(*endpoint_);
  if (!dialer.ok()) return nullptr;
  poster_ = std::make_unique<Poster>(endpoint_, *std::move(dialer), clock_);
  return poster_.get();
}

}  // namespace posthaste::webhooks

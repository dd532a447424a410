#include "service/queue/messages.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/queue/ids.h"
#include "service/queue/leases.h"
#include "service/queue/recipient_read.h"
#include "service/queue/scripts.h"
#include "service/queue/settlement.h"
#include "service/queue/zset_page.h"

namespace posthaste::queue {
namespace {

constexpr int kScanStep = 200;  // Jobs looked at in one go,
constexpr int kScanMax = 2000;  // and for one page.
constexpr int kParkedLane = kMailClasses;

absl::Status BadToken() { return absl::InvalidArgumentError("page token is not one of this list"); }

}  // namespace

// Where a page of ListByState ends: behind a job of a lane of a shard. "" is before the first.
struct Messages::Place {
  int shard = 0;
  int lane = 0;    // A class, or kParkedLane.
  ZsetEntry last;  // Id "" = at the lane's beginning.

  std::string Token() const {
    return absl::StrCat(shard, "/", lane, "/", last.score, "/", last.id);
  }

  static std::optional<Place> Parse(std::string_view token, int shards, bool parked) {
    Place place;
    if (token.empty()) return place;
    const std::vector<std::string> parts = absl::StrSplit(std::string(token), '/');
    if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &place.shard) ||
        !absl::SimpleAtoi(parts[1], &place.lane) ||
        !absl::SimpleAtoi(parts[2], &place.last.score) || place.shard < 0 ||
        place.shard >= shards || place.lane < 0 || place.lane > kParkedLane) {
      return std::nullopt;
    }
    const bool of_parked = place.lane == kParkedLane;
    if (of_parked != parked || (!parked && place.lane >= kMailClasses)) return std::nullopt;
    place.last.id = parts[3];
    return place;
  }
};

State ShownState(const MessageView& view) {
  if (view.score.has_value() && view.score->leased) return v1::Message::SENDING;
  return view.record.head.state;
}

std::optional<absl::Time> NextAttempt(const MessageView& view) {
  if (!view.score.has_value() || view.score->leased) return std::nullopt;
  return FromMillis(view.score->visible_ms);
}

Task<absl::StatusOr<std::vector<MessageView>>> Messages::View(std::string tenant, int shard,
                                                              std::vector<std::string> ids) {
  const redis::Script& script = ScriptNamed("view");
  redis::Command command = CallOf(script, 3 + ids.size());
  for (int c = 0; c < kMailClasses; ++c) {
    command.Add(keys_.Lane(shard, static_cast<MailClass>(c), tenant));
  }
  for (const std::string& id : ids) command.Add(keys_.Message(shard, id));
  command.AddAll(ids);
  ScriptCall call(client_, clock_, script, std::move(command));
  absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != 2 * ids.size()) co_return absl::InternalError("view answered too little");
  std::vector<MessageView> views;
  for (size_t i = 0; i < ids.size(); ++i) {
    if ((*reply)[2 * i].IsNil()) continue;
    const absl::StatusOr<int64_t> score = (*reply)[2 * i + 1].Integer();
    if (!score.ok()) co_return score.status();
    // One that we cannot read (of a newer version, or damaged) must not hide the others.
    absl::StatusOr<Record> record = Decode((*reply)[2 * i].raw_text(), ids[i]);
    if (!record.ok() || record->facts.tenant() != tenant) continue;
    MessageView& view = views.emplace_back();
    view.id = std::move(ids[i]);
    view.record = *std::move(record);
    if (*score >= 0) view.score = Unpack(*score);
  }
  co_return views;
}

Task<absl::StatusOr<std::optional<MessageView>>> Messages::Get(std::string tenant, std::string id) {
  const std::optional<int> shard = ParseId('m', id, keys_.shards());
  if (!shard.has_value()) co_return std::nullopt;
  std::vector<std::string> ids(1, std::move(id));
  absl::StatusOr<std::vector<MessageView>> views =
      co_await View(std::move(tenant), *shard, std::move(ids));
  if (!views.ok()) co_return views.status();
  std::optional<MessageView> found;
  if (!views->empty()) found = std::move(views->front());
  co_return found;
}

Task<absl::StatusOr<MessagePage>> Messages::ListByRecipient(std::string tenant, int shard,
                                                            std::string mailbox_hash, int size,
                                                            std::string token) {
  PastMessage after;
  if (!token.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(token, '/');
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &after.create_ms)) co_return BadToken();
    after.id = parts[1];
  }
  absl::StatusOr<Recipient> recipient =
      co_await ReadRecipient(client_, keys_, shard, std::move(mailbox_hash));
  if (!recipient.ok()) co_return recipient.status();
  std::vector<PastMessage>& entries = recipient->messages;
  const auto newer = [](const PastMessage& a, const PastMessage& b) {
    return std::tie(a.create_ms, a.id) > std::tie(b.create_ms, b.id);
  };
  std::sort(entries.begin(), entries.end(), newer);
  std::vector<std::string> ids;
  MessagePage page;
  const size_t wanted = static_cast<size_t>(std::clamp(size, 1, kPageMax));
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!token.empty() && !newer(after, entries[i])) continue;
    ids.push_back(entries[i].id);
    if (ids.size() < wanted) continue;
    if (i + 1 < entries.size()) page.next = absl::StrCat(entries[i].create_ms, "/", ids.back());
    break;
  }
  if (ids.empty()) co_return page;
  absl::StatusOr<std::vector<MessageView>> views =
      co_await View(std::move(tenant), shard, std::move(ids));
  if (!views.ok()) co_return views.status();
  page.messages = *std::move(views);
  co_return page;
}

Task<absl::StatusOr<MessagePage>> Messages::ListByState(std::string tenant, State state, int size,
                                                        std::string token) {
  const bool parked = state == v1::Message::PARKED;
  if (!parked && state != v1::Message::QUEUED && state != v1::Message::SENDING &&
      state != v1::Message::DEFERRED) {
    co_return absl::InvalidArgumentError("only live states can be listed");
  }
  std::optional<Place> place = Place::Parse(token, keys_.shards(), parked);
  if (!place.has_value()) co_return BadToken();
  if (parked) place->lane = kParkedLane;
  const size_t wanted = static_cast<size_t>(std::clamp(size, 1, kPageMax));
  MessagePage page;
  int looked = 0;
  while (place->shard < keys_.shards()) {
    const std::string key =
        parked ? keys_.Parked(place->shard)
               : keys_.Lane(place->shard, static_cast<MailClass>(place->lane), tenant);
    const absl::StatusOr<int64_t> first = co_await FirstBehind(client_, key, place->last);
    if (!first.ok()) co_return first.status();
    redis::Command range("ZRANGE", key, *first, *first + kScanStep - 1, "WITHSCORES");
    absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(range));
    absl::StatusOr<std::vector<ZsetEntry>> entries = ZsetEntries(std::move(reply));
    if (!entries.ok()) co_return entries.status();
    std::vector<std::string> ids;
    for (const ZsetEntry& entry : *entries) ids.push_back(entry.id);
    std::vector<MessageView> views;
    if (!ids.empty()) {
      absl::StatusOr<std::vector<MessageView>> read =
          co_await View(tenant, place->shard, std::move(ids));
      if (!read.ok()) co_return read.status();
      views = *std::move(read);
    }
    size_t next_view = 0;
    for (ZsetEntry& entry : *entries) {
      ++looked;
      place->last = std::move(entry);
      if (next_view >= views.size() || views[next_view].id != place->last.id) continue;
      MessageView& view = views[next_view++];
      if (ShownState(view) == state) page.messages.push_back(std::move(view));
      if (page.messages.size() == wanted) break;
    }
    if (page.messages.size() == wanted || looked >= kScanMax) {
      page.next = place->Token();
      co_return page;
    }
    if (entries->size() == static_cast<size_t>(kScanStep)) continue;
    place->last = ZsetEntry();
    const bool next_shard = parked || place->lane + 1 == kMailClasses;
    place->shard += next_shard ? 1 : 0;
    place->lane = parked ? kParkedLane : next_shard ? 0 : place->lane + 1;
  }
  co_return page;
}

Task<absl::StatusOr<std::optional<std::vector<store::v1::AttemptRecord>>>> Messages::Attempts(
    std::string tenant, std::string id) {
  const std::optional<int> shard = ParseId('m', id, keys_.shards());
  if (!shard.has_value()) co_return std::nullopt;
  redis::Command range("LRANGE", keys_.Attempts(*shard, id), 0, kAttemptsKept - 1);
  redis::Pending pending = client_.Start(std::move(range));
  const absl::StatusOr<std::optional<MessageView>> view =
      co_await Get(std::move(tenant), std::move(id));
  absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!view.ok()) co_return view.status();
  if (!view->has_value()) co_return std::nullopt;
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<const std::vector<redis::Reply>*> packed = reply->Array();
  if (!packed.ok()) co_return packed.status();
  std::vector<store::v1::AttemptRecord> attempts;
  for (auto it = (*packed)->rbegin(); it != (*packed)->rend(); ++it) {
    if (!attempts.emplace_back().ParseFromString(it->raw_text())) {
      co_return absl::DataLossError("an attempt cannot be read");
    }
  }
  co_return attempts;
}

Task<absl::StatusOr<Cancelled>> Messages::Cancel(std::string tenant, std::string id) {
  const absl::StatusOr<std::optional<MessageView>> view = co_await Get(tenant, id);
  if (!view.ok()) co_return view.status();
  if (!view->has_value()) co_return Cancelled::kNotFound;
  const int shard = *ParseId('m', id, keys_.shards());
  const redis::Script& script = ScriptNamed("cancel");
  redis::Command command = CallOf(script, 5);
  command.Add(keys_.Message(shard, id));
  command.Add(keys_.Lane(shard, (*view)->record.head.mail_class, tenant));
  command.Add(keys_.Parked(shard)).Add(keys_.Events(shard)).Add(keys_.Attachments(shard, id));
  command.Add(id).Add(tenant).Add(absl::ToInt64Milliseconds(kRetention));
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<int64_t> verdict = co_await call.WaitForNumber();
  if (!verdict.ok()) co_return verdict.status();
  switch (*verdict) {
    case 0:
      co_return Cancelled::kNotFound;
    case 1:
      co_return Cancelled::kDone;
    case 2:
      co_return Cancelled::kRequested;
    default:
      co_return Cancelled::kTooLate;
  }
}

}  // namespace posthaste::queue

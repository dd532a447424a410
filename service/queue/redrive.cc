#include "service/queue/redrive.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/queue/attachments_read.h"
#include "service/queue/ids.h"
#include "service/queue/leases.h"
#include "service/queue/scripts.h"
#include "service/queue/zset_page.h"

namespace posthaste::queue {
namespace {

constexpr int kScanStep = 200;  // Parked jobs looked at in one go,
constexpr int kScanMax = 2000;  // and for one page.
constexpr int kTriesMax = 3;    // Of a message that changes under our hands.

// Where a page ends: behind a job of a shard.
struct Place {
  int shard = 0;
  ZsetEntry last;  // Id "" = at the shard's beginning.

  std::string Token() const { return absl::StrCat(shard, "/", last.score, "/", last.id); }

  static std::optional<Place> Parse(const std::string& token, int shards) {
    Place place;
    if (token.empty()) return place;
    const std::vector<std::string> parts = absl::StrSplit(token, '/');
    const bool good = parts.size() == 3 && absl::SimpleAtoi(parts[0], &place.shard) &&
                      absl::SimpleAtoi(parts[1], &place.last.score) && place.shard >= 0 &&
                      place.shard < shards;
    if (!good) return std::nullopt;
    place.last.id = parts[2];
    return place;
  }
};

bool Passes(const ParkedFilter& filter, const Record& record) {
  return (filter.tenant.empty() || record.facts.tenant() == filter.tenant) &&
         (!filter.mail_class || record.head.mail_class == *filter.mail_class) &&
         record.head.state == v1::Message::PARKED;
}

Redriven ReadVerdict(int64_t verdict) {
  switch (verdict) {
    case 0:
      return Redriven::kDone;
    case 2:
      return Redriven::kSuppressed;
    case 3:
      return Redriven::kSuperseded;
    default:
      return Redriven::kChanged;
  }
}

}  // namespace

Redriven MayRedrive(const Record& record) {
  const State state = record.head.state;
  const bool in_reach =
      state == v1::Message::PARKED || (state == v1::Message::UNCERTAIN && !record.sealed.empty());
  if (record.head.mail_class == MailClass::kCode) return Redriven::kCode;
  if (!in_reach) return Redriven::kNotInReach;
  // Fewer claims than it takes to lose a job would park it again at once.
  if (record.head.settled > kClaimsMax - kLostLeasesMax) return Redriven::kSpent;
  return Redriven::kDone;
}

absl::StatusOr<Renewal> Renewed(const std::string& id, const Record& record,
                                std::string_view attachments, const Skeleton& skeleton,
                                absl::Time now, const SealKeys& keys, Random& random) {
  const Head& was = record.head;
  const SealBinding binding = BindingOf(record.facts, id, was.mail_class, was.deadline_ms);
  absl::StatusOr<store::v1::Mail> mail = Open(record.sealed, skeleton, binding, keys);
  if (!mail.ok()) return mail.status();
  const absl::StatusOr<store::v1::Attachments> files =
      OpenAttachments(attachments, binding, keys, *mail);
  if (!files.ok()) return files.status();
  Renewal renewal{record, ""};
  Record& renewed = renewal.record;
  renewed.head.state = v1::Message::QUEUED;
  renewed.head.change_ms = ToMillis(now);
  const int64_t began_ms = std::max(was.create_ms, record.live.send_ms());
  renewed.head.deadline_ms = renewed.head.change_ms + was.deadline_ms - began_ms;
  const SealBinding anew = BindingOf(record.facts, id, was.mail_class, renewed.head.deadline_ms);
  if (!attachments.empty()) {
    absl::StatusOr<std::string> again = SealAttachments(*files, anew, keys, random, *mail);
    if (!again.ok()) return again.status();
    renewal.attachments = *std::move(again);
  }
  absl::StatusOr<std::string> sealed = Seal(*mail, skeleton, anew, keys, random);
  if (!sealed.ok()) return sealed.status();
  renewed.sealed = *std::move(sealed);
  return renewal;
}

Task<absl::StatusOr<ParkedPage>> Redrive::ListParked(const ParkedFilter& filter, int size,
                                                     std::string token) {
  std::optional<Place> place = Place::Parse(token, keys_.shards());
  if (!place) co_return absl::InvalidArgumentError("page token is not one of this list");
  const size_t wanted = static_cast<size_t>(std::clamp(size, 1, kRedriveMax));
  ParkedPage page;
  int looked = 0;
  while (place->shard < keys_.shards()) {
    const std::string key = keys_.Parked(place->shard);
    const absl::StatusOr<int64_t> first = co_await FirstBehind(client_, key, place->last);
    if (!first.ok()) co_return first.status();
    redis::Command range("ZRANGE", key, *first, *first + kScanStep - 1, "WITHSCORES");
    absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(range));
    absl::StatusOr<std::vector<ZsetEntry>> entries = ZsetEntries(std::move(reply));
    if (!entries.ok()) co_return entries.status();
    std::vector<redis::Pending> reads;
    for (const ZsetEntry& entry : *entries) {
      reads.push_back(client_.Start(redis::Command("GET", keys_.Message(place->shard, entry.id))));
    }
    for (size_t i = 0; i < reads.size(); ++i) {
      const absl::StatusOr<redis::Reply> bytes = co_await reads[i].Wait();
      if (!bytes.ok()) co_return bytes.status();
      ++looked;
      place->last = (*entries)[i];
      absl::StatusOr<Record> record = Decode(bytes->raw_text(), place->last.id);
      if (!record.ok() || !Passes(filter, *record)) continue;
      record->sealed.clear();
      page.messages.push_back({place->last.id, *std::move(record), FromMillis(place->last.score)});
      if (page.messages.size() == wanted) break;
    }
    if (page.messages.size() == wanted || looked >= kScanMax) {
      page.next = place->Token();
      co_return page;
    }
    if (entries->size() == static_cast<size_t>(kScanStep)) continue;
    place->last = ZsetEntry();
    ++place->shard;
  }
  co_return page;
}

ScriptCall Redrive::StartScript(const std::string& id, int shard, const std::string& head,
                                const Renewal& renewal) {
  const redis::Script& script = ScriptNamed("redrive");
  const Record& renewed = renewal.record;
  const store::v1::Facts& facts = renewed.facts;
  const MailClass mail_class = renewed.head.mail_class;
  const bool grouped = !renewed.live.supersede_group().empty();
  redis::Command command = CallOf(script, grouped ? 11 : 10);
  command.Add(keys_.Message(shard, id)).Add(keys_.Lane(shard, mail_class, facts.tenant()));
  command.Add(keys_.Ring(shard, mail_class)).Add(keys_.Parked(shard)).Add(keys_.Events(shard));
  command.Add(keys_.Armed(shard));
  command.Add(keys_.Recipient(shard, facts.mailbox_hash()));
  command.Add(keys_.Attempts(shard, id));
  command.Add(keys_.Suppression(shard, facts.tenant(), facts.mailbox_hash()));
  command.Add(keys_.Attachments(shard, id));
  if (grouped) command.Add(keys_.Newest(shard, renewed.live.supersede_group()));
  command.Add(id).Add(facts.tenant()).Add(head).Add(Encode(renewed, id));
  command.Add(absl::ToInt64Milliseconds(kRetention)).Add(renewal.attachments);
  return ScriptCall(client_, clock_, script, std::move(command));
}

Task<absl::StatusOr<RedriveAnswer>> Redrive::One(std::string id, bool validate_only,
                                                 const SealKeys& keys, Random& random) {
  RedriveAnswer answer;
  answer.id = id;
  const std::optional<int> shard = ParseId('m', id, keys_.shards());
  if (!shard) co_return answer;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    redis::Command get("GET", keys_.Message(*shard, id));
    const absl::StatusOr<redis::Reply> bytes = co_await client_.Call(std::move(get));
    if (!bytes.ok()) co_return bytes.status();
    answer.result = Redriven::kNotFound;
    if (bytes->IsNil()) co_return answer;
    const absl::StatusOr<Record> record = Decode(bytes->raw_text(), id);
    answer.result = record.ok() ? MayRedrive(*record) : Redriven::kUnreadable;
    if (!record.ok()) co_return answer;
    answer.tenant = record->facts.tenant();
    answer.state = record->head.state;
    if (answer.result != Redriven::kDone) co_return answer;
    const absl::StatusOr<Skeletons::Handle> skeleton =
        co_await skeletons_.Get(record->live.skeleton());
    const bool gone = absl::IsNotFound(skeleton.status()) || absl::IsDataLoss(skeleton.status());
    if (gone) answer.result = Redriven::kUnreadable;
    if (gone) co_return answer;
    if (!skeleton.ok()) co_return skeleton.status();
    absl::StatusOr<std::string> files = std::string();
    if (HasAttachments(record->head)) files = co_await ReadAttachments(client_, keys_, *shard, id);
    if (!files.ok()) co_return files.status();
    const absl::StatusOr<Renewal> renewed =
        Renewed(id, *record, *files, **skeleton, clock_.Now(), keys, random);
    if (!renewed.ok()) answer.result = Redriven::kUnreadable;
    if (!renewed.ok() || validate_only) co_return answer;
    // It must outlive the message's new life.
    const absl::Status kept = co_await skeletons_.Put(*skeleton);
    if (!kept.ok()) co_return kept;
    const std::string head = bytes->raw_text().substr(0, kHeadBytes);
    ScriptCall call = StartScript(id, *shard, head, *renewed);
    const absl::StatusOr<int64_t> verdict = co_await call.WaitForNumber();
    if (!verdict.ok()) co_return verdict.status();
    answer.result = ReadVerdict(*verdict);
    if (answer.result != Redriven::kChanged) co_return answer;
  }
  co_return answer;
}

Task<absl::StatusOr<std::vector<RedriveAnswer>>> Redrive::Run(std::vector<std::string> ids,
                                                              bool validate_only,
                                                              const SealKeys& keys,
                                                              Random& random) {
  std::vector<RedriveAnswer> answers;
  for (std::string& id : ids) {
    absl::StatusOr<RedriveAnswer> answer = co_await One(std::move(id), validate_only, keys, random);
    if (!answer.ok()) co_return answer.status();
    answers.push_back(*std::move(answer));
  }
  co_return answers;
}

}  // namespace posthaste::queue

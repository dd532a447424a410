#include "service/queue/suppressions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/queue/ids.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

constexpr size_t kNameCharacters = 20;

absl::Status Surprise(std::string_view script) {
  return absl::InternalError(
      absl::StrCat("the script ", std::string(script), " answered in another form"));
}

// The suppression in an answer's element; nothing if it is nil.
absl::StatusOr<std::optional<SuppressionView>> ViewOf(std::string id, const redis::Reply& reply) {
  if (reply.IsNil()) return std::optional<SuppressionView>();
  absl::StatusOr<Suppression> suppression = DecodeSuppression(reply.raw_text());
  if (!suppression.ok()) return suppression.status();
  return std::optional<SuppressionView>({std::move(id), *std::move(suppression)});
}

}  // namespace

// An entry of an index, and where a page ends.
struct Suppressions::Entry {
  int shard = 0;
  std::string name, score;  // The score as Redis writes it: it is told to Redis again.

  double Number() const {
    double number = 0;
    return absl::SimpleAtod(score, &number) ? number : 0;
  }
  // As ZREVRANGE orders one index.
  bool Before(const Entry& other) const {
    const double mine = Number(), theirs = other.Number();
    return mine != theirs ? mine > theirs : name > other.name;
  }
};

Task<absl::StatusOr<Suppressed>> Suppressions::Create(std::string tenant, int shard,
                                                      NewSuppression suppression) {
  const redis::Script& script = ScriptNamed("suppress");
  const std::string id = SuppressionId(shard, suppression.mailbox_hash);
  redis::Command command = CallOf(script, 3);
  command.Add(keys_.Suppression(shard, tenant, suppression.mailbox_hash));
  command.Add(keys_.Suppressions(shard, tenant)).Add(keys_.Events(shard));
  command.Add(EncodeNumbers(suppression, keys_.shards())).Add(EncodeFacts(suppression));
  command.Add(id).Add(tenant);
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != 2) co_return Surprise("suppress");
  const absl::StatusOr<int64_t> answer = reply->front().Integer();
  if (!answer.ok() || *answer < 0 || *answer > 2) co_return Surprise("suppress");
  absl::StatusOr<std::optional<SuppressionView>> view = ViewOf(id, (*reply)[1]);
  if (!view.ok()) co_return view.status();
  Suppressed suppressed;
  suppressed.kind = static_cast<Suppressed::Kind>(*answer);
  if (view->has_value()) suppressed.view = **std::move(view);
  co_return suppressed;
}

Task<absl::StatusOr<std::optional<SuppressionView>>> Suppressions::Get(std::string tenant,
                                                                       std::string id) {
  const std::optional<int> shard = ParseId('s', id, keys_.shards());
  if (!shard.has_value()) co_return std::nullopt;
  redis::Command get("GET", keys_.SuppressionNamed(*shard, tenant, SuppressionName(id)));
  const absl::StatusOr<redis::Reply> reply = co_await client_.Call(std::move(get));
  if (!reply.ok()) co_return reply.status();
  co_return ViewOf(std::move(id), *reply);
}

Task<absl::StatusOr<std::optional<SuppressionView>>> Suppressions::Delete(std::string tenant,
                                                                          std::string id) {
  const std::optional<int> shard = ParseId('s', id, keys_.shards());
  if (!shard.has_value()) co_return std::nullopt;
  const redis::Script& script = ScriptNamed("unsuppress");
  redis::Command command = CallOf(script, 3);
  command.Add(keys_.SuppressionNamed(*shard, tenant, SuppressionName(id)));
  command.Add(keys_.Suppressions(*shard, tenant)).Add(keys_.Events(*shard));
  command.Add(id).Add(tenant);
  ScriptCall call(client_, clock_, script, std::move(command));
  const absl::StatusOr<std::vector<redis::Reply>> reply = co_await call.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->size() != 1) co_return Surprise("unsuppress");
  co_return ViewOf(std::move(id), reply->front());
}

Task<absl::StatusOr<std::vector<Suppressions::Entry>>> Suppressions::Entries(std::string tenant,
                                                                             int size,
                                                                             Entry after) {
  const redis::Script& script = ScriptNamed("list_suppressions");
  std::vector<ScriptCall> calls;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    redis::Command command = CallOf(script, 1);
    command.Add(keys_.Suppressions(shard, tenant)).Add(after.score).Add(after.name).Add(size);
    calls.emplace_back(client_, clock_, script, std::move(command));
  }
  std::vector<Entry> entries;
  absl::Status status;
  for (int shard = 0; shard < keys_.shards(); ++shard) {
    absl::StatusOr<std::vector<redis::Reply>> reply =
        co_await calls[static_cast<size_t>(shard)].Wait();
    status.Update(reply.status());
    if (!reply.ok()) continue;
    for (size_t i = 0; i + 1 < reply->size(); i += 2) {
      entries.push_back({shard, (*reply)[i].raw_text(), (*reply)[i + 1].raw_text()});
    }
  }
  if (!status.ok()) co_return status;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.Before(b); });
  co_return entries;
}

Task<absl::StatusOr<SuppressionPage>> Suppressions::List(std::string tenant, int size,
                                                         std::string token) {
  Entry after;
  if (!token.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(token, '/');
    double score = 0;
    if (parts.size() != 2 || !absl::SimpleAtod(parts[0], &score) ||
        parts[1].size() != kNameCharacters) {
      co_return absl::InvalidArgumentError("page token is not one of this list");
    }
    after.score = parts[0];
    after.name = parts[1];
  }
  const int wanted = std::clamp(size, 1, kPageMax);
  // One more than wanted tells whether there is another page.
  absl::StatusOr<std::vector<Entry>> entries = co_await Entries(tenant, wanted + 1, after);
  if (!entries.ok()) co_return entries.status();
  SuppressionPage page;
  if (entries->size() > static_cast<size_t>(wanted)) {
    entries->resize(static_cast<size_t>(wanted));
    page.next = absl::StrCat(entries->back().score, "/", entries->back().name);
  }
  std::vector<redis::Pending> values;
  for (const Entry& entry : *entries) {
    values.push_back(client_.Start(
        redis::Command("GET", keys_.SuppressionNamed(entry.shard, tenant, entry.name))));
  }
  absl::Status status;
  for (size_t i = 0; i < values.size(); ++i) {
    const absl::StatusOr<redis::Reply> reply = co_await values[i].Wait();
    status.Update(reply.status());
    if (!reply.ok()) continue;
    // One that has ended meanwhile, or that we cannot read, must not hide the others.
    const Entry& entry = (*entries)[i];
    absl::StatusOr<std::optional<SuppressionView>> view =
        ViewOf(IdOf('s', entry.shard, entry.name), *reply);
    if (view.ok() && view->has_value()) page.suppressions.push_back(**std::move(view));
  }
  if (!status.ok()) co_return status;
  co_return page;
}

}  // namespace posthaste::queue

#include "service/queue/install.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "service/queue/call.h"
#include "service/queue/keys.h"
#include "service/queue/scripts.h"

namespace posthaste::queue {
namespace {

struct Fact {
  std::string field;
  std::string ours;
  std::string words;  // What the operator is told, after "redis was installed ".
};

std::vector<Fact> Facts(int shards, std::string_view hash_key) {
  const std::string fingerprint =
      Hex(crypto::HmacFields(hash_key, {"posthaste/hash-key-fingerprint/v1"}).substr(0, 8));
  return {{"format", absl::StrCat(kFormatVersion), "in another format"},
          {"shards", absl::StrCat(shards), "with another number of shards"},
          {"hash_key", fingerprint, "with another hash key"}};
}

}  // namespace

Task<absl::Status> Install(redis::Client& redis, int shards, std::string_view hash_key) {
  const std::vector<Fact> facts = Facts(shards, hash_key);
  const redis::Script& script = ScriptNamed("install");
  redis::Command command = CallOf(script, 1);
  command.Add(Keys::Installation());
  for (const Fact& fact : facts) command.Add(fact.field).Add(fact.ours);
  redis::Pending pending = redis.StartEval(script, std::move(command));
  const absl::StatusOr<redis::Reply> reply = co_await pending.Wait();
  if (!reply.ok()) co_return reply.status();
  const absl::StatusOr<const std::vector<redis::Reply>*> stored = reply->Array();
  if (!stored.ok()) co_return stored.status();
  for (size_t i = 0; i < facts.size() && i < (*stored)->size(); ++i) {
    const std::string& theirs = (**stored)[i].raw_text();
    if (theirs == facts[i].ours) continue;
    co_return absl::FailedPreconditionError(absl::StrCat(
        "redis was installed ", facts[i].words, " (", Keys::Installation(), " ", facts[i].field,
        ": stored ", theirs.empty() ? "nothing" : theirs, ", ours ", facts[i].ours, ")"));
  }
  co_return absl::OkStatus();
}

}  // namespace posthaste::queue

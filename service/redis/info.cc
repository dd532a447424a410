#include "service/redis/info.h"

#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthaste::redis {
namespace {

constexpr int kMajorMin = 7;

// NOPERM stays until somebody grants it; whatever else Redis says (BUSY, LOADING) passes.
absl::Status Denied(const Client& client, const char* command, const char* permission,
                    const Reply& reply) {
  if (!reply.IsError("NOPERM")) return absl::UnavailableError(reply.ErrorStatus().message());
  return absl::FailedPreconditionError(absl::StrCat(
      Where(client.options()), ": cannot read its settings: ", command, ": ",
      std::string(reply.ErrorStatus().message()), " (the user needs ", permission, ")"));
}

// The value in the answer of CONFIG GET for one name: [name, value].
absl::StatusOr<std::string> ConfigValue(const Reply& reply, const char* name) {
  const absl::StatusOr<const std::vector<Reply>*> pair = reply.Array();
  if (!pair.ok()) return pair.status();
  if ((*pair)->size() != 2) {
    return absl::FailedPreconditionError(absl::StrCat("redis has no setting ", name));
  }
  return (**pair)[1].raw_text();
}

}  // namespace

Task<absl::StatusOr<ServerSettings>> ReadSettings(Client& client) {
  ServerSettings settings;
  struct Wanted {
    const char* name;
    std::string* value;
  };
  const Wanted wanted[] = {{"appendonly", &settings.appendonly},
                           {"appendfsync", &settings.appendfsync},
                           {"maxmemory-policy", &settings.maxmemory_policy},
                           {"no-appendfsync-on-rewrite", &settings.no_fsync_on_rewrite}};
  std::vector<Pending> answers;
  for (const Wanted& each : wanted)
    answers.push_back(client.Start(Command("CONFIG", "GET", each.name)));
  Pending folder = client.Start(Command("CONFIG", "GET", "dir"));
  Pending info = client.Start(Command("INFO", "server"));

  for (size_t i = 0; i < answers.size(); ++i) {
    const absl::StatusOr<Reply> reply = co_await answers[i].Wait();
    if (!reply.ok()) co_return reply.status();
    if (reply->IsError()) co_return Denied(client, "CONFIG GET", "+config|get", *reply);
    absl::StatusOr<std::string> value = ConfigValue(*reply, wanted[i].name);
    if (!value.ok()) co_return value.status();
    *wanted[i].value = *std::move(value);
  }
  const absl::StatusOr<Reply> dir = co_await folder.Wait();
  if (dir.ok()) settings.folder = ConfigValue(*dir, "dir").value_or("");  // Some hosts hide it.
  const absl::StatusOr<Reply> reply = co_await info.Wait();
  if (!reply.ok()) co_return reply.status();
  if (reply->IsError()) co_return Denied(client, "INFO", "+info", *reply);
  settings.version = std::string(InfoField(reply->raw_text(), "redis_version"));
  co_return settings;
}

absl::Status CheckDurability(Durability level, const ServerSettings& settings) {
  std::vector<std::string> weak;
  int major = 0;
  std::from_chars(settings.version.data(), settings.version.data() + settings.version.size(),
                  major);
  if (major < kMajorMin) {
    weak.push_back(absl::StrCat("redis ",
                                settings.version.empty() ? "of unknown version" : settings.version,
                                " is older than 7.0"));
  }
  if (settings.appendonly != "yes") {
    weak.push_back(
        absl::StrCat("appendonly is ", settings.appendonly, ": write \"appendonly yes\""));
  }
  const bool always = settings.appendfsync == "always";
  const bool everysec = settings.appendfsync == "everysec";
  if (level == Durability::kLocal && !always) {
    weak.push_back(
        absl::StrCat("appendfsync is ", settings.appendfsync, ": write \"appendfsync always\""));
  }
  if (level == Durability::kRelaxed && !always && !everysec) {
    weak.push_back(
        absl::StrCat("appendfsync is ", settings.appendfsync, ": write \"appendfsync everysec\""));
  }
  if (settings.maxmemory_policy != "noeviction") {
    weak.push_back(absl::StrCat("maxmemory-policy is ", settings.maxmemory_policy,
                                ": write \"maxmemory-policy noeviction\""));
  }
  if (level == Durability::kLocal && settings.no_fsync_on_rewrite != "no") {
    weak.push_back("no-appendfsync-on-rewrite is yes: write \"no-appendfsync-on-rewrite no\"");
  }
  if (weak.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "redis.conf is too weak for durability ", level == Durability::kLocal ? "local" : "relaxed",
      ": ", absl::StrJoin(weak, "; ")));
}

std::string_view InfoField(std::string_view info, std::string_view field) {
  while (!info.empty()) {
    const size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > field.size() && line[field.size()] == ':' &&
        line.substr(0, field.size()) == field) {
      return line.substr(field.size() + 1);
    }
  }
  return {};
}

}  // namespace posthaste::redis

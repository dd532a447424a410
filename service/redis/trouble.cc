#include "service/redis/trouble.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/redis/info.h"

namespace posthaste::redis {
namespace {

constexpr double kFull = 0.995;  // Of maxmemory: the next write of any size is refused.

int64_t NumberField(std::string_view info, std::string_view field) {
  int64_t value = 0;
  return absl::SimpleAtoi(std::string(InfoField(info, field)), &value) ? value : 0;
}

}  // namespace

std::string TroubleIn(std::string_view info) {
  const int64_t used = NumberField(info, "used_memory"), most = NumberField(info, "maxmemory");
  if (most > 0 && static_cast<double>(used) >= kFull * static_cast<double>(most))
    return absl::StrCat("maxmemory is reached: ", used, " of ", most, " bytes");
  if (InfoField(info, "aof_last_write_status") == "err")
    return "its disk takes no writes: aof_last_write_status is err";
  if (InfoField(info, "rdb_last_bgsave_status") == "err")
    return "its disk takes no snapshot: rdb_last_bgsave_status is err";
  return "";
}

Task<std::string> AskTrouble(Client& client) {
  Pending memory = client.Start(Command("INFO", "memory"));
  Pending persistence = client.Start(Command("INFO", "persistence"));
  const absl::StatusOr<Reply> first = co_await memory.Wait();
  const absl::StatusOr<Reply> second = co_await persistence.Wait();
  for (const absl::StatusOr<Reply>* reply : {&first, &second}) {
    if (!reply->ok()) co_return std::string(reply->status().message());
    if ((*reply)->IsError()) co_return (*reply)->raw_text();
  }
  co_return TroubleIn(first->raw_text() + second->raw_text());
}

}  // namespace posthaste::redis

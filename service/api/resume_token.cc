#include "service/api/resume_token.h"

#include "absl/strings/str_cat.h"
#include "service/api/page_token.h"

namespace posthaste::api {
namespace {

// No page token is a resume token: no tenant's name has a space.
std::string BoundTo(std::string_view tenant) {
  return absl::StrCat("events of ", std::string(tenant));
}

}  // namespace

std::string SealCursor(const queue::EventCursor& cursor, std::string_view tenant,
                       std::string_view hash_key, Random& random) {
  return SealToken(queue::EncodeCursor(cursor), BoundTo(tenant), hash_key, random);
}

std::optional<queue::EventCursor> OpenCursor(std::string_view token, std::string_view tenant,
                                             std::string_view hash_key, int shards) {
  if (token.size() > kResumeTokenMax) return std::nullopt;
  const std::optional<std::string> bytes = OpenToken(token, BoundTo(tenant), hash_key);
  if (!bytes.has_value()) return std::nullopt;
  return queue::DecodeCursor(*bytes, shards);
}

}  // namespace posthaste::api

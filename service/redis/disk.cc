#include "service/redis/disk.h"

#include <sys/statvfs.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {
namespace {

constexpr uint64_t kKibibyte = 1u << 10u;
constexpr uint64_t kScant = 1024 * kKibibyte;  // More than what is written at once.

}  // namespace

bool IsHere(const ClientOptions& options) {
  return !options.unix_path.empty() || options.host == "localhost" ||
         options.host.rfind("127.", 0) == 0 || options.host == "::1";
}

std::optional<Space> SpaceAt(const std::string& path) {
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) != 0) return std::nullopt;
  return Space{uint64_t{disk.f_bavail} * disk.f_frsize, uint64_t{disk.f_blocks} * disk.f_frsize};
}

// A tenth: a small disk that is empty is not full.
bool NoRoom(const Space& space) { return space.free < kScant && space.free < space.total / 10; }

Disk::Disk(std::function<std::optional<Space>(const std::string&)> look) : look_(std::move(look)) {}

std::string Disk::Look() const {
  if (folder_.empty()) return "";
  const std::optional<Space> space = look_(folder_);
  if (!space || !NoRoom(*space)) return "";
  return absl::StrCat("its disk has no room: ", space->free / kKibibyte, " KiB left in ", folder_);
}

std::string Disk::Blame() {
  std::string words = Look();
  blamed_ = !words.empty();
  return words;
}

std::string Disk::Lingering() { return blamed_ ? Blame() : ""; }

}  // namespace posthaste::redis

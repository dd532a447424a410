#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace posthaste {
namespace {

constexpr size_t kPiece = size_t{64} * 1024;

absl::Status Trouble(const std::string& path) {
  const int error = errno;
  const std::string why = absl::StrCat(path, ": cannot be read: ", std::strerror(error));
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(why);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(why);
  return absl::FailedPreconditionError(why);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Trouble(path);
  const absl::Cleanup close_file = [file] { close(file); };
  std::string bytes;
  while (bytes.size() <= bytes_max) {
    const size_t had = bytes.size();
    bytes.resize(std::min(had + kPiece, bytes_max + 1));
    const ssize_t got = read(file, bytes.data() + had, bytes.size() - had);
    bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Trouble(path);
    if (got == 0) return bytes;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(path, ": cannot be read: it is longer than ", bytes_max, " bytes"));
}

}  // namespace posthaste

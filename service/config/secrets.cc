#include "service/config/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/encoding.h"

namespace posthaste::config {
namespace {

constexpr size_t kSecretBytesMax = 64 * 1024;

absl::Status CheckMode(int file, const std::string& path) {
  struct stat facts {};
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": not a regular file"));
  }
  if ((facts.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: mode %04o lets others read a secret; use chmod 600", path, facts.st_mode & 07777));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Secret> ReadSecretFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const std::string why = absl::StrCat(path, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(why) : absl::PermissionDeniedError(why);
  }
  const absl::Cleanup close_file = [file] { close(file); };
  if (absl::Status mode = CheckMode(file, path); !mode.ok()) return mode;
  std::string bytes(kSecretBytesMax + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(file, bytes.data() + size, bytes.size() - size);
    if (got < 0) return absl::PermissionDeniedError(absl::StrCat(path, ": ", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kSecretBytesMax)
    return absl::InvalidArgumentError(absl::StrCat(path, ": over 64 KiB"));
  bytes.resize(size);
  if (!bytes.empty() && bytes.back() == '\n') bytes.pop_back();
  if (!bytes.empty() && bytes.back() == '\r') bytes.pop_back();
  if (bytes.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": empty"));
  return Secret(std::move(bytes));
}

absl::StatusOr<Secret> ReadKeyFile(const std::string& path) {
  absl::StatusOr<Secret> text = ReadSecretFile(path);
  if (!text.ok()) return text.status();
  std::optional<std::string> key = FromHex(text->Reveal());
  if (!key || key->size() != 32) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a key of 64 hexadecimal digits"));
  }
  return Secret(*std::move(key));
}

}  // namespace posthaste::config

#include "service/cli/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace posthaste::cli {
namespace {

absl::Status DiskTrouble(const std::string& path) {
  const int error = errno;
  const std::string why = absl::StrCat(path, ": ", std::strerror(error));
  if (error == EEXIST) return absl::AlreadyExistsError(why);
  return error == EACCES || error == EPERM ? absl::PermissionDeniedError(why)
                                           : absl::UnavailableError(why);
}

absl::Status WriteAll(int file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskTrouble(path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// That a name is in its folder is on the disk when the folder is.
absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const int file = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return DiskTrouble(folder);
  const absl::Cleanup close_file = [file] { close(file); };
  return fsync(file) == 0 ? absl::OkStatus() : DiskTrouble(folder);
}

// `path` is made, with the owner, group and the mode of `facts`, and its bytes are on the disk.
absl::Status WriteNew(const std::string& path, std::string_view bytes, const struct stat& facts) {
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return DiskTrouble(path);
  const absl::Cleanup close_file = [file] { close(file); };
  absl::Status status;
  struct stat mine {};
  if (fstat(file, &mine) != 0) status = DiskTrouble(path);
  const bool other = mine.st_uid != facts.st_uid || mine.st_gid != facts.st_gid;
  if (status.ok() && other && fchown(file, facts.st_uid, facts.st_gid) != 0)
    status = DiskTrouble(path);
  if (status.ok() && fchmod(file, facts.st_mode & 07777) != 0) status = DiskTrouble(path);
  if (status.ok()) status = WriteAll(file, path, bytes);
  if (status.ok() && fsync(file) != 0) status = DiskTrouble(path);
  if (!status.ok()) unlink(path.c_str());
  return status;
}

}  // namespace

absl::Status CreateDurably(const std::string& path, std::string_view bytes,
                           const std::string& like) {
  struct stat facts {};
  if (stat(like.c_str(), &facts) != 0) return DiskTrouble(like);
  facts.st_mode = 0600;
  const std::string draft = path + ".new";
  absl::Status status = WriteNew(draft, bytes, facts);
  if (!status.ok()) return status;
  // Not rename(2), which would overwrite.
  if (link(draft.c_str(), path.c_str()) != 0) status = DiskTrouble(path);
  unlink(draft.c_str());
  return status.ok() ? SyncFolderOf(path) : status;
}

absl::Status ReplaceDurably(const std::string& path, std::string_view was, std::string_view bytes) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  struct stat facts {};
  if (stat(real.c_str(), &facts) != 0) return DiskTrouble(real);
  const std::string draft = real + ".new";
  absl::Status status = WriteNew(draft, bytes, facts);
  if (absl::IsAlreadyExists(status)) {
    return absl::FailedPreconditionError(absl::StrCat(
        draft, ": is there: somebody else is at it, or was cut off; then remove that file"));
  }
  if (!status.ok()) return status;
  // Whoever else follows these steps waits for the draft's name.
  const absl::StatusOr<std::string> is = ReadFile(real, was.size());
  if (!is.ok() || *is != was) {
    status = absl::FailedPreconditionError(absl::StrCat(path, ": was changed meanwhile"));
  } else if (rename(draft.c_str(), real.c_str()) != 0) {
    status = DiskTrouble(real);
  }
  if (!status.ok()) {
    unlink(draft.c_str());
    return status;
  }
  return SyncFolderOf(real);
}

}  // namespace posthaste::cli

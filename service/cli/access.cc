#include "service/cli/access.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/config/secrets.h"

namespace posthaste::cli {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Of services and cron jobs too, whose environment has none. Never a folder that others may have
// made before us, such as /tmp: keys lie below it.
std::string HomeFolder() {
  const std::string home = FromEnvironment("HOME");
  if (!home.empty()) return home;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> strings;
  getpwuid_r(geteuid(), &entry, strings.data(), strings.size(), &found);
  return found == nullptr ? "/nonexistent" : found->pw_dir;
}

// The value of a line "name: value"; the file is our own.
std::string Setting(std::string_view text, const std::string& name) {
  const std::string whole(text);
  for (const auto& line : absl::StrSplit(whole, '\n')) {
    const std::string prefix = name + ": ";
    if (line.substr(0, prefix.size()) == prefix) return std::string(line.substr(prefix.size()));
  }
  return "";
}

absl::Status Failed(const std::string& path) {
  const std::string why = absl::StrCat(path, ": ", std::strerror(errno));
  return errno == EEXIST ? absl::AlreadyExistsError(why) : absl::UnavailableError(why);
}

absl::Status Write(int file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(file, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) return Failed(path);
    if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
  }
  return fsync(file) == 0 ? absl::OkStatus() : Failed(path);
}

}  // namespace

std::string DefaultDataDir() {
  const std::string state = FromEnvironment("XDG_STATE_HOME");
  if (!state.empty()) return state + "/posthaste/sandbox";
  return HomeFolder() + "/.local/state/posthaste/sandbox";
}

std::string DataDirOf(const std::string& data_dir) {
  return data_dir.empty() ? DefaultDataDir() : data_dir;
}

absl::StatusOr<Access> FindAccess(const AccessOptions& options) {
  Access access;
  access.address = options.address.empty() ? FromEnvironment("POSTHASTE_ADDRESS") : options.address;
  access.ca_file = options.ca_file;
  const std::string key_file =
      options.key_file.empty() ? FromEnvironment("POSTHASTE_KEY_FILE") : options.key_file;
  if (!key_file.empty()) {
    absl::StatusOr<Secret> key = config::ReadSecretFile(key_file);
    if (!key.ok()) return key.status();
    access.key = *std::move(key);
  }
  if (!access.address.empty() && !access.key.empty()) return access;
  const std::string client_file = DataDirOf(options.data_dir) + kClientFile;
  const absl::StatusOr<Secret> file = config::ReadSecretFile(client_file);
  if (absl::IsNotFound(file.status())) {
    return absl::NotFoundError(
        absl::StrCat("no sandbox runs here (", client_file, " is not there); start one with ",
                     "`posthaste sandbox`, or give --address and --key-file"));
  }
  if (!file.ok()) return file.status();
  if (access.address.empty()) access.address = Setting(file->Reveal(), "address");
  if (access.key.empty())
    access.key = Secret(Setting(file->Reveal(), options.operates ? "operator_key" : "key"));
  if (access.address.empty() || access.key.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(client_file, ": address or key is missing"));
  }
  return access;
}

absl::Status WriteClientFile(const std::string& data_dir, const std::string& address,
                             const Secret& key, const Secret& operator_key) {
  return WritePrivateFile(
      data_dir + kClientFile,
      absl::StrCat("address: ", address, "\nkey: ", std::string(key.Reveal()),
                   "\noperator_key: ", std::string(operator_key.Reveal()), "\n"),
      true);
}

absl::Status WritePrivateFile(const std::string& path, std::string_view bytes, bool replace) {
  const std::string target = replace ? path + ".new" : path;
  if (replace) unlink(target.c_str());
  const int file = open(target.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return Failed(target);
  const absl::Cleanup close_file = [file] { close(file); };
  if (absl::Status written = Write(file, target, bytes); !written.ok()) return written;
  return !replace || rename(target.c_str(), path.c_str()) == 0 ? absl::OkStatus() : Failed(path);
}

}  // namespace posthaste::cli

#include "service/sandbox/inbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/random.h"

namespace posthaste::sandbox {
namespace {

constexpr size_t kIdCharacters = 8, kDigits = 16;
constexpr std::string_view kFrom = "Return-Path: ", kTo = "X-Envelope-To: ", kTime = "X-Captured: ";
constexpr size_t kFileBytesMax = size_t{4} << 20;  // A mail, and what was said of it.
constexpr absl::Duration kLookEvery = absl::Milliseconds(10);

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

bool IsName(const std::string& name) {
  return name.size() == kDigits + 1 + kIdCharacters + 4 && name[kDigits] == '-';
}
std::string IdOf(const std::string& name) { return name.substr(kDigits + 1, kIdCharacters); }

// Oldest first. A folder that is not there is empty.
std::vector<std::string> Names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder + "/new", error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename();
    if (IsName(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Unbracketed(std::string_view value) {
  return value.size() >= 2 ? std::string(value.substr(1, value.size() - 2)) : "";
}

// Nothing if the file has gone meanwhile.
std::optional<Captured> Read(const std::string& folder, const std::string& name) {
  const absl::StatusOr<std::string> bytes = ReadFile(folder + "/new/" + name, kFileBytesMax);
  if (!bytes.ok()) return std::nullopt;
  Captured captured;
  captured.id = IdOf(name);
  int64_t micros = 0;
  if (!absl::SimpleAtoi(name.substr(0, kDigits), &micros)) return std::nullopt;
  captured.time = absl::FromUnixMicros(micros);
  std::string_view rest = *bytes;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (line.substr(0, kFrom.size()) == kFrom)
      captured.envelope.mail_from = Unbracketed(line.substr(kFrom.size()));
    if (line.substr(0, kTo.size()) == kTo)
      captured.envelope.rcpt_to.push_back(Unbracketed(line.substr(kTo.size())));
    if (line.substr(0, kTime.size()) == kTime) break;
  }
  captured.message = std::string(rest);
  return captured;
}

bool IsTo(const Captured& captured, std::string_view to) {
  if (to.empty()) return true;
  const std::string wanted(to);
  const std::vector<std::string>& all = captured.envelope.rcpt_to;
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& one) { return absl::EqualsIgnoreCase(one, wanted); });
}

// Written, on the disk, closed.
absl::Status WriteFile(const std::string& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return Failed(path);
  const absl::Cleanup close_file = [file] { close(file); };
  while (!bytes.empty()) {
    const ssize_t size = write(file, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) return Failed(path);
    if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
  }
  return fsync(file) == 0 ? absl::OkStatus() : Failed(path);
}

absl::Status SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Failed(path);
  const absl::Cleanup close_folder = [folder] { close(folder); };
  return fsync(folder) == 0 ? absl::OkStatus() : Failed(path);
}

}  // namespace

std::vector<Captured> Inbox::List(std::string_view to, size_t max) const {
  std::vector<Captured> found;
  const std::vector<std::string> names = Names(folder_);
  for (auto name = names.rbegin(); name != names.rend() && found.size() < max; ++name) {
    std::optional<Captured> captured = Read(folder_, *name);
    if (captured && IsTo(*captured, to)) found.push_back(*std::move(captured));
  }
  return found;
}

std::optional<Captured> Inbox::Newest(std::string_view to, std::string_view after) const {
  const std::vector<std::string> names = Names(folder_);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!after.empty() && IdOf(*name) == after) return std::nullopt;
    std::optional<Captured> captured = Read(folder_, *name);
    if (captured && IsTo(*captured, to)) return captured;
  }
  return std::nullopt;
}

std::optional<Captured> Inbox::WaitFor(std::string_view to, std::string_view after,
                                       absl::Duration limit, const Clock& clock) const {
  const SteadyTime end = clock.Steady() + absl::ToChronoNanoseconds(limit);
  for (;;) {
    std::optional<Captured> captured = Newest(to, after);
    if (captured || clock.Steady() >= end) return captured;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kLookEvery));
  }
}

absl::StatusOr<Captured> Inbox::Find(std::string_view id) const {
  std::optional<std::string> found;
  for (const std::string& name : Names(folder_)) {
    if (id.empty() || name.compare(kDigits + 1, id.size(), id) != 0) continue;
    if (found)
      return absl::InvalidArgumentError(absl::StrCat("several mails begin with ", std::string(id)));
    found = name;
  }
  std::optional<Captured> captured = found ? Read(folder_, *found) : std::nullopt;
  if (!captured) return absl::NotFoundError(absl::StrCat("no mail ", std::string(id)));
  return *std::move(captured);
}

absl::StatusOr<InboxWriter> InboxWriter::Open(const std::string& folder, const Clock& clock,
                                              size_t kept) {
  for (const char* part : {"/tmp", "/new"}) {
    std::error_code error;
    std::filesystem::create_directories(folder + part, error);
    if (error) return absl::UnavailableError(absl::StrCat(folder, part, ": ", error.message()));
    std::filesystem::permissions(folder + part, std::filesystem::perms::owner_all, error);
  }
  InboxWriter writer(folder, clock, kept);
  const std::vector<std::string> names = Names(folder);
  writer.names_.assign(names.begin(), names.end());
  return writer;
}

absl::StatusOr<std::string> InboxWriter::Store(const Envelope& envelope, std::string_view message) {
  int64_t micros = absl::ToUnixMicros(clock_->Now());
  int64_t last = 0;  // The clock may go back; the order of arrival may not.
  if (!names_.empty() && absl::SimpleAtoi(names_.back().substr(0, kDigits), &last))
    micros = std::max(micros, last + 1);
  const std::string id = Base32(SystemRandom().Bytes(kIdCharacters), kIdCharacters);
  const std::string name = absl::StrFormat("%016d-%s.eml", micros, id);
  std::string bytes = absl::StrCat(std::string(kFrom), "<", envelope.mail_from, ">\r\n");
  for (const std::string& to : envelope.rcpt_to)
    absl::StrAppend(&bytes, std::string(kTo), "<", to, ">\r\n");
  absl::StrAppend(
      &bytes, std::string(kTime),
      absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(micros), absl::UTCTimeZone()),
      "\r\n");
  bytes += message;
  const std::string draft = folder_ + "/tmp/" + name;
  if (absl::Status written = WriteFile(draft, bytes); !written.ok()) return written;
  if (rename(draft.c_str(), (folder_ + "/new/" + name).c_str()) != 0) return Failed(draft);
  if (absl::Status synced = SyncFolder(folder_ + "/new"); !synced.ok()) return synced;
  names_.push_back(name);
  for (; names_.size() > kept_; names_.pop_front())
    unlink((folder_ + "/new/" + names_.front()).c_str());
  return id;
}

}  // namespace posthaste::sandbox

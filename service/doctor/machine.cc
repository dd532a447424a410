#include "service/doctor/machine.h"

#include <mntent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/task.h"
#include "service/config/certificates.h"
#include "service/redis/disk.h"

namespace posthaste::doctor {
namespace {

constexpr int64_t kFilesBeside = 256;  // Callers, Redis, files.
constexpr uint64_t kMebibyte = 1u << 20u;
constexpr absl::Duration kSkewFault = absl::Seconds(2), kSkewWarning = absl::Milliseconds(500);

Finding Files(const config::v1::Config& config) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return JudgeFiles(static_cast<int64_t>(limit.rlim_cur), FilesNeeded(config));
}

// Asking for its space may wait for another machine.
bool IsOfANetwork(const std::string& kind) {
  for (const std::string_view start : {"nfs", "cifs", "smb", "fuse", "9p", "ceph", "afs"}) {
    if (kind.rfind(start, 0) == 0) return true;
  }
  return false;
}

Finding ClockKept() {
  timex ask{};
  if (adjtimex(&ask) >= 0 && (ask.status & STA_UNSYNC) == 0) {
    return {Level::kGood, "clock", "the kernel's clock is synchronised", ""};
  }
  return {Level::kWarning, "clock", "the kernel's clock is not synchronised",
          "Run chrony or systemd-timesyncd on the machine (in a container: on its host)."};
}

// Only whether somebody could listen there now: it may well be the service itself. Bound and not
// listened on, lest a caller come in that moment; a listener is in the way of either.
Findings Port(const std::string& setting, const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (address.rfind("unix:", 0) == 0 || colon == std::string::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return {};
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto place = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) return {};
  Loop loop{1};
  asio::ip::tcp::acceptor acceptor(loop);
  const asio::ip::tcp::endpoint endpoint(place, static_cast<uint16_t>(port));
  acceptor.open(endpoint.protocol(), error);
  acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (!error)
    return {{Level::kGood, "ports", absl::StrCat(setting, ": ", address, " is free"), ""}};
  return {{Level::kWarning, "ports", absl::StrCat(setting, ": ", address, ": ", error.message()),
           "Good if the service is running; else somebody else has it (ss -ltnp), or it is not an "
           "address of this machine."}};
}

}  // namespace

int64_t FilesNeeded(const config::v1::Config& config) {
  int64_t needed = kFilesBeside;
  for (const config::v1::Relay& relay : config.relays()) needed += relay.sessions();
  return needed;
}

Finding JudgeFiles(int64_t limit, int64_t needed) {
  const std::string what =
      absl::StrCat("this shell may open ", limit, " files; the service needs ", needed);
  if (limit >= needed) return {Level::kGood, "files", what, ""};
  return {Level::kFault, "files", what,
          absl::StrCat("Start it with LimitNOFILE=65536 (systemd) or after ulimit -n ", needed,
                       ", or lower relays[].sessions.")};
}

Finding JudgeCertificate(const std::string& name, absl::Time end, absl::Time now) {
  const std::string day = absl::FormatTime("%Y-%m-%d", end, absl::UTCTimeZone());
  if (end <= now) {
    return {Level::kFault, "certificates", absl::StrCat(name, ": expired on ", day),
            "Renew it now: callers are refused."};
  }
  if (end - now < absl::Hours(24 * 14)) {
    return {Level::kWarning, "certificates", absl::StrCat(name, ": ends on ", day), "Renew it."};
  }
  return {Level::kGood, "certificates", absl::StrCat(name, ": good until ", day), ""};
}

Finding JudgeSpace(const std::string& name, uint64_t free, uint64_t total) {
  const std::string what = absl::StrCat(name, ": ", free / kMebibyte, " MiB free");
  const std::string next =
      "Make room, or move it to another disk: Redis refuses writes when its "
      "disk is full, and so the service refuses mail.";
  if (free < 64 * kMebibyte) return {Level::kFault, "disk", what, next};
  if (free < 1024 * kMebibyte && free < total / 10) return {Level::kWarning, "disk", what, next};
  return {Level::kGood, "disk", what, ""};
}

Finding JudgeSkew(absl::Duration ahead) {
  const absl::Duration off = absl::AbsDuration(ahead);
  const std::string what = absl::StrCat(
      "the clock of Redis is ", absl::FormatDuration(absl::Trunc(off, absl::Milliseconds(1))),
      ahead < absl::ZeroDuration() ? " behind ours" : " before ours");
  if (off < kSkewWarning) return {Level::kGood, "clock", what, ""};
  return {off < kSkewFault ? Level::kWarning : Level::kFault, "clock", what,
          "Let NTP keep both machines' clocks: deadlines and leases are judged by them."};
}

Findings LookAtSpace(const std::string& name, const std::string& folder) {
  const std::optional<redis::Space> space = redis::SpaceAt(folder);
  if (!space) return {};
  return {JudgeSpace(absl::StrCat(name, " (", folder, ")"), space->free, space->total)};
}

Findings LookAtFullDisks() {
  Findings findings;
  std::set<dev_t> seen;  // The same disk may be mounted in several places.
  FILE* mounts = setmntent("/proc/self/mounts", "re");
  if (mounts == nullptr) return findings;
  while (const mntent* mount = getmntent(mounts)) {
    const std::string kind = mount->mnt_type;
    if (hasmntopt(mount, MNTOPT_RO) != nullptr || IsOfANetwork(kind)) continue;
    const std::string folder = mount->mnt_dir;
    struct stat file {};
    if (stat(folder.c_str(), &file) != 0 || !seen.insert(file.st_dev).second) continue;
    const std::optional<redis::Space> space = redis::SpaceAt(folder);
    if (!space || !redis::NoRoom(*space)) continue;
    findings.push_back(JudgeSpace(absl::StrCat("the disk at ", folder), space->free, space->total));
  }
  endmntent(mounts);
  return findings;
}

Findings LookAtMachine(const config::v1::Config& config, absl::Time now) {
  Findings findings = {Files(config), ClockKept()};
  const auto add = [&findings](const Findings& more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  for (const config::CertificateEnd& one : config::CertificateEnds(config)) {
    findings.push_back(JudgeCertificate(one.name + "'s certificate", one.end, now));
  }
  if (!config.log().file().empty()) {
    const auto folder = std::filesystem::absolute(config.log().file()).parent_path();
    add(LookAtSpace("log.file", folder.string()));
  }
  add(Port("grpc.address", config.grpc().address()));
  add(Port("ops.address", config.ops().address()));
  return findings;
}

}  // namespace posthaste::doctor

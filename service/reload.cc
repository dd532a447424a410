#include "service/reload.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/metrics.h"
#include "service/config/certificates.h"
#include "service/config/key_entries.h"

namespace posthaste {
namespace {

using config::v1::Config;

bool Differ(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return a.SerializeAsString() != b.SerializeAsString();
}

// None, TLS, TLS with certificates of clients: which of them a listener begins with.
template <typename Listener>
int TlsKind(const Listener& listener) {
  if (!listener.has_tls()) return 0;
  return listener.tls().client_ca_file().empty() ? 1 : 2;
}

metrics::Gauge& RefusedGauge() {
  return metrics::GetGauge("posthaste_reload_refused",
                           "1: the last configuration that was to be reloaded was refused.");
}

void Count(const char* result) {
  metrics::GetCounter("posthaste_reloads_total", "Configurations that were to be reloaded.",
                      {{"result", result}})
      .Increment();
}

}  // namespace

std::vector<std::string> WaitForRestart(const Config& now, const Config& next) {
  std::vector<std::string> waiting;
  const auto note = [&waiting](bool differs, const char* setting) {
    if (differs) waiting.emplace_back(setting);
  };
  note(now.grpc().address() != next.grpc().address(), "grpc.address");
  note(now.grpc().reflection() != next.grpc().reflection(), "grpc.reflection");
  note(TlsKind(now.grpc()) != TlsKind(next.grpc()), "grpc.tls");
  note(now.ops().address() != next.ops().address(), "ops.address");
  note(TlsKind(now.ops()) != TlsKind(next.ops()), "ops.tls");
  note(Differ(now.redis(), next.redis()), "redis");
  note(now.worker().loops() != next.worker().loops(), "worker.loops");
  note(now.worker().slots() != next.worker().slots(), "worker.slots");
  note(Differ(now.log(), next.log()), "log");
  note(Differ(now.dns(), next.dns()), "dns");
  return waiting;
}

Config WithoutThem(const Config& now, Config next) {
  if (TlsKind(now.grpc()) != TlsKind(next.grpc())) *next.mutable_grpc() = now.grpc();
  next.mutable_grpc()->set_address(now.grpc().address());
  next.mutable_grpc()->set_reflection(now.grpc().reflection());
  if (TlsKind(now.ops()) != TlsKind(next.ops())) *next.mutable_ops() = now.ops();
  next.mutable_ops()->set_address(now.ops().address());
  *next.mutable_redis() = now.redis();
  next.mutable_worker()->set_loops(now.worker().loops());
  next.mutable_worker()->set_slots(now.worker().slots());
  *next.mutable_log() = now.log();
  *next.mutable_dns() = now.dns();
  return next;
}

absl::Status NoneDirect(const Config& config) {
  for (int i = 0; i < config.relays_size(); ++i) {
    if (config.relays(i).direct()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "relays[", i, "].direct: the first one needs a restart: there is no resolver yet"));
    }
  }
  return absl::OkStatus();
}

void ShowCertificates(const Config& config) {
  for (const config::CertificateEnd& one : config::CertificateEnds(config)) {
    metrics::GetGauge("posthaste_tls_certificate_not_after_timestamp_seconds",
                      "Until when the certificate that was loaded is good, in Unix time.",
                      {{"name", one.name}})
        .Set(static_cast<double>(absl::ToUnixSeconds(one.end)));
  }
}

void ShowKeys(const config::v1::Keys& keys) {
  constexpr double kGone = 0, kOpens = 1, kWrites = 2;
  static auto* const shown = new std::vector<metrics::Gauge*>;
  for (metrics::Gauge* gauge : *shown) gauge->Set(kGone);
  shown->clear();
  for (const config::KeyKind kind :
       {config::KeyKind::kSeal, config::KeyKind::kCode, config::KeyKind::kReceipt}) {
    const std::vector<config::KeyEntry> entries = config::KeyEntriesOf(keys, kind);
    for (const config::KeyEntry& entry : entries) {
      metrics::Gauge& gauge = metrics::GetGauge(
          "posthaste_key_use", "2: the key writes, 1: it opens what it wrote, 0: it was let go.",
          {{"kind", std::string(config::KeyKindName(kind))}, {"id", entry.id}});
      gauge.Set(entry == entries.back() ? kWrites : kOpens);
      shown->push_back(&gauge);
    }
  }
}

void Reloaded(const Config& config, const std::vector<std::string>& waiting) {
  RefusedGauge().Set(0);
  Count("taken");
  const std::string settings = absl::StrJoin(waiting, ", ");
  log::Emit(waiting.empty() ? log::Level::kInfo : log::Level::kWarning, "reloaded",
            {{"tenants", static_cast<int64_t>(config.tenants_size())},
             {"relays", static_cast<int64_t>(config.relays_size())},
             {"wait_for_restart", std::string_view(settings)}});
}

void ReloadRefused(const absl::Status& why) {
  RefusedGauge().Set(1);
  Count("refused");
  log::Emit(log::Level::kError, "reload_refused",
            {{"why", std::string_view(why.message().data(), why.message().size())}});
}

}  // namespace posthaste

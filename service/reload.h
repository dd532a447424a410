// What a reload may change, and how operators learn what became of it.
//
// Everything but what a process is built on: where it listens, its Redis, its loops, its log. Those
// stay as they are until a restart, and the log says which of them were changed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste {

// The settings, whole blocks where it is all of them, that differ and wait for a restart. Pure.
std::vector<std::string> WaitForRestart(const config::v1::Config& now,
                                        const config::v1::Config& next);

// `next`, with those as they are now. Pure.
config::v1::Config WithoutThem(const config::v1::Config& now, config::v1::Config next);

// INVALID_ARGUMENT names the first relay that is direct: for a process without a resolver. Pure.
absl::Status NoneDirect(const config::v1::Config& config);

// posthaste_tls_certificate_not_after_timestamp_seconds{name}, of the files as they are now.
void ShowCertificates(const config::v1::Config& config);

// posthaste_key_use{kind,id}: which seal, code and receipt keys this process has, and which of them
// write. Called from one thread at a time.
void ShowKeys(const config::v1::Keys& keys);

// The new configuration is in force, but for `waiting`.
void Reloaded(const config::v1::Config& config, const std::vector<std::string>& waiting);

// It cannot be: what was before stays. `why` names the setting or the file.
void ReloadRefused(const absl::Status& why);

}  // namespace posthaste

// Until when the certificates that we show are good.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

// The first end among the certificates of a PEM file: a chain is good as long as each of it is.
// Errors name the file: NOT_FOUND, INVALID_ARGUMENT (no certificate in PEM).
absl::StatusOr<absl::Time> CertificateEndOf(const std::string& path);

// INVALID_ARGUMENT for certificates in PEM that nobody should be shown at `now`: none at all, one
// that is not valid yet or any more, or one whose issuer is not the next in the file.
absl::Status CheckChain(std::string_view pem, absl::Time now);

// INVALID_ARGUMENT if the first certificate of `pem` is not this key's, or `key` is none in PEM.
absl::Status CheckKeyFits(std::string_view pem, const Secret& key);

// INVALID_ARGUMENT if `pem` has no certificate, or none that is valid at `now`.
absl::Status CheckAuthorities(std::string_view pem, absl::Time now);

struct CertificateEnd {
  std::string name;  // "grpc", "ops" or "redis": who shows it.
  absl::Time end;
};

// Of those that the configuration names. One that cannot be read is left out: whoever loads it to
// use it says so.
std::vector<CertificateEnd> CertificateEnds(const v1::Config& config);

}  // namespace posthaste::config

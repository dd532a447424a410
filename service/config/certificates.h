// Until when the certificates that we show are good.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

// The first end among the certificates of a PEM file: a chain is good as long as each of it is.
// Errors name the file: NOT_FOUND, INVALID_ARGUMENT (no certificate in PEM).
absl::StatusOr<absl::Time> CertificateEndOf(const std::string& path);

struct CertificateEnd {
  std::string name;  // "grpc" or "redis": who shows it.
  absl::Time end;
};

// Of those that the configuration names. One that cannot be read is left out: whoever loads it to
// use it says so.
std::vector<CertificateEnd> CertificateEnds(const v1::Config& config);

}  // namespace posthaste::config

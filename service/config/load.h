// The configuration: read, held against its schema, completed by defaults and checked.
//
// What comes out is whole: every default is filled in, every value is in its range, so that nobody
// else repeats a default or a check. An error is one line that names the setting: "relays[1].port:
// 70000 is not from 1 to 65535".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

using v1::Config;

inline constexpr size_t kConfigBytesMax = size_t{4} << 20;

// As ParseConfig; NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION, RESOURCE_EXHAUSTED: as
// ReadFile (base/file.h), of at most kConfigBytesMax.
absl::StatusOr<Config> LoadConfig(const std::string& path);
absl::StatusOr<Config> ParseConfig(std::string_view yaml);

// Fills in the defaults that the comments of the schema name.
void FillDefaults(Config& config);

// The ranges and references that the schema cannot state.
absl::Status CheckConfig(const Config& config);

inline absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}
google::protobuf::Duration FromSeconds(int64_t seconds);

// Whether a key may have a scope of that name.
bool IsScope(std::string_view scope);

// Whether "host:port" is on this machine only: a loopback address, "localhost", or a Unix socket.
bool IsLoopback(std::string_view address);
// The same of a host without a port. "unix" is a name like any other here.
bool IsLoopbackHost(const std::string& host);

}  // namespace posthaste::config

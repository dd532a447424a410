// The running service, as the commands that start one see it. main.cc gives them a way to start the
// real one: the command line is below it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::cli {

class Service {
 public:
  virtual ~Service() = default;  // Stops it.
  // As Daemon's.
  virtual absl::Status WaitReady(absl::Duration limit) = 0;
  virtual absl::Status fatal() const = 0;
  virtual absl::Status Reload(const absl::StatusOr<config::v1::Config>& read) = 0;
  virtual void Stop() = 0;
  virtual std::string grpc_address() const = 0;
  virtual std::string ops_address() const = 0;
};

// Starts a service with the roles api and worker. Errors are one line that names the setting or the
// file.
using StartService = std::function<absl::StatusOr<std::unique_ptr<Service>>(
    const config::v1::Config&, bool api, bool worker)>;

// Whether a service could be started with it, as far as files tell. The error is StartService's.
using CheckService = std::function<absl::Status(const config::v1::Config&)>;

}  // namespace posthaste::cli

// The gRPC server: listener, credentials, services, health, reflection.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class Server {
 public:
  // Listens at once; health says NOT_SERVING until SetServing. UNAVAILABLE: the address is taken;
  // INVALID_ARGUMENT: certificate or key cannot be used. `bridge` outlives the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const config::v1::Grpc& config,
                                                       Bridge& bridge);
  ~Server();

  // Whether `grpc.tls` names files that can be used. INVALID_ARGUMENT names the setting and the
  // file.
  static absl::Status CheckTls(const config::v1::Grpc& config);
  // As ServerTls::Prepare and Show; OK in clear. REQUIRES: `tls` and its client_ca_file are set or
  // not as they were at the start.
  absl::Status PrepareTls(const config::v1::Grpc& config);
  absl::Status ShowTls();

  // Where it listens: the configured address with the port that was chosen.
  const std::string& address() const;

  // What health checks are told, for the whole server and each service.
  void SetServing(bool serving);

  // Refuses new calls, then waits for those under way until `grace` is over. The loops must still
  // run.
  void Stop(absl::Duration grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste::api

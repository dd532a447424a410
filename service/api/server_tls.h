// The certificates of the gRPC listener, replaced while it listens.
//
// gRPC looks each second at the files that it was given and takes what it finds; a bad file stops
// it from taking any connection. So it is given files of our own: in a private folder, in memory
// where there is /dev/shm, into which only a bundle goes that was parsed, matched, dated and
// chained.
#pragma once

#include <memory>
#include <string>

#include <grpcpp/security/server_credentials.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::api {

class ServerTls {
 public:
  // INVALID_ARGUMENT names the setting of grpc.tls and the file.
  static absl::StatusOr<std::unique_ptr<ServerTls>> Make(const config::v1::TlsServer& config);
  ~ServerTls();  // Takes the folder away.
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  // TLS 1.2 or newer. Client certificates are asked for, and must be good, with a client_ca_file.
  std::shared_ptr<grpc::ServerCredentials> Credentials() const;

  // Whether the files that `config` names can be used now. Reads them and changes nothing.
  static absl::Status Check(const config::v1::TlsServer& config);

  // Reads what the files hold now, to be shown by Show(). An error is as Check's, and nothing
  // changed. REQUIRES: client_ca_file is set as it was when this was made.
  absl::Status Prepare(const config::v1::TlsServer& config);

  // Puts what was prepared last in place of what was shown: new connections get it within two
  // seconds, those that stand are left alone. INVALID_ARGUMENT: nothing changed.
  absl::Status Show();

 private:
  ServerTls(std::string folder, bool mutual) : folder_(std::move(folder)), mutual_(mutual) {}

  const std::string folder_;
  const bool mutual_;
  int prepared_ = 0;  // Bundles so far.
  int shown_ = 0;     // Which of them is in force.
};

}  // namespace posthaste::api

// The files of a listener's TLS: read, and held against each other, before anybody is shown them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

struct ServerCertificate {
  std::string chain;      // PEM, leaf first.
  Secret key;             // PEM; the leaf's.
  std::string client_ca;  // PEM; "": nobody is asked for a certificate.
};

// INVALID_ARGUMENT names the setting below `setting` ("grpc.tls") and the file: one that cannot be
// read, a key that others can read or that is not the certificate's, a chain or authorities that
// are not good now.
absl::StatusOr<ServerCertificate> ReadServerCertificate(const v1::TlsServer& tls,
                                                        std::string_view setting);

}  // namespace posthaste::config

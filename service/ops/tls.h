// TLS of the operators' listener, its files replaced while it listens.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::ops {

// Thread-safe.
class Tls {
 public:
  // What a connection is begun with; it keeps it to its end.
  using Context = std::shared_ptr<asio::ssl::context>;

  // INVALID_ARGUMENT names the setting of ops.tls and the file.
  static absl::StatusOr<std::shared_ptr<Tls>> Make(const config::v1::TlsServer& config);

  // TLS 1.2 or newer. Clients must show a certificate that chains to client_ca_file, if that is
  // set.
  static absl::StatusOr<Context> Read(const config::v1::TlsServer& config);

  // What new connections get from here on; those that stand are left alone.
  void Show(Context next);
  Context context() const;

 private:
  explicit Tls(Context first) : context_(std::move(first)) {}

  mutable std::mutex mutex_;
  Context context_;
};

}  // namespace posthaste::ops

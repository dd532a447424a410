// What the tests of this folder share: options for a private server, clients that are ready, and a
// throwaway CA.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "service/redis/client.h"
#include "service/redis/options.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"
#include "tests/support/temp.h"

namespace posthaste::redis {

inline constexpr absl::Duration kPatience = absl::Seconds(10);

inline ClientOptions UnixOptions(const RedisServer& server) {
  ClientOptions options;
  options.unix_path = server.socket();
  options.backoff_base = absl::Milliseconds(2);
  options.backoff_cap = absl::Milliseconds(20);
  return options;
}

inline ClientOptions TcpOptions(const RedisServer& server) {
  ClientOptions options = UnixOptions(server);
  options.unix_path.clear();
  options.port = server.port();
  return options;
}

// A client that has not necessarily connected.
inline std::unique_ptr<Client> NewClient(Loop& loop, ClientOptions options) {
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Make(loop, std::move(options));
  if (!client.ok()) throw std::runtime_error(client.status().ToString());
  return *std::move(client);
}

inline std::unique_ptr<Client> ReadyClient(Loop& loop, ClientOptions options) {
  std::unique_ptr<Client> client = NewClient(loop, std::move(options));
  const absl::Status ready = RunTask(loop, client->WaitReady(kPatience));
  if (!ready.ok()) throw std::runtime_error(ready.ToString());
  return client;
}

// Runs the loop until `done` says true or ten seconds have passed.
inline bool RunUntil(Loop& loop, const std::function<bool()>& done,
                     std::chrono::seconds limit = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  loop.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.run_one_for(std::chrono::milliseconds(20));
    if (loop.stopped()) loop.restart();
  }
  return true;
}

// The status of a command that is expected to fail.
inline absl::Status Failure(Loop& loop, Pending pending) {
  return RunTask(loop, pending.Wait()).status();
}

// The text of a command's answer; throws on anything else.
inline std::string Text(Loop& loop, Pending pending) {
  absl::StatusOr<Reply> reply = RunTask(loop, pending.Wait());
  if (!reply.ok()) throw std::runtime_error(reply.status().ToString());
  absl::StatusOr<std::string> text = reply->TakeText();
  if (!text.ok()) throw std::runtime_error(text.status().ToString());
  return *std::move(text);
}

inline int64_t Number(Loop& loop, Pending pending) {
  const absl::StatusOr<Reply> reply = RunTask(loop, pending.Wait());
  if (!reply.ok()) throw std::runtime_error(reply.status().ToString());
  return reply->Integer().value();
}

// A CA of its own with certificates for a server called redis.test (also 127.0.0.1) and for a
// client.
class ThrowawayCa {
 public:
  ThrowawayCa() {
    Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=throwaway", "-keyout", dir_.File("ca.key"), "-out",
         ca()});
    Issue("server", "subjectAltName=DNS:redis.test,IP:127.0.0.1");
    Issue("client", "subjectAltName=DNS:client.test");
  }

  std::string ca() const { return dir_.File("ca.pem"); }
  std::string certificate(const std::string& name) const { return dir_.File(name + ".pem"); }
  std::string key(const std::string& name) const { return dir_.File(name + ".key"); }

 private:
  static void Run(const std::vector<std::string>& argv) {
    const Finished finished = RunProcess(argv);
    if (finished.code != 0) throw std::runtime_error(finished.err);
  }

  void Issue(const std::string& name, const std::string& extension) {
    const std::string request = dir_.File(name + ".csr");
    const std::string extensions = dir_.Write(name + ".ext", extension);
    Run({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=" + name, "-keyout", key(name), "-out", request});
    Run({"openssl", "x509", "-req", "-in", request, "-CA", ca(), "-CAkey", dir_.File("ca.key"),
         "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate(name)});
  }

  const TempDir dir_;
};

// A server that speaks TLS on `tls_port` (and plain on its Unix socket).
struct TlsServer {
  explicit TlsServer(const ThrowawayCa& ca, bool wants_client_certificate = false)
      : tls_port(FreePort()), server(Options(ca, wants_client_certificate)) {}

  ClientOptions Reach(const ThrowawayCa& ca) const {
    ClientOptions options = UnixOptions(server);
    options.unix_path.clear();
    options.port = tls_port;
    options.tls.enabled = true;
    options.tls.ca_file = ca.ca();
    return options;
  }

  const uint16_t tls_port;
  RedisServer server;

 private:
  RedisOptions Options(const ThrowawayCa& ca, bool wants_client_certificate) const {
    RedisOptions options;
    options.arguments = {"--tls-port",         std::to_string(tls_port),
                         "--tls-cert-file",    ca.certificate("server"),
                         "--tls-key-file",     ca.key("server"),
                         "--tls-ca-cert-file", ca.ca(),
                         "--tls-auth-clients", wants_client_certificate ? "yes" : "no"};
    return options;
  }
};

}  // namespace posthaste::redis

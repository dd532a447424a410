// A receiver of webhooks without a network: what it was asked, and what it answers.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/config/webhooks.h"
#include "service/webhooks/sender.h"

namespace posthaste::webhooks {

inline constexpr char kTestSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline constexpr char kTaken[] = "HTTP/1.1 204 No Content\r\n\r\n";

inline std::string Answer(int status, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers + "Content-Length: 0\r\n\r\n";
}

struct Receiver {
  std::vector<std::string> requests;
  std::deque<std::string> answers;  // The next ones; kTaken when there are none. "": it hangs up.
  absl::Status dial;                // What comes of connecting.
  absl::Status tls;                 // And of the handshake.
  int dials = 0, handshakes = 0;
  SteadyTime limit{};           // Of its connection, as it was last set.
  bool stale = false;           // Its connections are closed by now.
  bool breaks_kept = false;     // A second request on a connection finds it closed.
  std::function<void()> asked;  // Called at each request, before the answer.

  // "webhook-id" of each request.
  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const std::string& request : requests) ids.push_back(Field(request, "webhook-id"));
    return ids;
  }
  static std::string Field(const std::string& request, const std::string& name) {
    const size_t at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 4;
    return request.substr(begin, request.find("\r\n", begin) - begin);
  }
  static std::string Body(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }
};

class ReceiverStream final : public smtp::Stream {
 public:
  explicit ReceiverStream(Receiver& receiver) : receiver_(receiver) {}

  Task<absl::StatusOr<size_t>> Read(char* buffer, size_t size) override {
    if (pending_.empty()) co_return absl::UnavailableError("read: closed");
    const size_t count = pending_.copy(buffer, size);
    pending_.erase(0, count);
    co_return count;
  }
  Task<absl::Status> Write(std::string_view bytes) override {
    if (used_ && receiver_.breaks_kept) co_return absl::OkStatus();  // Into the void.
    used_ = true;
    receiver_.requests.emplace_back(bytes);
    if (receiver_.asked) receiver_.asked();
    pending_ = kTaken;
    if (receiver_.answers.empty()) co_return absl::OkStatus();
    pending_ = receiver_.answers.front();
    receiver_.answers.pop_front();
    co_return absl::OkStatus();
  }
  Task<absl::Status> WriteUnlessAnswered(std::string_view bytes) override { return Write(bytes); }
  Task<absl::Status> StartTls(const std::string&, bool verify) override {
    receiver_.handshakes += verify ? 1 : 1000;
    co_return receiver_.tls;
  }
  void ExpireAt(SteadyTime at) override { receiver_.limit = at; }
  bool Stale() override { return receiver_.stale; }
  void Close() override {}
  smtp::TlsFacts Tls() const override { return {}; }
  smtp::ChannelBinding Binding() const override { return {}; }
  std::string Peer() const override { return "receiver"; }

 private:
  Receiver& receiver_;
  std::string pending_;
  bool used_ = false;
};

class ReceiverDialer final : public smtp::Dialer {
 public:
  explicit ReceiverDialer(Receiver& receiver) : receiver_(receiver) {}
  Task<absl::StatusOr<std::unique_ptr<smtp::Stream>>> Dial(const std::string&, uint16_t,
                                                           SteadyTime) override {
    ++receiver_.dials;
    if (!receiver_.dial.ok()) co_return receiver_.dial;
    co_return std::unique_ptr<smtp::Stream>(std::make_unique<ReceiverStream>(receiver_));
  }

 private:
  Receiver& receiver_;
};

inline Dialers To(Receiver& receiver) {
  return [&receiver](const Endpoint&) -> absl::StatusOr<std::unique_ptr<smtp::Dialer>> {
    return std::unique_ptr<smtp::Dialer>(std::make_unique<ReceiverDialer>(receiver));
  };
}

inline std::shared_ptr<Endpoint> TestEndpoint(const std::string& id = "orders") {
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->tenant = "acme";
  endpoint->id = id;
  endpoint->url = config::ParseWebhookUrl("https://hooks.test:8443/in?a=b").value();
  endpoint->secrets.push_back(config::ParseWebhookSecret(kTestSecret).value());
  endpoint->timeout = absl::Seconds(10);
  endpoint->retry_for = absl::Hours(24);
  endpoint->settings = "first";
  return endpoint;
}

}  // namespace posthaste::webhooks

#include "tests/support/fault_relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/task.h"
#include "tests/support/relay_book.h"
#include "tests/support/relay_session.h"

namespace posthaste {
namespace {

using asio::ip::tcp;

constexpr size_t kHeardMax = 10'000;

}  // namespace

std::string HeaderOf(const std::string& mail, std::string_view name) {
  const std::string field = "\r\n" + std::string(name) + ": ";
  const size_t head_end = mail.find("\r\n\r\n");
  const size_t at = mail.compare(0, field.size() - 2, field, 2) == 0 ? 0 : mail.find(field) + 2;
  if (at == 1 || at > head_end) return "";
  const size_t begin = at + field.size() - 2;
  return mail.substr(begin, mail.find("\r\n", begin) - begin);
}

std::optional<Act> RelayBook::ActAt(const Moment& moment, Fate fate) {
  const std::lock_guard lock(mutex);
  std::optional<Act> act;
  if (script) act = script(moment);
  if (act) return act;
  const auto found = acts.find(moment.stage);
  if (found != acts.end()) return found->second;
  const bool in_transaction = moment.stage >= Stage::kRcpt && moment.stage <= Stage::kDot;
  if (!in_transaction) return std::nullopt;
  return ActOf(fate, moment.stage, absl::Milliseconds(stall_ms.load()));
}

Fate RelayBook::Begin(const std::string& recipient, int* number) {
  ++tries;
  const std::lock_guard lock(mutex);
  *number = ++tried[recipient];
  const Fate fate = fates ? fates(recipient, *number) : Fate::kAccept;
  ++played[fate];
  return fate;
}

void RelayBook::Keep(const std::string& recipient, const std::string& mail) {
  const std::lock_guard lock(mutex);
  FaultRelay::Kept& entry = kept[HeaderOf(mail, "X-Entity-Ref-ID")];
  if (entry.copies++ == 0) {
    entry.recipient = recipient;
    entry.message_id = HeaderOf(mail, "Message-ID");
    entry.bytes = mail;
  }
  entry.same = entry.same && entry.bytes == mail && entry.recipient == recipient;
}

void RelayBook::Dot(Fate fate, const std::string& mail, bool cut) {
  ++dots;
  if (!cut && !LeavesDoubt(fate)) return;
  const std::lock_guard lock(mutex);
  ++doubts[HeaderOf(mail, "X-Entity-Ref-ID")];
}

void RelayBook::Hear(const std::string& line) {
  const std::lock_guard lock(mutex);
  if (heard.size() < kHeardMax) heard.push_back(line);
}

struct FaultRelay::Impl {
  explicit Impl(FaultRelayOptions options) : book(std::move(options)) {}

  RelayBook book;
  Loop loop{1};
  tcp::acceptor acceptor{loop};
  uint16_t port = 0;
  std::set<std::shared_ptr<RelaySession>> sessions;  // On the loop.
  std::thread thread;

  void Listen();
  Task<void> Accept();
  Task<void> Serve(std::shared_ptr<RelaySession> session);
};

void FaultRelay::Impl::Listen() {
  const FaultRelayOptions& options = book.options;
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
  acceptor.open(endpoint.protocol(), error);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (options.receive_bytes > 0) {
    acceptor.set_option(asio::socket_base::receive_buffer_size(options.receive_bytes), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) throw std::runtime_error("the relay cannot listen: " + error.message());
  port = acceptor.local_endpoint(error).port();
}

Task<void> FaultRelay::Impl::Serve(std::shared_ptr<RelaySession> session) {
  co_await session->Serve();
  sessions.erase(session);
}

Task<void> FaultRelay::Impl::Accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (error) continue;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto session = std::make_shared<RelaySession>(std::move(socket), book, ++book.connections);
    sessions.insert(session);
    asio::co_spawn(loop, Serve(std::move(session)), asio::detached);
  }
}

FaultRelay::FaultRelay(FaultRelayOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->book.certificate = impl_->book.options.certificate;
  impl_->Listen();
  asio::co_spawn(impl_->loop, impl_->Accept(), asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop.run(); });
}

FaultRelay::FaultRelay(FateScript script) : FaultRelay() { Play(std::move(script)); }

FaultRelay::~FaultRelay() {
  asio::post(impl_->loop, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const auto& session : impl->sessions) session->End(false);
  });
  impl_->thread.join();
}

uint16_t FaultRelay::port() const { return impl_->port; }
int FaultRelay::held() const { return impl_->book.held; }
int FaultRelay::tries() const { return impl_->book.tries; }
int FaultRelay::dots() const { return impl_->book.dots; }
int FaultRelay::connections() const { return impl_->book.connections; }
int FaultRelay::open() const { return impl_->book.open; }
int FaultRelay::open_most() const { return impl_->book.open_most; }
void FaultRelay::OpenGate() { impl_->book.gate_open = true; }
void FaultRelay::SetStall(absl::Duration stall) {
  impl_->book.stall_ms = absl::ToInt64Milliseconds(stall);
}

void FaultRelay::At(Stage stage, Act act) {
  const std::lock_guard lock(impl_->book.mutex);
  impl_->book.acts[stage] = std::move(act);
}

void FaultRelay::Play(FateScript script) {
  const std::lock_guard lock(impl_->book.mutex);
  impl_->book.fates = std::move(script);
}

void FaultRelay::PlayScript(RelayScript script) {
  const std::lock_guard lock(impl_->book.mutex);
  impl_->book.script = std::move(script);
}

void FaultRelay::Behave() {
  const std::lock_guard lock(impl_->book.mutex);
  impl_->book.acts.clear();
  impl_->book.fates = nullptr;
  impl_->book.script = nullptr;
}

void FaultRelay::SetCertificate(const std::string& file) {
  const std::lock_guard lock(impl_->book.mutex);
  impl_->book.certificate = file;
}

void FaultRelay::Disconnect(bool reset) {
  asio::post(impl_->loop, [impl = impl_.get(), reset] {
    for (const auto& session : impl->sessions) session->End(reset);
  });
}

std::map<std::string, FaultRelay::Kept> FaultRelay::All() const {
  const std::lock_guard lock(impl_->book.mutex);
  return impl_->book.kept;
}

FaultRelay::Kept FaultRelay::Of(const std::string& id) const {
  const std::lock_guard lock(impl_->book.mutex);
  const auto found = impl_->book.kept.find(id);
  return found == impl_->book.kept.end() ? Kept() : found->second;
}

std::map<std::string, int> FaultRelay::Doubts() const {
  const std::lock_guard lock(impl_->book.mutex);
  return impl_->book.doubts;
}

std::map<Fate, int> FaultRelay::Played() const {
  const std::lock_guard lock(impl_->book.mutex);
  return impl_->book.played;
}

std::vector<std::string> FaultRelay::Heard() const {
  const std::lock_guard lock(impl_->book.mutex);
  return impl_->book.heard;
}

// Two connections that nobody accepts fill a queue of one; the kernel then drops every SYN.
Blackhole::Blackhole(bool v6, uint16_t port) {
  const int family = v6 ? AF_INET6 : AF_INET;
  sockaddr_storage address{};
  socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  address.ss_family = static_cast<sa_family_t>(family);
  if (v6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port);
  }
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockets_.push_back(listener);
  if (bind(listener, at, size) != 0 || listen(listener, 0) != 0) {
    throw std::runtime_error("the black hole cannot listen");
  }
  getsockname(listener, at, &size);
  port_ = ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<sockaddr_in&>(address).sin_port);
  for (int i = 0; i < 2; ++i) {
    const int filler = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connect(filler, at, size);
    sockets_.push_back(filler);
  }
}

Blackhole::~Blackhole() {
  for (const int fd : sockets_) close(fd);
}

}  // namespace posthaste

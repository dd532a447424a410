#include "tests/support/ledger_relay.h"

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/task.h"

namespace posthaste {
namespace {

using asio::ip::tcp;

constexpr char kEhlo[] =
    "250-relay.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n";

// What stands between < and > of "RCPT TO:<…>".
std::string Path(std::string_view line) {
  const size_t begin = line.find('<'), end = line.rfind('>');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
  return std::string(line.substr(begin + 1, end - begin - 1));
}

std::string EntityRef(const std::string& mail) {
  static constexpr std::string_view kName = "X-Entity-Ref-ID: ";
  const size_t header_end = mail.find("\r\n\r\n"), at = mail.find(kName);
  if (at == std::string::npos || at > header_end) return "";
  const size_t begin = at + kName.size();
  return mail.substr(begin, mail.find("\r\n", begin) - begin);
}

struct Session {
  explicit Session(tcp::socket connected)
      : socket(std::move(connected)), pause(socket.get_executor()) {}

  void Close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    pause.cancel();
  }

  tcp::socket socket;
  asio::steady_timer pause;
  std::array<char, 16 * 1024> chunk;
  std::string unread, out, recipient;
  Fate fate = Fate::kAccept;
};
using SessionPtr = std::shared_ptr<Session>;

}  // namespace

std::string_view FateName(Fate fate) {
  static constexpr std::string_view kNames[] = {
      "accept",     "defer_rcpt", "defer_dot",     "bounce_rcpt",  "bounce_dot",
      "stall_data", "stall_dot",  "drop_at_data",  "drop_in_body", "drop_kept",
      "drop_lost",  "hold_data",  "hold_dot_kept", "hold_dot_lost"};
  return kNames[static_cast<int>(fate)];
}

bool LeavesDoubt(Fate fate) {
  return fate == Fate::kDropKept || fate == Fate::kDropLost || fate == Fate::kHoldDotKept ||
         fate == Fate::kHoldDotLost;
}

struct LedgerRelay::Impl {
  Loop loop{1};
  tcp::acceptor acceptor{loop};
  uint16_t port = 0;
  std::set<SessionPtr> sessions;  // On the loop.
  std::thread thread;
  std::atomic<Door> door{Door::kOpen};
  std::atomic<int64_t> stall_ms{1000};
  std::atomic<int> held{0}, tries{0}, connections{0};

  mutable std::mutex mutex;  // The rest.
  Script script;
  std::map<std::string, int> tried;  // By recipient.
  std::map<std::string, Kept> kept;
  std::map<Fate, int> played;

  Fate Begin(const std::string& recipient);
  void Keep(const Session& session, const std::string& mail);

  Task<void> Accept();
  Task<void> Serve(SessionPtr session);
  Task<void> Talk(Session& session);
  Task<bool> Flush(Session& session);
  Task<bool> Read(Session& session);
  Task<bool> Heard(Session& session, const std::string& line);
  Task<bool> TakeMail(Session& session);
  Task<bool> Judge(Session& session, const std::string& mail);
  Task<void> Pause(Session& session);
  Task<void> Hold(Session& session);
};

Fate LedgerRelay::Impl::Begin(const std::string& recipient) {
  ++tries;
  const std::lock_guard lock(mutex);
  const int number = ++tried[recipient];
  const Fate fate = script ? script(recipient, number) : Fate::kAccept;
  ++played[fate];
  return fate;
}

void LedgerRelay::Impl::Keep(const Session& session, const std::string& mail) {
  const std::lock_guard lock(mutex);
  Kept& entry = kept[EntityRef(mail)];
  if (entry.copies++ == 0) {
    entry.recipient = session.recipient;
    entry.bytes = mail;
  }
  entry.same = entry.same && entry.bytes == mail && entry.recipient == session.recipient;
}

Task<bool> LedgerRelay::Impl::Flush(Session& session) {
  if (session.out.empty()) co_return true;
  const auto [error, size] =
      co_await asio::async_write(session.socket, asio::buffer(session.out), kAsTuple);
  session.out.clear();
  co_return !error;
}

// More bytes, after all that was to be said was said.
Task<bool> LedgerRelay::Impl::Read(Session& session) {
  const bool said = co_await Flush(session);
  if (!said) co_return false;
  const auto [error, size] =
      co_await session.socket.async_read_some(asio::buffer(session.chunk), kAsTuple);
  if (!error) session.unread.append(session.chunk.data(), size);
  co_return !error;
}

Task<void> LedgerRelay::Impl::Pause(Session& session) {
  session.pause.expires_after(std::chrono::milliseconds(stall_ms.load()));
  co_await session.pause.async_wait(kAsTuple);
}

// Silence, until the client has gone.
Task<void> LedgerRelay::Impl::Hold(Session& session) {
  const bool said = co_await Flush(session);
  ++held;
  bool there = said;
  while (there) {
    const auto [error, size] =
        co_await session.socket.async_read_some(asio::buffer(session.chunk), kAsTuple);
    there = !error;
  }
  --held;
}

Task<bool> LedgerRelay::Impl::Judge(Session& session, const std::string& mail) {
  switch (session.fate) {
    case Fate::kDeferDot:
      session.out += "451 4.3.0 Not now\r\n";
      co_return true;
    case Fate::kBounceDot:
      session.out += "554 5.6.0 Not this\r\n";
      co_return true;
    case Fate::kDropLost:
      co_return false;
    case Fate::kHoldDotLost:
      co_await Hold(session);
      co_return false;
    default:
      break;
  }
  Keep(session, mail);
  if (session.fate == Fate::kDropKept) co_return false;
  if (session.fate == Fate::kHoldDotKept) co_await Hold(session);
  if (session.fate == Fate::kHoldDotKept) co_return false;
  if (session.fate == Fate::kStallDot) co_await Pause(session);
  session.out += "250 2.0.0 Kept\r\n";
  co_return true;
}

// From DATA to the answer to the dot; false when the session is over.
Task<bool> LedgerRelay::Impl::TakeMail(Session& session) {
  if (session.fate == Fate::kDropAtData) co_return false;
  if (session.fate == Fate::kHoldData) co_await Hold(session);
  if (session.fate == Fate::kHoldData) co_return false;
  if (session.fate == Fate::kStallData) co_await Pause(session);
  session.out += "354 Go on\r\n";
  size_t end = std::string::npos;
  while ((end = session.unread.find("\r\n.\r\n")) == std::string::npos) {
    const bool more = co_await Read(session);
    if (!more || session.fate == Fate::kDropInBody) co_return false;
  }
  const std::string mail = session.unread.substr(0, end + 2);
  session.unread.erase(0, end + 5);
  const bool open = co_await Judge(session, mail);
  session.recipient.clear();
  co_return open;
}

Task<bool> LedgerRelay::Impl::Heard(Session& session, const std::string& line) {
  const std::string verb = line.substr(0, 4);
  if (verb == "EHLO") {
    session.out += kEhlo;
  } else if (verb == "RCPT") {
    session.recipient = Path(line);
    session.fate = Begin(session.recipient);
    const bool deferred = session.fate == Fate::kDeferRcpt;
    const bool bounced = session.fate == Fate::kBounceRcpt;
    if (deferred || bounced) session.recipient.clear();
    session.out += deferred  ? "451 4.3.0 Not now\r\n"
                   : bounced ? "550 5.1.1 Nobody here\r\n"
                             : "250 2.1.5 Ok\r\n";
  } else if (verb == "DATA" && session.recipient.empty()) {
    session.out += "554 5.5.1 No recipient\r\n";
  } else if (verb == "DATA") {
    const bool open = co_await TakeMail(session);
    co_return open;
  } else if (verb == "QUIT") {
    session.out += "221 2.0.0 Bye\r\n";
    co_await Flush(session);
    co_return false;
  } else {
    session.out += "250 2.0.0 Ok\r\n";
  }
  co_return true;
}

Task<void> LedgerRelay::Impl::Talk(Session& session) {
  if (door == Door::kSilent) {
    co_await Hold(session);
    co_return;
  }
  session.out = door == Door::kOpen ? "220 relay.test ESMTP\r\n" : "421 4.3.2 Not today\r\n";
  if (door == Door::kTurnAway) {
    co_await Flush(session);
    co_return;
  }
  for (bool open = true; open;) {
    const size_t end = session.unread.find("\r\n");
    if (end == std::string::npos) {
      open = co_await Read(session);
      continue;
    }
    const std::string line = session.unread.substr(0, end);
    session.unread.erase(0, end + 2);
    open = co_await Heard(session, line);
  }
}

Task<void> LedgerRelay::Impl::Serve(SessionPtr session) {
  co_await Talk(*session);
  session->Close();
  sessions.erase(session);
}

Task<void> LedgerRelay::Impl::Accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (error) continue;
    ++connections;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(std::move(socket));
    sessions.insert(session);
    asio::co_spawn(loop, Serve(std::move(session)), asio::detached);
  }
}

LedgerRelay::LedgerRelay(Script script) : impl_(std::make_unique<Impl>()) {
  impl_->script = std::move(script);
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), 0);
  impl_->acceptor.open(endpoint.protocol(), error);
  if (!error) impl_->acceptor.bind(endpoint, error);
  if (!error) impl_->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) throw std::runtime_error("the relay cannot listen: " + error.message());
  impl_->port = impl_->acceptor.local_endpoint(error).port();
  asio::co_spawn(impl_->loop, impl_->Accept(), asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop.run(); });
}

LedgerRelay::~LedgerRelay() {
  asio::post(impl_->loop, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    for (const SessionPtr& session : impl->sessions) session->Close();
  });
  impl_->thread.join();
}

uint16_t LedgerRelay::port() const { return impl_->port; }
void LedgerRelay::SetDoor(Door door) { impl_->door = door; }
void LedgerRelay::SetStall(absl::Duration stall) {
  impl_->stall_ms = absl::ToInt64Milliseconds(stall);
}
int LedgerRelay::held() const { return impl_->held; }
int LedgerRelay::tries() const { return impl_->tries; }
int LedgerRelay::connections() const { return impl_->connections; }

void LedgerRelay::Play(Script script) {
  const std::lock_guard lock(impl_->mutex);
  impl_->script = std::move(script);
}

std::map<std::string, LedgerRelay::Kept> LedgerRelay::All() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->kept;
}

LedgerRelay::Kept LedgerRelay::Of(const std::string& id) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->kept.find(id);
  return found == impl_->kept.end() ? Kept() : found->second;
}

std::map<Fate, int> LedgerRelay::Played() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->played;
}

}  // namespace posthaste

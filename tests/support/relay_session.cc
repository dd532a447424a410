#include "tests/support/relay_session.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace posthaste {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// What stands between < and > of "RCPT TO:<…>".
std::string Path(std::string_view line) {
  const size_t begin = line.find('<'), end = line.rfind('>');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
  return std::string(line.substr(begin + 1, end - begin - 1));
}

// Undoes dot-stuffing (RFC 5321 4.5.2).
std::string Unstuffed(std::string_view wire) {
  std::string mail;
  mail.reserve(wire.size());
  for (size_t i = 0; i < wire.size(); ++i) {
    if (wire[i] == '.' && (i == 0 || wire[i - 1] == '\n')) continue;
    mail += wire[i];
  }
  return mail;
}

}  // namespace

RelaySession::RelaySession(tcp::socket socket, RelayBook& book, int connection)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), book_(book) {
  moment_.connection = connection;
}

void RelaySession::Close() {
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void RelaySession::End(bool reset) {
  ErrorCode ignored;
  if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  Close();
}

Task<void> RelaySession::Serve() {
  const int open = ++book_.open;
  if (open > book_.open_most) book_.open_most = open;
  co_await Talk();
  Close();
  --book_.open;
}

Task<void> RelaySession::Talk() {
  if (book_.options.implicit_tls) {
    const bool secure = co_await Handshake();
    if (!secure) co_return;
  }
  bool open = co_await Plain(Stage::kGreeting, "220 relay.test ESMTP");
  while (open) {
    const size_t end = unread_.find("\r\n");
    if (end == std::string::npos) {
      open = co_await ReadMore();
      continue;
    }
    std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 2);
    open = co_await Command(std::move(line));
  }
  co_await Flush();
}

Task<bool> RelaySession::Command(std::string line) {
  book_.Hear(line);
  moment_.line = line;
  std::string verb = line.substr(0, 4);
  for (char& c : verb) c = static_cast<char>(std::toupper(c));
  bool open = true;
  if (verb == "EHLO" || verb == "HELO") {
    open = co_await Hello(verb == "EHLO");
  } else if (verb == "STAR") {
    open = co_await StartTls();
  } else if (verb == "AUTH") {
    open = co_await Authenticate();
  } else if (verb == "MAIL") {
    ++moment_.transaction;
    recipient_taken_ = false;
    mail_.clear();
    open = co_await Plain(Stage::kMail, "250 2.1.0 Ok");
    sender_taken_ = said_ / 100 == 2;
  } else if (verb == "RCPT") {
    open = co_await Recipient(line);
  } else if (verb == "DATA") {
    open = co_await Data();
  } else if (verb == "BDAT") {
    open = co_await Chunk(line);
  } else if (verb == "RSET") {
    recipient_taken_ = false;
    mail_.clear();
    open = co_await Plain(Stage::kRset, "250 2.0.0 Ok");
  } else if (verb == "QUIT") {
    co_await Plain(Stage::kQuit, "221 2.0.0 Bye");
    co_await Flush();
    open = false;
  } else {
    out_ += "250 2.0.0 Ok\r\n";
  }
  co_return open;
}

Task<bool> RelaySession::Hello(bool extended) {
  std::vector<std::string> lines = {"relay.test"};
  const FaultRelayOptions& options = book_.options;
  if (extended) {
    lines.insert(lines.end(), options.extensions.begin(), options.extensions.end());
    const bool offer = tls_ == nullptr && !options.implicit_tls && !options.certificate.empty();
    if (offer) lines.push_back("STARTTLS");
    if (tls_ != nullptr) {
      lines.insert(lines.end(), options.extensions_in_tls.begin(), options.extensions_in_tls.end());
    }
  }
  std::string reply;
  for (size_t i = 0; i < lines.size(); ++i) {
    reply += (i + 1 < lines.size() ? "250-" : "250 ") + lines[i] + "\r\n";
  }
  Act good = {Raw(reply)};
  const bool open = co_await Perform(Stage::kEhlo, std::move(good));
  co_return open;
}

Task<bool> RelaySession::StartTls() {
  bool open = co_await Plain(Stage::kStartTls, "220 2.0.0 Go on");
  if (open && said_ == 220) open = co_await Handshake();
  co_return open;
}

Task<bool> RelaySession::Handshake() {
  moment_.stage = Stage::kHandshake;
  const std::optional<Act> act = book_.ActAt(moment_, fate_);
  if (act) {
    bool open = co_await ReadMore();  // The client's hello.
    for (size_t i = 0; open && i < act->size(); ++i) open = co_await Do((*act)[i]);
    if (open) co_await Hang();
    co_return false;
  }
  const bool said = co_await Flush();
  std::string file;
  {
    const std::lock_guard lock(book_.mutex);
    file = book_.certificate;
  }
  ErrorCode error;
  context_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context_->use_certificate_chain_file(file, error);
  if (!error) context_->use_private_key_file(file, asio::ssl::context::pem, error);
  if (error || !said) co_return false;
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *context_);
  const auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAsTuple);
  co_return !failed;
}

// PLAIN with its credentials in the command; whatever is answered to a 334 is taken.
Task<bool> RelaySession::Authenticate() {
  bool open = co_await Plain(Stage::kAuth, "235 2.7.0 Ok");
  while (open && said_ == 334) {
    const size_t end = unread_.find("\r\n");
    if (end == std::string::npos) {
      open = co_await ReadMore();
      continue;
    }
    moment_.line = unread_.substr(0, end);
    unread_.erase(0, end + 2);
    open = co_await Plain(Stage::kAuth, "235 2.7.0 Ok");
  }
  co_return open;
}

Task<bool> RelaySession::Recipient(const std::string& line) {
  moment_.recipient = Path(line);
  fate_ = book_.Begin(moment_.recipient, &moment_.number);
  const bool open =
      co_await Plain(Stage::kRcpt, sender_taken_ ? "250 2.1.5 Ok" : "503 5.5.1 No sender");
  recipient_taken_ = said_ / 100 == 2;
  co_return open;
}

Task<bool> RelaySession::Data() {
  const bool begun =
      co_await Plain(Stage::kData, recipient_taken_ ? "354 Go on" : "554 5.5.1 No recipient");
  if (!begun || said_ != 354) co_return begun;
  bool told = false;
  size_t end = std::string::npos;
  while (true) {
    if (unread_.compare(0, 3, ".\r\n") == 0) {
      mail_.clear();
      unread_.erase(0, 3);
      break;
    }
    end = unread_.find("\r\n.\r\n");
    if (!told && !unread_.empty()) {
      told = true;
      const bool open = co_await Perform(Stage::kBody, {});
      if (!open) {
        // The dot was on its way before the client knew.
        end = unread_.find("\r\n.\r\n");
        if (end != std::string::npos) book_.Dot(fate_, unread_.substr(0, end), true);
        co_return false;
      }
    }
    if (end != std::string::npos) {
      mail_ = Unstuffed(std::string_view(unread_).substr(0, end + 2));
      unread_.erase(0, end + 5);
      break;
    }
    const bool more = co_await ReadMore();
    if (!more) co_return false;
  }
  const bool open = co_await EndOfMail();
  co_return open;
}

Task<bool> RelaySession::Chunk(const std::string& line) {
  const auto size = static_cast<size_t>(std::atoll(line.c_str() + 5));
  while (unread_.size() < size) {
    const bool more = co_await ReadMore();
    if (!more) co_return false;
  }
  mail_ += unread_.substr(0, size);
  unread_.erase(0, size);
  const bool last = line.find("LAST") != std::string::npos;
  bool open = true;
  if (last) {
    open = co_await EndOfMail();
  } else {
    open =
        co_await Plain(Stage::kChunk, recipient_taken_ ? "250 2.0.0 Ok" : "554 5.5.1 No recipient");
  }
  co_return open;
}

Task<bool> RelaySession::EndOfMail() {
  Act good;
  if (recipient_taken_) {
    book_.Dot(fate_, mail_, false);
    good = {Keep(), Say("250 2.0.0 Kept")};
  } else {
    good = {Say("554 5.5.1 No recipient")};
  }
  const bool open = co_await Perform(Stage::kDot, std::move(good));
  recipient_taken_ = false;
  mail_.clear();
  co_return open;
}

Task<bool> RelaySession::Plain(Stage stage, std::string reply) {
  Act good = {Say(reply)};
  const bool open = co_await Perform(stage, std::move(good));
  co_return open;
}

Task<bool> RelaySession::Perform(Stage stage, Act good) {
  moment_.stage = stage;
  moment_.tls = tls_ != nullptr;
  std::optional<Act> act = book_.ActAt(moment_, fate_);
  if (act) good = *std::move(act);
  said_ = 0;
  for (const Step& step : good) {
    const bool open = co_await Do(step);
    if (!open) co_return false;
  }
  co_return true;
}

}  // namespace posthaste

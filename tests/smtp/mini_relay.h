// A small SMTP server on the test's own loop, over real sockets, that can be told how to behave.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"

namespace posthaste::smtp {

// Replies by verb ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "RSET", "QUIT"). "" = closes
// without a reply; "-" = says nothing. What is not set is answered as a good relay would.
struct MiniRelay : std::enable_shared_from_this<MiniRelay> {
  explicit MiniRelay(Loop& loop) : acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0}) {}

  static std::shared_ptr<MiniRelay> Start(Loop& loop) {
    auto relay = std::make_shared<MiniRelay>(loop);
    asio::co_spawn(loop, Accept(relay), asio::detached);
    return relay;
  }

  uint16_t port() const { return acceptor.local_endpoint().port(); }
  void Stop() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    CloseAll();
  }
  // Closes every connection from this side, as a relay does with idle ones.
  void CloseAll() {
    boost::system::error_code ignored;
    for (const auto& socket : sockets) socket->close(ignored);
    sockets.clear();
  }

  asio::ip::tcp::acceptor acceptor;
  std::map<std::string, std::string> replies;
  std::map<std::string, std::string> once;  // As `replies`, for the next time only.
  int close_after = 0;      // Messages, then the connection closes behind the last 250; 0 = never.
  bool resets = false;      // Connections that it ends, it ends with RST.
  int sessions_limit = 0;   // More than these at once are greeted with 421; 0 = any number.
  int bad_of = 0;           // The first of every so many connections is; as behind a balancer.
  bool breaks_tls = false;  // Offers STARTTLS, and hangs up where the handshake would begin.
  std::chrono::milliseconds dot_delay{0};  // Before the reply to the dot.
  std::vector<std::shared_ptr<asio::ip::tcp::socket>> sockets;
  int turned_away = 0, handshakes = 0;
  int connections = 0;
  int open = 0, open_most = 0;
  int quits = 0;
  std::vector<std::string> messages;  // Stored: after a 250 to the dot only.
  std::vector<std::string> recipients;

 private:
  static Task<void> Accept(std::shared_ptr<MiniRelay> self) {
    while (self->acceptor.is_open()) {
      auto socket = std::make_shared<asio::ip::tcp::socket>(self->acceptor.get_executor());
      auto [error] = co_await self->acceptor.async_accept(*socket, kAsTuple);
      if (error) co_return;
      self->sockets.push_back(socket);
      asio::co_spawn(self->acceptor.get_executor(), Serve(self, socket), asio::detached);
    }
  }

  bool TurnsAway() const {
    return (sessions_limit > 0 && open > sessions_limit) ||
           (bad_of > 0 && connections % bad_of == 1);
  }

  std::string ReplyTo(const std::string& verb) {
    if (verb == "EHLO" && breaks_tls) return "250-mini\r\n250 STARTTLS";
    if (verb == "STAR") return "220 go ahead";
    std::string reply = verb == "GREETING" ? "220 mini" : verb == "DATA" ? "354 go" : "250 ok";
    if (replies.count(verb) > 0) reply = replies[verb];
    if (once.count(verb) > 0) {
      reply = once[verb];
      once.erase(verb);
    }
    return reply;
  }

  // False if the connection is over.
  static Task<bool> Say(std::shared_ptr<asio::ip::tcp::socket> socket, std::string reply) {
    if (reply == "-") co_return true;
    if (reply.empty()) co_return false;
    reply += "\r\n";
    auto [error, n] = co_await asio::async_write(*socket, asio::buffer(reply), kAsTuple);
    co_return !error;
  }

  static Task<void> Serve(std::shared_ptr<MiniRelay> self,
                          std::shared_ptr<asio::ip::tcp::socket> socket) {
    ++self->connections;
    self->open_most = std::max(self->open_most, ++self->open);
    co_await Converse(self, socket);
    --self->open;
    boost::system::error_code ignored;
    if (self->resets) socket->set_option(asio::socket_base::linger(true, 0), ignored);
    socket->close(ignored);
    std::erase(self->sockets, socket);
  }

  static Task<void> Converse(std::shared_ptr<MiniRelay> self,
                             std::shared_ptr<asio::ip::tcp::socket> socket) {
    std::string buffer, message;
    bool in_data = false;
    int served = 0;
    if (self->TurnsAway()) {
      ++self->turned_away;
      std::string sorry = "421 4.3.2 too many connections";
      co_await Say(socket, std::move(sorry));
      co_return;
    }
    bool going = co_await Say(socket, self->ReplyTo("GREETING"));
    while (going) {
      auto [error, n] =
          co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer), "\r\n", kAsTuple);
      if (error) co_return;
      std::string line = buffer.substr(0, n);
      buffer.erase(0, n);
      if (in_data && line != ".\r\n") {
        message += line;
        continue;
      }
      const std::string verb = in_data ? "DOT" : line.substr(0, 4);
      const std::string reply = self->ReplyTo(verb);
      if (verb == "RCPT") self->recipients.push_back(line);
      if (verb == "DATA") in_data = reply.substr(0, 1) == "3";
      if (verb == "DOT") {
        if (reply.substr(0, 1) == "2") self->messages.push_back(message);
        message.clear();
        in_data = false;
      }
      if (verb == "DOT" && self->dot_delay.count() > 0) {
        asio::steady_timer timer(socket->get_executor(), self->dot_delay);
        co_await timer.async_wait(kAsTuple);
      }
      going = co_await Say(socket, reply);
      if (verb == "STAR") {
        ++self->handshakes;
        co_await socket->async_wait(asio::ip::tcp::socket::wait_read, kAsTuple);
        co_return;
      }
      if (verb == "QUIT") {
        ++self->quits;
        co_return;
      }
      if (verb == "DOT" && ++served == self->close_after) co_return;
    }
  }
};

}  // namespace posthaste::smtp

// One connection of a FaultRelay. Private to it.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "base/task.h"
#include "tests/support/relay_book.h"

namespace posthaste {

class RelaySession : public std::enable_shared_from_this<RelaySession> {
 public:
  RelaySession(asio::ip::tcp::socket socket, RelayBook& book, int connection);

  Task<void> Serve();
  void End(bool reset);  // From the outside, on the loop.

 private:
  Task<void> Talk();
  Task<bool> Command(std::string line);
  Task<bool> Hello(bool extended);
  Task<bool> StartTls();
  Task<bool> Handshake();
  Task<bool> Authenticate();
  Task<bool> Recipient(const std::string& line);
  Task<bool> Data();
  Task<bool> Chunk(const std::string& line);
  Task<bool> EndOfMail();
  Task<bool> Plain(Stage stage, std::string reply);

  // Performs what the script says, or else `good`; false when the connection is over.
  Task<bool> Perform(Stage stage, Act good);
  Task<bool> Do(const Step& step);
  Task<bool> Drip(const Step& step);
  Task<bool> Pass();
  Task<void> Hang();
  Task<void> Deaf();
  Task<void> Finish();
  Task<bool> Flush();
  Task<bool> ReadMore();
  Task<bool> Pause(absl::Duration pause);
  void Close();

  asio::ip::tcp::socket socket_;
  std::unique_ptr<asio::ssl::context> context_;
  std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  asio::steady_timer timer_;
  RelayBook& book_;
  std::array<char, 16 * 1024> chunk_;
  std::string unread_, out_, mail_;
  Moment moment_;
  Fate fate_ = Fate::kAccept;
  bool sender_taken_ = false, recipient_taken_ = false;
  int said_ = 0;  // The code of the last thing that was said.
};

}  // namespace posthaste

// An SMTP server on a real socket that misbehaves on purpose, and keeps its own list of what it
// took: the other side of every book that a test keeps.
//
// It does what a good relay does unless an act is written for the stage (relay_script.h), or a fate
// for the transaction (fate.h). What it keeps it knows by X-Entity-Ref-ID, which carries the
// message's id; it keeps every copy's bytes apart, so that two copies can be compared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/fate.h"
#include "tests/support/relay_script.h"

namespace posthaste {

struct FaultRelayOptions {
  std::vector<std::string> extensions = {"PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"};
  std::string certificate;  // PEM with its key: offers STARTTLS. Read at each handshake.
  bool implicit_tls = false;
  std::vector<std::string> extensions_in_tls;  // Offered besides, once TLS is on.
  int receive_bytes = 0;                       // SO_RCVBUF; 0 = the system's.
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0 = any.
};

class FaultRelay {
 public:
  explicit FaultRelay(FaultRelayOptions options = {});
  explicit FaultRelay(FateScript script);
  ~FaultRelay();  // Ends every connection.

  uint16_t port() const;

  // Performs `act` at `stage` from now on; an empty one is nothing at all.
  void At(Stage stage, Act act);
  void Play(FateScript script);
  void PlayScript(RelayScript script);  // Asked first.
  void Behave();                        // Forgets all of it.
  void SetStall(absl::Duration stall);  // Of fates that are late; 1 s at first.
  void SetCertificate(const std::string& file);

  // Lets pass who waits at a Gate(), and who comes to one from now on.
  void OpenGate();

  // Ends every connection that stands, with FIN or RST.
  void Disconnect(bool reset);

  struct Kept {
    int copies = 0;
    bool same = true;  // Byte for byte.
    std::string recipient;
    std::string message_id;
    std::string bytes;  // Of the first copy, as composed.
  };
  std::map<std::string, Kept> All() const;  // By the message's id; "" for mail without one.
  Kept Of(const std::string& id) const;

  // Dots (or last chunks) that came and to which a fate left no certain answer, or that came when
  // the connection had ended, by message id.
  std::map<std::string, int> Doubts() const;

  int held() const;         // Sessions at a Gate(), a Hang() or a Deaf() now.
  int tries() const;        // RCPT commands.
  int dots() const;         // Ends of messages that came, kept or not.
  int connections() const;  // Since the start.
  int open() const;         // Now …
  int open_most() const;    // … and at most so far.
  std::map<Fate, int> Played() const;
  std::vector<std::string> Heard() const;  // Command lines, the first 10 000.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A port of 127.0.0.1 that never answers: connecting waits until it gives up.
class Blackhole {
 public:
  explicit Blackhole(bool v6 = false, uint16_t port = 0);
  ~Blackhole();
  uint16_t port() const { return port_; }

 private:
  uint16_t port_ = 0;
  std::vector<int> sockets_;
};

}  // namespace posthaste

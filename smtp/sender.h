// Hands one message to the first of a tenant's relays that will have it. The door to smtp/ for
// whoever has something to send.
//
// One Sender per loop; the relays are shared. A failure before the dot leads to the next relay at
// once, for the relay holds nothing; once the dot was sent there is no other relay, whatever comes
// (RFC 1047). A connection that the relay closed between two messages is no failure: the message
// goes on a new one and is charged no attempt. A message that was greylisted is brought to the same
// address again. A direct relay is, for each message, the exchangers of its recipient's domain in
// their order. A relay that turns a session away while it serves
// others of ours is asked once more behind the other relays, for the message may wait for one of
// those sessions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task.h"
#include "smtp/exchangers.h"
#include "smtp/lane.h"
#include "smtp/relay.h"
#include "smtp/session.h"

namespace posthaste::smtp {

// Makes the Fence of one transaction. Called once per transaction: a fence that was asked for one
// that failed before the dot is asked anew for the next, and must give the same lease its pass
// again.
using FenceFactory = absl::AnyInvocable<std::unique_ptr<Fence>()>;

// Makes the Dialer for a relay on the Sender's loop.
using DialerFactory = std::function<std::unique_ptr<Dialer>(const RelayOptions&)>;

// The real one. TLS contexts are shared by relays with the same authorities. Check `ca_file` with
// TlsClient::Create() when the configuration is loaded: a relay whose file cannot be read later is
// refused every handshake.
DialerFactory TcpDialers(Loop& loop);

struct Sent {
  // In order; the last one says what became of the message. Empty = no relay could be had before
  // the deadline, and nothing was tried.
  std::vector<Attempt> attempts;
  // Unless the last attempt was judged or stopped: no use trying again before this, because no
  // relay will be open. InfinitePast = the retry schedule alone decides.
  absl::Time not_before = absl::InfinitePast();
};

struct Probed {
  bool passed = false;
  Attempt attempt;  // How it was opened, or why not.
  Capabilities capabilities;
};

class Sender {
 public:
  // `loop` and `clock` outlive the Sender and its Sends.
  Sender(Loop& loop, const Clock& clock, DialerFactory dialers);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Who finds the exchangers for direct relays; without it such a relay cannot be had. Before the
  // first Send().
  void set_exchangers(ExchangerFinder exchangers) { exchangers_ = std::move(exchangers); }

  // `relays` in order of preference. No attempt is begun after `deadline`. `message` as for
  // Session::Send. The arguments live until it returns.
  Task<Sent> Send(const std::vector<std::shared_ptr<Relay>>& relays, const Envelope& envelope,
                  std::string_view message, FenceFactory& fences, Urgency urgency,
                  absl::Time deadline);

  // Opens a new session to `relay` for an operator who wants to know how it is, through its lane;
  // one that passes goes into the pool and ends breaker and suspension here. Also where the relay
  // is closed or every session is taken: then it is one session more, and says QUIT.
  Task<Probed> Probe(std::shared_ptr<Relay> relay);

  // Says QUIT to sessions that have grown old, and forgets relays that it has no session to. Runs
  // until Drain(); without it old sessions are closed when they are next looked at, and without
  // QUIT.
  Task<void> Tend();

  // Begins nothing new, says QUIT to idle sessions, and waits for those that are speaking, until
  // `deadline` at most. Sends that are called afterwards, or still wait for a session, return no
  // attempt.
  Task<void> Drain(absl::Time deadline);

  // Sends that hold a session now.
  int active() const;

 private:
  struct Errand;
  enum class Next : uint8_t {
    kDecided,    // The last attempt says what becomes of the message.
    kNextRelay,  // Not here.
    kCrowded,    // Not here now: the relay serves as many others of ours as it wants to.
    kStop,       // Too late for anybody.
  };
  Task<Next> Try(std::shared_ptr<Relay> relay, Errand& errand);
  Task<Next> TryHost(std::shared_ptr<Relay> relay, Errand& errand);
  Task<Next> TryDirect(std::shared_ptr<Relay> relay, Errand& errand);
  Lane& LaneOf(const std::shared_ptr<Relay>& relay);
  std::vector<std::shared_ptr<Lane>> Lanes() const;
  void Wake();

  Loop& loop_;
  const Clock& clock_;
  const DialerFactory dialers_;
  ExchangerFinder exchangers_;
  std::unordered_map<const Relay*, std::shared_ptr<Lane>> lanes_;
  bool draining_ = false;
  bool tended_ = false;
  // What Tend() and Drain() wait on. Shared with the lanes, which may outlive the Sender.
  std::shared_ptr<asio::steady_timer> wake_;
};

// Whether the message should go to the next relay at once. Pure.
bool MayTryNext(const Attempt& attempt);

}  // namespace posthaste::smtp

// A relay on a real socket that misbehaves on purpose and keeps its own list of what it took: the
// other side of the ledger.
//
// It plays one fate for each transaction, which a script chooses by the recipient and by how often
// that recipient was tried. What it keeps it knows by X-Entity-Ref-ID, which carries the message's
// id; it keeps every copy's bytes apart, so that two copies can be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace posthaste {

// What happens to one transaction. "Kept" = stored before anything is answered.
enum class Fate {
  kAccept,       // Kept; 250.
  kDeferRcpt,    // 451 to RCPT.
  kDeferDot,     // 451 to the dot.
  kBounceRcpt,   // 550 to RCPT.
  kBounceDot,    // 554 to the dot.
  kStallData,    // 354 comes late; then as kAccept.
  kStallDot,     // Kept; 250 comes late.
  kDropAtData,   // The connection ends in place of 354.
  kDropInBody,   // The connection ends within the body, before the dot was read.
  kDropKept,     // Kept; the connection ends in place of 250.
  kDropLost,     // The same, not kept.
  kHoldData,     // Silence in place of 354.
  kHoldDotKept,  // Kept; silence in place of 250.
  kHoldDotLost,  // The same, not kept.
};
std::string_view FateName(Fate fate);

// Whether the client may have sent its dot without learning what became of it.
bool LeavesDoubt(Fate fate);

// How it meets a connection.
enum class Door {
  kOpen,
  kTurnAway,  // "421 …" and the end.
  kSilent,    // It is taken; nothing is ever said.
};

class LedgerRelay {
 public:
  // Called on the relay's thread, one at a time; `number` is 1 at the recipient's first try.
  using Script = std::function<Fate(const std::string& recipient, int number)>;

  explicit LedgerRelay(Script script = {});  // Without one everything is accepted.
  ~LedgerRelay();                            // Ends every connection.

  uint16_t port() const;
  void Play(Script script);
  void SetDoor(Door door);
  void SetStall(absl::Duration stall);  // Of kStallData and kStallDot; 1 s at first.

  struct Kept {
    int copies = 0;
    bool same = true;  // Byte for byte.
    std::string recipient;
    std::string bytes;  // Of the first copy, dots still stuffed.
  };
  std::map<std::string, Kept> All() const;  // By message id; "" for mail without one.
  Kept Of(const std::string& id) const;

  int held() const;         // Transactions that kHold… keeps waiting now.
  int tries() const;        // RCPT commands.
  int connections() const;  // Since the start.
  std::map<Fate, int> Played() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste

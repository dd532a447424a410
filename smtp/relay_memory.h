// What sessions learned about a relay that the next ones should know from the start, so that the
// same detour is not taken with every connection. One for each relay, shared by all loops.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace posthaste::smtp {

// Thread-safe. Forgets by itself, for relays are mended.
class RelayMemory {
 public:
  // A handshake failed where TLS is opportunistic: for an hour sessions go in clear at once. Asked
  // at that level only; where TLS is required or credentials are used nothing is ever skipped.
  void NoteHandshakeFailed(SteadyTime now) { Note(clear_until_, now + std::chrono::hours(1)); }
  bool HandshakeFails(SteadyTime now) const { return now < Until(clear_until_); }

  // It offers STARTTLS: where it does not within a week, somebody may have cut it out (RFC 3207 6).
  void NoteTlsOffered(SteadyTime now) { Note(tls_until_, now + std::chrono::hours(7 * 24)); }
  bool OfferedTls(SteadyTime now) const { return now < Until(tls_until_); }

  // It offers CHUNKING and does not know BDAT: for a day messages go by DATA.
  void NoteChunkingRefused(SteadyTime now) { Note(whole_until_, now + std::chrono::hours(24)); }
  bool RefusesChunking(SteadyTime now) const { return now < Until(whole_until_); }

  // It cannot be reached: for five minutes messages begin with the site's other hosts, so that not
  // each of them waits for it first. Asked where a site has several.
  void NoteUnreachable(SteadyTime now) { Note(away_until_, now + std::chrono::minutes(5)); }
  void NoteReached() { Note(away_until_, SteadyTime::min()); }
  bool Unreachable(SteadyTime now) const { return now < Until(away_until_); }

 private:
  using Ticks = std::atomic<SteadyTime::rep>;
  static void Note(Ticks& until, SteadyTime at) { until.store(at.time_since_epoch().count()); }
  static SteadyTime Until(const Ticks& until) {
    return SteadyTime(SteadyTime::duration(until.load()));
  }

  Ticks clear_until_{SteadyTime::min().time_since_epoch().count()};
  Ticks tls_until_{SteadyTime::min().time_since_epoch().count()};
  Ticks away_until_{SteadyTime::min().time_since_epoch().count()};
  Ticks whole_until_{SteadyTime::min().time_since_epoch().count()};
};

}  // namespace posthaste::smtp

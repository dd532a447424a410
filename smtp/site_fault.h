// What a failed attempt says about the relay itself, and so counts against it. Pure.
//
// Most refusals say nothing: a mailbox that does not exist is no fault of the relay's. The governor
// acts on these, and posthaste_relay_faults_total counts them.
#pragma once

#include <cstdint>
#include <string_view>

#include "smtp/outcome.h"

namespace posthaste::smtp {

enum class SiteFault : uint8_t {
  kNone,
  kUnreachable,  // No session, and no word why: connecting, the handshake, silence, nonsense.
  kTurnedAway,   // No session, by a reply.
  kCredentials,  // No way to authenticate: nobody but an operator can mend that.
  kRate,         // It asks for less.
  kBroken,       // An open session was lost, fell silent, spoke nonsense or was ended by a 421.
};

// `outcome` is of a session that could not be opened. TLS that is missing, refused or shows a bad
// certificate is no fault: such a relay is alive, and how we meet it is for the settings to say.
SiteFault FaultAtOpening(const Outcome& outcome);

// `outcome` is of a transaction on an open session.
SiteFault FaultInTransaction(const Outcome& outcome);

// "", "unreachable", "turned_away", "credentials", "rate", "broken".
std::string_view SiteFaultName(SiteFault fault);

}  // namespace posthaste::smtp

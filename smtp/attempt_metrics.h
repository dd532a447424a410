// Counts attempts for Prometheus, and shows what relays showed.
#pragma once

#include "smtp/relay.h"
#include "smtp/session.h"
#include "smtp/stream.h"

namespace posthaste::smtp {

// posthaste_smtp_attempts_total{relay,phase,outcome,failure_class} and
// posthaste_smtp_phase_seconds{phase}. Thread-safe.
void CountAttempt(const Attempt& attempt);

// posthaste_relay_certificate_not_after_timestamp_seconds{relay}, of a relay that must show a good
// one. Not of a site's hosts, which have one id.
void ShowCertificate(const RelayOptions& relay, const TlsFacts& facts);

}  // namespace posthaste::smtp

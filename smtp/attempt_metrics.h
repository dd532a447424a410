// Counts attempts for Prometheus.
#pragma once

#include "smtp/session.h"

namespace posthaste::smtp {

// posthaste_smtp_attempts_total{relay,phase,outcome,failure_class} and
// posthaste_smtp_phase_seconds{phase}. Thread-safe.
void CountAttempt(const Attempt& attempt);

}  // namespace posthaste::smtp

// Captured mail as JSON.
#pragma once

#include <string>

#include "service/sandbox/inbox.h"

namespace posthaste::sandbox {

// id, time, mail_from, rcpt_to, subject, code ("" if it holds none), text, html.
std::string JsonOf(const Captured& captured);

// Of a list: without its parts.
std::string SummaryOf(const Captured& captured);

// With `from`, `headers` and `source`, but without `html`, which is shown in a frame of its own.
std::string WholeOf(const Captured& captured);

}  // namespace posthaste::sandbox

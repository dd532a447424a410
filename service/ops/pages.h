// What the operators' HTTP answers: /metrics, /livez, /readyz, /.well-known/jwks.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/ops/http.h"

namespace posthaste::ops {

// One part of the process that may not be ready, and why: {"redis", "connection refused"}.
struct NotReady {
  std::string part, why;
};

// /livez never depends on Redis or SMTP: a process that answers is alive. /readyz is 200 or 503
// with a line for each part. Nothing else has a page, and nothing is posted here (405).
// `jwks`: the JWK Set of the keys that verify receipts, which may be kept for an hour.
Page Answer(const Request& request, const std::vector<NotReady>& not_ready, std::string_view jwks);

}  // namespace posthaste::ops

// What proves to a receiver that a request is ours: Standard Webhooks 1.0, symmetric ("v1"). Pure.
//
// The signature is over id, time and body, so that none of them can be changed or used again
// later; nothing else of a request is signed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace posthaste::webhooks {

// The value of webhook-signature: a "v1,<base64>" for each secret, with spaces between, so that a
// receiver finds that of the secret that it has while another takes its place. `time_s`: as in
// webhook-timestamp, Unix time. REQUIRES: at least one secret; `id` has no dot.
std::string Signature(const std::vector<Secret>& secrets, std::string_view id, int64_t time_s,
                      std::string_view body);

}  // namespace posthaste::webhooks

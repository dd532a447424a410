// From an order to the mail that is queued.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/store/v1/record.pb.h"
#include "service/api/order.h"

namespace posthaste::api {

// What the service says about a code in its mail.
struct CodeTimes {
  std::string purpose;
  absl::Time create, expire;  // Of this code: valid from … to.
};

struct RenderedMail {
  store::v1::Mail mail;  // Without code terms.
  std::string locale;
};

// Renders the order's template with everything filled in but the code. INVALID_ARGUMENT names the
// variable.
absl::StatusOr<RenderedMail> RenderMail(const SendOrder& order,
                                        const std::optional<CodeTimes>& code, absl::Time now);

// Words that decide what the order's mail looks like, but for its variables.
std::string KindOf(const SendOrder& order, std::string_view locale);

// The mail of that kind with sample values: what the real one is compressed against (queue/seal.h).
absl::StatusOr<std::string> RenderSkeleton(const SendOrder& order, std::string_view locale);

}  // namespace posthaste::api

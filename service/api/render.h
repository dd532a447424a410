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
  std::string skeleton, skeleton_hash, locale;
};

// Renders the order's template with everything filled in but the code. INVALID_ARGUMENT names the
// variable.
absl::StatusOr<RenderedMail> RenderMail(const SendOrder& order,
                                        const std::optional<CodeTimes>& code, absl::Time now);

// gmail, microsoft, yahoo, apple or other: a label of metrics, from the recipient's domain.
std::string ProviderOf(const Mailbox& recipient);

}  // namespace posthaste::api

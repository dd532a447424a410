// DKIM signatures (RFC 6376, with Ed25519 by RFC 8463 and key sizes by RFC 8301) for the mail that
// we compose.
//
// What is signed is fixed, so that every attempt of a message carries the same bytes: both
// algorithms are deterministic, and the times come from the message's date. The tags, with the
// reasons for those that are there and those that are not, are in docs/adr/0020.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/signing_key.h"

namespace posthaste::smtp {

// A verifier that meets the signature later refuses it: we keep a message for 6 days at the most,
// relays usually for 5.
inline constexpr absl::Duration kDkimLife = absl::Hours(14 * 24);

struct DkimKey {
  std::string domain;    // d=, lower case, A-labels.
  std::string selector;  // s=: the public key is in TXT of <selector>._domainkey.<domain>.
  crypto::SigningKey key;
};

// The DKIM-Signature fields of `message`, one for each key, each with its line end: they go before
// it. `date` is the message's own. Takes about a millisecond with an RSA key: not for an event
// loop. INVALID_ARGUMENT: `message` has no header that ends in an empty line, or not exactly one
// From.
absl::StatusOr<std::string> SignDkim(std::string_view message, const std::vector<DkimKey>& keys,
                                     absl::Time date);

// Which keys sign for whom. Immutable.
class DkimKeys {
 public:
  DkimKeys() = default;
  // Of one domain at most one key of a kind is of use.
  explicit DkimKeys(std::vector<DkimKey> keys);

  // The keys of the nearest domain that has any: `from_domain` (lower case, A-labels) itself or one
  // above it, so that the signature is aligned with From (RFC 7489 3.1.1). Empty: none. The RSA key
  // comes first, because some verifiers look at nothing but the first signature.
  const std::vector<DkimKey>& For(std::string_view from_domain) const;

 private:
  std::map<std::string, std::vector<DkimKey>, std::less<>> by_domain_;
};

}  // namespace posthaste::smtp

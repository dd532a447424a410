// An e-mail address: what is accepted, and the two forms that it is counted under.
//
// Mail always goes to the bytes that the caller gave. Identity (ids, verifications, suppression,
// code derivation) uses `lookup`; shard and limits use `bucket`, which also folds what the provider
// folds.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace posthaste {

struct Mailbox {
  std::string address;     // As given: local-part "@" domain (RFC 5321 4.1.2, RFC 6531 for UTF-8).
  std::string local_part;  // As given.
  std::string domain;      // As given.
  std::string ascii_domain;  // Lower-case A-labels (IDNA 2008, UTS 46 non-transitional).
  std::string lookup;        // NFC, ASCII letters of the local part lowered, "@", ascii_domain.
  std::string bucket;  // `lookup` without "+tag"; for gmail.com and googlemail.com without dots, as
                       // gmail.com.
  bool needs_smtputf8 = false;  // The local part is not ASCII (RFC 6531).
};

// Parses one bare address: no display name, no comment, no quoted local part (nobody we mail has
// one, and every ambiguity they bring has been an exploit), no address literal. Limits: local part
// 64 octets, domain 255, whole 254 (RFC 5321 4.5.3.1). Refuses controls, bad UTF-8, empty labels, a
// domain without a dot unless it is "localhost" or ends in ".test". INVALID_ARGUMENT says what is
// wrong, without repeating the address.
absl::StatusOr<Mailbox> ParseMailbox(std::string_view address);

// For people who know the address: the first character, "***", "@domain". Never reversible.
std::string Masked(const Mailbox& mailbox);

}  // namespace posthaste

// A mail message as values, and its composition into bytes (RFC 5322, 2045, 2047, 2231).
//
// Everything that could differ between two attempts (date, ids, boundary) is a field or derived
// from one, so that every attempt of a message carries the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace posthaste::smtp {

struct Address {
  std::string name;     // UTF-8, may be empty.
  std::string mailbox;  // local@domain.
};

struct Attachment {
  std::string file_name;   // UTF-8.
  std::string media_type;  // "application/pdf".
  std::string bytes;       // Of all together at most 512 KiB, and 32 KiB of a logo.
  std::string content_id;  // Not empty: shown within the HTML, which names it "cid:<content_id>".
};

struct Header {
  std::string name, value;
};

struct Message {
  Address from;
  Address to;
  Address reply_to;              // Empty mailbox = no header.
  std::string subject;           // UTF-8.
  absl::Time date;               // Written in UTC.
  std::string message_id;        // "left@right", without the angle brackets.
  std::string text;              // UTF-8; any line ends; ends in one when it is read.
  std::string html;              // UTF-8; empty = text only.
  std::string entity_ref_id;     // X-Entity-Ref-ID; unique per message; empty = no header.
  std::string feedback_id;       // Empty = no header.
  std::string list_unsubscribe;  // An https URL; empty = no header.
  std::string content_language;  // BCP-47; empty = no header.
  std::vector<Header> extra;     // Already allowed by the caller.
  std::vector<Attachment> attachments;
};

// The bytes to send: CRLF line ends, lines ≤ 78 where it can be and never over 998, no
// dot-stuffing. 7-bit unless an address needs SMTPUTF8. Auto-Submitted: auto-generated always.
// INVALID_ARGUMENT names the field that cannot be written (control characters, bad UTF-8, too
// long).
absl::StatusOr<std::string> Compose(const Message& message);

}  // namespace posthaste::smtp

// Sealing a rendered message for its stay in Redis, and opening it again.
//
// mail → protobuf → zstd with its skeleton as dictionary → AES-256-GCM
// under a data key of its own, which is derived: HMAC-SHA-256 by the key-encryption key over a
// salt, drawn for each seal, and the message's id. A data key seals once, so the nonce is zero. The
// associated data binds tenant, message id, class, template revision, deadline, skeleton and what
// its code is derived from: a record that was swapped, queued again under another id or prolonged
// does not open, nor one whose facts ask for another recipient's code.
//
// Attachments are sealed by themselves, not compressed (most are already), under a key of another
// derivation; not bound to a skeleton. The mail holds the SHA-256 of their sealed bytes.
//
// Bytes: u8 version 2 | u16 key id | 8 salt | ciphertext with its 16-byte tag.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/secret.h"
#include "posthaste/store/v1/record.pb.h"
#include "service/queue/keys.h"
#include "service/queue/skeleton.h"

namespace posthaste::queue {

// Key-encryption keys, 32 bytes each, by id; `current` seals, all open.
struct SealKeys {
  std::map<uint16_t, Secret> keys;
  uint16_t current = 0;
};

// What a sealed mail is bound to.
struct SealBinding {
  std::string_view tenant, id;
  MailClass mail_class;
  std::string_view template_revision;
  int64_t deadline_ms;
  std::string_view verification_id, purpose, mailbox_hash;
};

// The binding of a record: its facts, the rest of its identity beside them. Both outlive it.
SealBinding BindingOf(const store::v1::Facts& facts, std::string_view id, MailClass mail_class,
                      int64_t deadline_ms);

// Both sides must have the same skeleton. INTERNAL if compression fails.
absl::StatusOr<std::string> Seal(const store::v1::Mail& mail, const Skeleton& skeleton,
                                 const SealBinding& binding, const SealKeys& keys, Random& random);

// FAILED_PRECONDITION: the key that it was sealed under is not among these, or it is of a newer
// version. DATA_LOSS: not sealed under these keys, for this binding or with this skeleton. The mail
// is at most 2 MiB.
absl::StatusOr<store::v1::Mail> Open(std::string_view sealed, const Skeleton& skeleton,
                                     const SealBinding& binding, const SealKeys& keys);

// Before the mail is sealed, which learns what its attachments are.
absl::StatusOr<std::string> SealAttachments(const store::v1::Attachments& attachments,
                                            const SealBinding& binding, const SealKeys& keys,
                                            Random& random, store::v1::Mail& mail);

// Those of `mail`, which was opened before: none for a mail without. As Open; DATA_LOSS also if
// `sealed` are none, or others', than the mail says.
absl::StatusOr<store::v1::Attachments> OpenAttachments(std::string_view sealed,
                                                       const SealBinding& binding,
                                                       const SealKeys& keys,
                                                       const store::v1::Mail& mail);

}  // namespace posthaste::queue

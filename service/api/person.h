// What a recipient is called in the store: keyed hashes, never the address.
#pragma once

#include <string>
#include <string_view>

#include "base/mailbox.h"

namespace posthaste::api {

struct Call;

struct Person {
  int shard = 0;
  std::string mailbox_hash;  // Of the lookup form: identity.
  std::string bucket_hash;   // Of the bucket form: shard and limits.
};

Person PersonOf(const Mailbox& mailbox, std::string_view tenant, std::string_view hash_key,
                int shards);
Person PersonOf(const Call& call, const Mailbox& mailbox);  // Of the caller's tenant.

// Names the current verification of (tenant, purpose, mailbox); and, with another word, its failure
// budget. 16 bytes.
std::string GroupOf(const Person& person, std::string_view tenant, std::string_view purpose,
                    std::string_view hash_key);
std::string FailureKeyOf(const Person& person, std::string_view tenant, std::string_view purpose,
                         std::string_view hash_key);

}  // namespace posthaste::api

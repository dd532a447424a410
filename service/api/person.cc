#include "service/api/person.h"

#include "base/crypto.h"
#include "service/api/backend.h"
#include "service/queue/ids.h"

namespace posthaste::api {

Person PersonOf(const Mailbox& mailbox, std::string_view tenant, std::string_view hash_key,
                int shards) {
  Person person;
  person.mailbox_hash = queue::MailboxHash(hash_key, tenant, mailbox.lookup);
  person.bucket_hash = mailbox.bucket == mailbox.lookup
                           ? person.mailbox_hash
                           : queue::BucketHash(hash_key, tenant, mailbox.bucket);
  person.shard = queue::ShardOf(person.bucket_hash, shards);
  return person;
}

Person PersonOf(const Call& call, const Mailbox& mailbox) {
  return PersonOf(mailbox, call.caller.tenant, call.backend.shared->hash_key.Reveal(),
                  call.backend.store->keys().shards());
}

std::string GroupOf(const Person& person, std::string_view tenant, std::string_view purpose,
                    std::string_view hash_key) {
  return crypto::HmacFields(hash_key, {"posthaste/group/v1", tenant, purpose, person.mailbox_hash})
      .substr(0, 16);
}

std::string FailureKeyOf(const Person& person, std::string_view tenant, std::string_view purpose,
                         std::string_view hash_key) {
  return crypto::HmacFields(hash_key,
                            {"posthaste/failures/v1", tenant, purpose, person.mailbox_hash})
      .substr(0, 16);
}

}  // namespace posthaste::api

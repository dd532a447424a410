// Which rates a send is held against.
//
// A limit's name begins with a word of a closed set, which answers and metrics show; what else it
// counts ("recipient_hour:CODE") follows a colon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "posthaste/config/v1/config.pb.h"
#include "service/api/authentication.h"
#include "service/api/order.h"
#include "service/api/person.h"
#include "service/queue/queue.h"

namespace posthaste::api {

// Of the recipient, within the tenant and the mail class: counted in its slot, with the enqueue.
// Classes do not share: who asks for codes in somebody's name must not be able to keep the notice
// away that the password was changed. `purpose`: of a code; "" for other mail.
std::vector<queue::RateLimit> RecipientLimits(const Person& person, queue::MailClass mail_class,
                                              std::string_view purpose,
                                              const config::v1::Config& config);

// Of whoever stands behind the request - its network, the caller's own keys, the API key, the
// tenant - and of where it goes beyond the tenant: the domain, and the trust group's recipient.
// Counted before.
std::vector<queue::RateLimit> ClientLimits(const SendOrder& order, const Caller& caller,
                                           const config::v1::Config& config,
                                           std::string_view hash_key);

// The word that is shown: without what follows the colon.
std::string_view LimitWord(std::string_view name);

// The reason of google.rpc.ErrorInfo: RECIPIENT_SEND_LIMIT, CLIENT_LIMIT or TENANT_QUOTA.
std::string_view LimitReason(std::string_view name);

// How many messages may wait in the order's lane of one shard for this one to be taken; 0 = no
// bound. Rounded up: a bound below the number of shards is still a bound. One with attachments has
// a lower bound, on all that wait: what lies there with attachments cannot be more, and no count is
// kept.
struct QueueBound {
  int64_t messages = 0;
  const char* limit = "queued_per_tenant";  // Whose it is, of `limits`.
};
QueueBound QueueBoundOf(const SendOrder& order, const config::v1::Config& config, int shards);

// Names the group of messages of which only the newest is sent. 16 bytes.
std::string SupersedeGroupOf(const Person& person, std::string_view tenant,
                             std::string_view supersede_key, std::string_view hash_key);

}  // namespace posthaste::api

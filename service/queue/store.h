// One loop's way to the queue: its Redis connection and everything that speaks over it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "service/queue/admission.h"
#include "service/queue/attachments_read.h"
#include "service/queue/code_waits.h"
#include "service/queue/delivery_reports.h"
#include "service/queue/event_log.h"
#include "service/queue/events.h"
#include "service/queue/hold_book.h"
#include "service/queue/keys.h"
#include "service/queue/late_bounces.h"
#include "service/queue/leases.h"
#include "service/queue/messages.h"
#include "service/queue/publications.h"
#include "service/queue/recipient_forget.h"
#include "service/queue/recipient_read.h"
#include "service/queue/recipient_reset.h"
#include "service/queue/redrive.h"
#include "service/queue/server_clock.h"
#include "service/queue/skeletons.h"
#include "service/queue/stats.h"
#include "service/queue/suppressions.h"
#include "service/queue/usage.h"
#include "service/queue/webhook_ledger.h"
#include "service/redis/client.h"

namespace posthaste::queue {

// Used on its loop only.
class Store {
 public:
  // Errors as redis::Client::Make. Clock and randomness outlive the store.
  static absl::StatusOr<std::unique_ptr<Store>> Make(Loop& loop, redis::ClientOptions options,
                                                     int shards, const Clock& clock = SystemClock(),
                                                     Random& random = SystemRandom());

  redis::Client& client() { return *client_; }
  const Keys& keys() const { return keys_; }
  const ServerClock& clock() const { return clock_; }
  Admission& admission() { return admission_; }
  Leases& leases() { return leases_; }
  Messages& messages() { return messages_; }
  Skeletons& skeletons() { return skeletons_; }
  EventTailer& events() { return events_; }
  EventLog& event_log() { return event_log_; }
  Housekeeping& housekeeping() { return housekeeping_; }
  HoldBook& holds() { return holds_; }
  CodeWaits& code_waits() { return code_waits_; }
  Redrive& redrive() { return redrive_; }
  Suppressions& suppressions() { return suppressions_; }
  LateBounces& late_bounces() { return late_bounces_; }
  Publications& publications() { return publications_; }
  Usage& usage() { return usage_; }
  DeliveryReports& delivery_reports() { return delivery_reports_; }
  // `token`: of the sender alone that asks.
  WebhookLedger Webhook(std::string_view tenant, std::string_view id, std::string token) {
    return WebhookLedger(*client_, keys_, clock_, tenant, id, std::move(token));
  }
  Task<absl::StatusOr<ResetAnswer>> Reset(ResetRequest request) {
    return ResetRecipient(*client_, keys_, clock_, std::move(request));
  }
  Task<absl::StatusOr<ForgetAnswer>> Forget(ForgetRequest request) {
    return ForgetRecipient(*client_, keys_, clock_, std::move(request));
  }
  Task<absl::StatusOr<Recipient>> Recall(int shard, std::string hash) {
    return ReadRecipient(*client_, keys_, shard, std::move(hash));
  }
  Task<absl::StatusOr<std::string>> Attachments(int shard, std::string id) {
    return ReadAttachments(*client_, keys_, shard, std::move(id));
  }
  Task<absl::StatusOr<int64_t>> WrongGuesses(int shard, std::string failure_key) {
    return ReadWrongGuesses(*client_, keys_, shard, std::move(failure_key));
  }

 private:
  Store(Loop& loop, std::unique_ptr<redis::Client> client, int shards, const Clock& clock);

  const std::unique_ptr<redis::Client> client_;
  const Keys keys_;
  ServerClock clock_;
  Admission admission_;
  Leases leases_;
  Messages messages_;
  Skeletons skeletons_;
  EventTailer events_;
  EventLog event_log_;
  Housekeeping housekeeping_;
  HoldBook holds_;
  CodeWaits code_waits_;
  Redrive redrive_;
  Suppressions suppressions_;
  LateBounces late_bounces_;
  Publications publications_;
  Usage usage_;
  DeliveryReports delivery_reports_;
};

}  // namespace posthaste::queue

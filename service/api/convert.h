// Stored records as the API shows them.
#pragma once

#include <optional>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "posthaste/v1/message.pb.h"
#include "posthaste/v1/verification_service.pb.h"
#include "service/queue/queue.h"

namespace posthaste::api {

// `score` is the job's, for messages that live: it tells SENDING from QUEUED and the next attempt.
v1::Message ToMessage(const std::string& id, const queue::Record& record,
                      const std::optional<queue::Score>& score);

v1::Attempt ToAttempt(const store::v1::AttemptRecord& record);

// `now` by Redis' clock: a PENDING verification past its time is shown EXPIRED.
v1::Verification ToVerification(const queue::VerificationRecord& record, absl::Time now);

v1::MailClass ToMailClass(queue::MailClass mail_class);

// The time that a phase took, by its place in smtp/phase.h, under its name; nothing for zero.
void SetPhase(int phase, int64_t micros,
              google::protobuf::Map<std::string, google::protobuf::Duration>& durations);

// Milliseconds since the epoch.
void SetMillis(int64_t millis, google::protobuf::Timestamp* time);

}  // namespace posthaste::api

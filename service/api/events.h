// What the API tells operators: one function per event, which writes the log line and counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "posthaste/v1/operations_service.pb.h"
#include "templates/engine/finding.h"

namespace posthaste::api {

// Who called, as far as it is known.
struct AnsweredTo {
  std::string_view tenant = {}, key = {};
  std::string_view source = {};  // IP address.
};

// Every call ends here. A refusal is a log line with its reason and whom it was for (warning when
// the caller was not let in or when we failed).
void Answered(std::string_view method, const absl::Status& status, absl::Duration took,
              const AnsweredTo& to = {});

// A template in a folder breaks a rule, and is sent all the same (templates_lint: WARN).
void TemplateFinding(std::string_view tenant, const templates::Finding& finding);

// A handler threw: a fault of ours. The caller got INTERNAL.
void HandlerThrew(std::string_view method, std::string_view what);

// A message was durably taken.
void Admitted(std::string_view id, std::string_view tenant, std::string_view mail_class,
              std::string_view template_name, std::string_view domain,
              std::string_view traceparent);

// Older messages were withdrawn before any dot, for the one that was taken.
void SupersededUnsent(int messages);

// The same request_id again.
void Replayed(std::string_view id);

// A limit refused: `limit` from a closed set ("recipient_hour", "client_hour", "cooldown" …).
void LimitRefused(std::string_view limit, std::string_view tenant);

// What became of a verification: "created", "resent", "stepped_up", "superseded", "cancelled".
// `purpose` is a label: the first 50, then "other".
void VerificationEvent(std::string_view purpose, std::string_view event);

// A caller put a recipient on the suppression list, or took it off: `action` "created" or
// "deleted". The line is the record of who did it.
void SuppressionChanged(std::string_view action, std::string_view tenant, std::string_view key,
                        std::string_view suppression, std::string_view cause,
                        std::string_view reason);

// A bounce was reported of a message that had ended, and believed.
void LateBounced(std::string_view message, std::string_view tenant, std::string_view key,
                 std::string_view failure_class, bool suppresses);

// An operator made a hold or ended one: `action` "created" or "deleted". The line is the record of
// who did it.
void HoldChanged(std::string_view action, std::string_view key, const v1::Hold& hold,
                 std::string_view reason);

// An operator sent a message back, or tried to.
void Redriven(std::string_view message, std::string_view tenant, std::string_view key,
              std::string_view outcome, std::string_view reason);

// An operator made a recipient's limits forgotten. The line is the record of who did it;
// `mailbox_hash` is shown in hexadecimal.
void RecipientUnlocked(std::string_view tenant, std::string_view key, std::string_view mailbox_hash,
                       int64_t limits, size_t purposes, std::string_view reason);

// The notice that a recipient's guesses are used up could not be sent; the code was all the same.
// `why` names what the tenant's template wants, or what was in the way.
void OwnerNotTold(std::string_view tenant, const absl::Status& why);

// A tenant asked for all that is stored of a recipient, or had it forgotten: `messages` that were.
void RecipientExported(std::string_view tenant, std::string_view key,
                       std::string_view mailbox_hash);
void RecipientForgotten(std::string_view tenant, std::string_view key,
                        std::string_view mailbox_hash, int64_t messages, std::string_view reason);

// An operator probed a relay.
void RelayProbed(std::string_view relay, std::string_view key, bool passed, std::string_view reply,
                 std::string_view reason);

// A check and its result ("MATCHED" …); `counted`: in the metrics, which tell nothing of decoys.
void Checked(std::string_view verification, std::string_view tenant, std::string_view purpose,
             std::string_view result, bool counted);

// The right code was given, `took` after the verification began. Conversion by `provider` is what
// tells mail that was accepted and never read from mail that arrived.
void Verified(std::string_view purpose, const std::string& provider, absl::Duration took);

// Files of a template were published; `publication` "" = what was published was taken back. The
// line is the record of who did it.
void TemplatePublished(std::string_view tenant, std::string_view key, std::string_view name,
                       std::string_view publication);

// What a tenant published is what this process sends; or it is not, because it does not compile,
// and the tenant keeps what it had.
void PublicationsTaken(std::string_view tenant);
void PublicationsRefused(std::string_view tenant, const absl::Status& why);

}  // namespace posthaste::api

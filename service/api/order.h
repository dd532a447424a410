// A request to send, checked and in plain terms: what every kind of send has in common.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mailbox.h"
#include "google/protobuf/message.h"
#include "posthaste/config/v1/config.pb.h"
#include "posthaste/v1/verification_service.pb.h"
#include "service/api/tenants.h"
#include "smtp/message.h"
#include "templates/engine/template.h"
#include "templates/engine/value.h"

namespace posthaste::api {

struct CodeOrder {
  std::string purpose;
  std::optional<absl::Duration> ttl;
  int code_length = 0;  // 0 = the policy's.
  v1::ResendPolicy resend_policy = v1::RESEND_POLICY_UNSPECIFIED;
  bool force_new = false;
  std::map<std::string, std::string> binding;  // subject_id is in it under "".
  std::string custom_code;
  std::string verification_id;  // Of a resend; "" = the recipient's current one.
  bool decoy = false;           // Of a resend: as its verification is.
};

struct SendOrder {
  std::string method;  // Part of what a request id is unique in.
  const TenantView* tenant = nullptr;
  Mailbox recipient;
  std::string recipient_name;
  const config::v1::Sender* sender = nullptr;
  std::string request_id;
  std::string fingerprint;  // Of zeros without a request id.
  std::string locale, time_zone;
  std::shared_ptr<const templates::Catalogue> catalogue;  // Keeps `mail` alive.
  const templates::Template* mail = nullptr;
  templates::Value variables;   // The caller's and those of the typed fields; not the code's.
  std::string support_contact;  // In place of the brand's; "" = the brand's.
  std::map<std::string, std::string> labels;
  bool validate_only = false;
  absl::Duration ttl;  // Notices and general mail: from send_time, or now, to the deadline.
  std::optional<absl::Time> send_time;  // Not before it; in the future when it was checked.
  std::string supersede_key;
  std::string list_unsubscribe_url;   // General mail only, as what follows.
  std::vector<smtp::Header> headers;  // By their names as they are to be written; sorted.
  std::vector<smtp::Attachment> attachments;
  std::string client_network;                // fields.h NetworkOf; "" = unknown.
  std::vector<std::string> rate_limit_keys;  // The caller's own.
  std::string traceparent;
  std::optional<CodeOrder> code;
};

// Notices and general mail make sense for so long, unless they say less.
inline constexpr absl::Duration kNoticeLife = absl::Hours(72);

// What an order is checked with beside the request and its tenant.
struct OrderContext {
  absl::Time now;  // Redis' clock.
  std::string_view hash_key;
};

// Each answers INVALID_ARGUMENT with every violation, or NOT_FOUND TEMPLATE_NOT_FOUND. `hash_key`
// keys the fingerprint.
absl::StatusOr<SendOrder> CheckOrder(const v1::SendVerificationCodeRequest& request,
                                     const TenantView& tenant, std::string_view hash_key);
absl::StatusOr<SendOrder> CheckOrder(const v1::ResendVerificationCodeRequest& request,
                                     const TenantView& tenant, std::string_view hash_key);

// The first 16 bytes of a keyed SHA-256 over a version byte and the request's canonical form:
// fields by number, defaults and unknown fields left out, map keys sorted, without its request_id.
std::string Fingerprint(const google::protobuf::Message& request, std::string_view hash_key);

}  // namespace posthaste::api

// What each command was asked to do. Filled in by app.cc, the only file that knows the parser.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace posthaste::cli {

// How to reach the service.
struct AccessOptions {
  std::string address;   // "" = environment, then the sandbox's client file.
  std::string key_file;  // Holds "id.secret".
  std::string ca_file;   // PEM; set = TLS, also on loopback.
  std::string data_dir;  // The sandbox's folder; "" = the default.
  absl::Duration timeout = absl::Seconds(10);
  bool json = false;
  bool operates = false;  // Asks for what only an operator's key may do.
};

struct ServeOptions {
  std::string config;
  bool api = true, worker = true;
};

struct SandboxOptions {
  std::string data_dir;                                           // "" = the default.
  uint16_t grpc_port = 8525, http_port = 8526, smtp_port = 8527;  // 0 = one that is free.
  std::string relay;  // "smtps://USER@HOST:465" or "smtp://USER@HOST:587"; "" = keep all mail here.
  std::string password_file;  // For the relay.
  std::string ca_file;        // For the relay.
  std::string from;           // The sender's address, with a relay.
};

struct DemoOptions {
  std::string recipient = "ana@example.test";
};

// What all sends share.
struct SendOptions {
  std::string recipient, recipient_name, locale, request_id, sender;
  absl::Duration wait = absl::Seconds(5);  // How long to follow the message; 0 = not at all.
};

struct SendCodeOptions : SendOptions {
  std::string purpose = "email_verification";
  absl::Duration ttl = absl::ZeroDuration();  // 0 = the service's default.
  int length = 0;                             // 0 = the service's default.
  bool force_new = false;
};

struct CheckCodeOptions {
  std::string recipient;  // Or the verification's id.
  std::string code;
  std::string purpose = "email_verification";
};

// The security notices; each uses the words that it has.
struct NoticeOptions : SendOptions {
  std::string account_label, device_label, location_label, ip_address, not_me_url;
  std::string new_recipient;         // send-email-changed.
  std::string change, method_label;  // send-mfa-changed.
};

struct SendTemplateOptions : SendOptions {
  std::string template_name;
  std::vector<std::string> variables;         // "name=text" or "name:=JSON".
  std::string send_time;                      // RFC 3339; "" = now.
  absl::Duration ttl = absl::ZeroDuration();  // 0 = the service's default.
  std::string supersede_key;
  std::string list_unsubscribe_url;
  std::vector<std::string> headers;          // "Name: value".
  std::vector<std::string> attach, inlined;  // Files; "name=file".
};

struct TemplateOptions {
  std::string folder;                  // lint, preview, publish.
  std::string name;                    // rollback, new.
  std::string out = ".";               // preview, new: where files go.
  std::string locale;                  // preview; "" = every one.
  std::vector<std::string> variables;  // preview: in place of the samples.
  std::string publication;  // rollback: where to; publish: what must be in force; "" = whatever.
  std::string mail_class = "notice";  // new.
  std::string data_dir;               // preview: of the sandbox that shows drafts; "" = default.
  bool watch = false, no_picture = false, validate_only = false;
};

struct MessageOptions {
  std::string id;
  std::string recipient, state;  // `list`: one of them.
  int max = 20;
  bool transcript = false;              // `show`.
  std::string status_code, diagnostic;  // `report-bounce`, whose id may also be a return path.
};

struct EventOptions {
  std::string from;                             // A token; "" = from now on.
  int max = 0;                                  // End after so many; 0 = never.
  absl::Duration limit = absl::ZeroDuration();  // End after so long; 0 = never.
};

struct SuppressionOptions {
  std::string whom;  // An address, or but for `create` an id.
  std::string cause, reason;
  absl::Duration life = absl::ZeroDuration();  // 0 = for good.
  int max = 20;
};

struct HoldOptions {
  std::string id;             // `delete`.
  std::string scope, target;  // `create`: "relay", "mx1".
  std::string reason;
  absl::Duration life = absl::ZeroDuration();  // 0 = the service's default.
};

struct QueueOptions {
  std::vector<std::string> ids;    // `redrive`; empty = all parked that fit.
  std::string tenant, mail_class;  // "" = all.
  std::string reason;
  bool all = false, dry_run = false;
};

struct RecipientOptions {
  std::string recipient, tenant, reason;
};

struct UsageOptions {
  int days = 30;
};

struct RelayOptions {
  std::string id;
  std::string reason;
  bool transcript = false;
};

struct TopOptions {
  absl::Duration every = absl::Seconds(2);
  bool once = false;
};

struct InboxOptions {
  enum class Verb { kList, kShow, kCode };
  Verb verb = Verb::kList;
  std::string data_dir;
  std::string id;          // `show`; "" = the newest.
  std::string to;          // "" = everybody.
  std::string newer_than;  // Only mail after the one of this id.
  absl::Duration wait = absl::ZeroDuration();
  int max = 20;
  bool source = false, html = false, json = false;
};

struct CaptureOptions {
  std::string data_dir;       // "" = the default.
  uint16_t smtp_port = 8527;  // 0 = one that is free.
};

struct KeysOptions {
  std::string dir;                  // Key files go here; "" = none are made.
  std::string api_key;              // The id of an API key; "" = none is made.
  std::vector<std::string> scopes;  // Empty = all that a caller may have.
  bool json = false;
};

// `posthaste keys list` and `posthaste keys rotate`.
struct KeyRingOptions {
  std::string config = "/etc/posthaste/posthaste.yaml";
  std::string dir;   // Where the key files are, if not where the configuration says.
  std::string kind;  // seal, code or receipt.
  bool activate = false, at_once = false;
  std::vector<int> pids;  // Get SIGHUP.
  bool json = false;
};

struct DkimKeysOptions {
  std::string domain, selector, dir;
};

}  // namespace posthaste::cli

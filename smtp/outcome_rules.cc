#include "smtp/outcome_rules.h"

namespace posthaste::smtp::rules {
namespace {

constexpr uint16_t kMailP = Bit(Phase::kMail), kRcptP = Bit(Phase::kRcpt),
                   kDataP = Bit(Phase::kData), kContentP = Bit(Phase::kBody) | Bit(Phase::kDot),
                   kAfterMailP = kRcptP | kDataP | kContentP, kAllP = kMailP | kAfterMailP;

constexpr Enhanced kAny{};
constexpr Enhanced E(int klass, int subject, int detail, int detail_max = -1) {
  return {Enhanced::Kind::kCode, static_cast<uint8_t>(klass), static_cast<uint16_t>(subject),
          static_cast<uint16_t>(detail),
          static_cast<uint16_t>(detail_max < 0 ? detail : detail_max)};
}

constexpr Verdict kD = Verdict::kDeferred, kF = Verdict::kBounced;
using F = FailureClass;
using S = Scope;

// clang-format off
constexpr Rule kRules[] = {
  // ---- Rates, in the words of the providers that do not say it with a code, or with one that means something else.
  // Of one recipient: others go on.
  {"any_recipient_rate", kAllP, 400, 599, kAny, "receiving (?:e?mail|messages) (?:too quickly|at a rate)|deferred due to excessive volume|recipient thread limit",
    kD, F::kRateLimited, S::kRecipient, "550-5.2.1 This user is\n550 5.2.1 receiving mail at a rate above what we allow."},       // Gmail 4.2.1 5.2.1, Yahoo 450, iCloud 421 4.7.1, Exchange 4.3.2
  {"exchange_recipient_rate", kAllP, 400, 599, E(0,2,121,122), "", kD, F::kRateLimited, S::kRecipient, "550 5.2.122 The hourly limit of this mailbox is reached"},
  {"qq_recipient_rate", kAllP, 500, 599, kAny, "mailbox unavailable or access denied", kD, F::kRateLimited, S::kRecipient, "550 Mailbox unavailable or access denied"},
  // Of the site: back off. 5yz too, for that is how some say it.
  {"gmail_mail_flood", kAllP, 400, 599, E(0,7,28), "", kD, F::kRateLimited, S::kSite, "421 4.7.28 Too much mail from your DKIM domain"},    // IANA: mail flood detected
  {"gmail_unusual_rate", kAllP, 400, 499, kAny, "unusual (?:rate|amount|volume) of", kD, F::kRateLimited, S::kSite, "421 4.7.0 We see an unusual rate of mail"},
  {"gmail_relay_quota", kAllP, 400, 599, kAny, "smtp relay (?:sending )?limit exceeded|(?:user )?sending (?:limit|quota) (?:was )?exceeded",
    kD, F::kRateLimited, S::kSite, "550 5.7.1 Daily SMTP relay limit exceeded for customer"},
  {"yahoo_deferred", kAllP, 400, 499, kAny, "tss?\\d\\d|gl01", kD, F::kRateLimited, S::kSite, "421 4.7.0 [TSS04] Deferred for now"},
  {"outlook_rate", kAllP, 400, 599, kAny, "rp-00[1-3]", kD, F::kRateLimited, S::kSite, "550 RP-001 Too fast"},
  {"outlook_limited", kAllP, 400, 599, E(0,7,650,652), "", kD, F::kRateLimited, S::kSite, "451 4.7.650 Limited for now"},
  {"outlook_busy", kAllP, 400, 499, E(4,7,500), "", kD, F::kRateLimited, S::kSite, "451 4.7.500 Busy (AS843)"},
  {"outlook_agent_busy", kAllP, 400, 499, E(4,7,700), "", kD, F::kRateLimited, S::kSite, "451 4.7.700 Agent busy"},
  {"exchange_tenant_rate", kAllP, 400, 599, E(0,7,705), "", kD, F::kRateLimited, S::kSite, "550 5.7.705 The tenant is above its threshold"},
  {"exchange_sender_rate", kAllP, 400, 599, E(0,2,251,255), "", kD, F::kRateLimited, S::kSite, "550 5.2.252 Sender throttled"},
  {"icloud_busy", kAllP, 400, 499, E(4,7,1), "service unavailable", kD, F::kRateLimited, S::kSite, "451 4.7.1 Service unavailable, later"},
  {"qq_frequency", kAllP, 400, 599, kAny, "frequency limited", kD, F::kRateLimited, S::kSite, "550 Connection frequency limited"},
  {"netease_rate", kAllP, 400, 599, kAny, "hl:i[cf]c|mi:(?:cel|dmc|ccl|sfq|stc)|rp:(?:cel|drc|ccl|qrc|trc|rcl)", kD, F::kRateLimited, S::kSite, "450 MI:DMC 163 smtp1"},
  {"ses_throttling", kAllP, 400, 599, kAny, "throttling failure|(?:maximum )?sending (?:rate|quota) exceeded|daily message quota exceeded",
    kD, F::kRateLimited, S::kSite, "454 Throttling failure: slow down"},
  {"any_rate", kAllP, 400, 599, kAny, "too many (?:concurrent )?(?:smtp )?(?:connections|messages|sessions)|connections? (?:rate )?limit exceeded|connection rate limit|"
      "(?:message )?rate limit(?:ed| exceeded)|message rate|(?:hourly|daily) limit|mails per session|messages? per connection|quota of messages",
    kD, F::kRateLimited, S::kSite, "451 Too many concurrent SMTP connections"},
  {"any_too_many_recipients", kAllP, 400, 599, kAny, "too many recipients|too much recipient", kD, F::kRateLimited, S::kMessage, "452 Too many recipients"},
  {"iana_x53_too_many_recipients", kAllP, 400, 599, E(0,5,3), "", kD, F::kRateLimited, S::kMessage, "452 4.5.3 That is enough"},
  // Greylisters: who comes again is let in.
  {"any_greylisting", kAllP, 400, 499, kAny, "gr[ea]y[- ]?list(?:ed|ing)?|postgrey", kD, F::kGreylisted, S::kRecipient, "450 4.2.0 Greylisted, see the postmaster"},
  {"any_come_again", kAfterMailP, 400, 499, kAny, "(?:try|retry|come back)(?: again)? (?:in|after) [\\d:]+(?: (?:seconds?|minutes?|s))?",
    kD, F::kGreylisted, S::kRecipient, "451 4.7.1 Please try again in 300 seconds"},
  {"postfix_postscreen", kRcptP, 400, 499, E(4,3,2), "service currently unavailable", kD, F::kGreylisted, S::kRecipient, "450 4.3.2 Service currently unavailable"},

  // ---- Our domain's papers: SPF, DKIM, DMARC, reverse DNS, a verified sender.
  {"outlook_papers", kAllP, 500, 599, E(5,7,515), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.515 Sign your mail"},
  {"outlook_dmarc", kAllP, 500, 599, E(5,7,509), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.509 Your policy says reject"},
  {"exchange_unregistered_domain", kAllP, 500, 599, E(5,7,750), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.750 Unregistered domain"},
  {"exchange_may_not_send_as", kAllP, 500, 599, E(5,7,60), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.60 Not as this sender"},
  {"exchange_tenant", kAllP, 500, 599, E(5,7,64), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.64 TenantAttribution"},
  {"exchange_anonymous", kAllP, 500, 599, E(5,7,57), "", kD, F::kAuthFailed, S::kConfig, "530 5.7.57 Who are you"},
  {"gmail_dmarc", kAllP, 400, 599, E(0,7,40), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.40 Publish a record first"},
  {"yahoo_papers", kAllP, 500, 599, E(5,7,9), "policy reasons", kD, F::kPolicyAuth, S::kConfig, "554 5.7.9 Refused for policy reasons"},
  {"netease_papers", kAllP, 400, 599, kAny, "mi:(?:spf|dma)|rp:frl", kD, F::kPolicyAuth, S::kConfig, "550 MI:SPF 163 smtp2"},
  {"qq_papers", kAllP, 500, 599, kAny, "domain may not exist or dns check failed", kD, F::kPolicyAuth, S::kConfig, "550 Domain may not exist or DNS check failed"},
  {"any_papers", kAllP, 400, 599, kAny, "unauthenticated e?mail|sender is unauthenticated|(?:dmarc|spf|dkim) (?:policy|verification|validation|check|failed|failure)|required authentication level",
    kD, F::kPolicyAuth, S::kConfig, "550 5.7.1 Refused due to your DMARC policy"},
  {"ses_identity", kAllP, 500, 599, kAny, "address (?:is )?not verified|identities failed the check|sending (?:is )?paused|account is disabled for sending|not authorized to perform",
    kD, F::kPolicyAuth, S::kConfig, "554 The address is not verified"},
  {"postfix_not_owned", kAllP, 500, 599, kAny, "sender address rejected: not (?:owned|logged in)", kD, F::kPolicyAuth, S::kConfig, "553 5.7.1 <a@b.test>: Sender address rejected: not owned by user x"},
  {"any_relay_denied", kAllP, 500, 599, kAny, "relay(?:ing)? (?:is )?(?:access )?(?:denied|not permitted|not allowed|prohibited)|unable to relay|not permitted to relay|do not relay",
    kD, F::kPolicyAuth, S::kConfig, "554 5.7.1 <x@y.test>: Relay access denied"},

  // ---- Our address is on somebody's list.
  {"yahoo_blocked", kAllP, 500, 599, kAny, "tss?\\d\\d|bl\\d\\d", kF, F::kIpReputation, S::kSource, "553 5.7.2 [TSS11] Refused for good"},
  {"outlook_blocked", kAllP, 500, 599, E(5,7,606,649), "", kF, F::kIpReputation, S::kSource, "550 5.7.606 Banned"},
  {"outlook_delisting", kAllP, 500, 599, E(5,7,511), "", kF, F::kIpReputation, S::kSource, "550 5.7.511 Ask to be delisted"},
  {"outlook_policy", kAllP, 500, 599, kAny, "(?:sc|dy|ou)-00[1-4]", kF, F::kIpReputation, S::kSource, "550 SC-001 Refused"},
  {"exchange_blocked", kAllP, 500, 599, E(5,7,708), "", kF, F::kIpReputation, S::kSource, "550 5.7.708 No traffic from here"},
  {"exchange_banned_sender", kAllP, 500, 599, E(5,7,501,503), "", kF, F::kSenderRejected, S::kSource, "550 5.7.501 Banned sender"},
  {"gmail_unsolicited_rate", kAllP, 500, 599, kAny, "unusual rate of unsolicited", kF, F::kIpReputation, S::kSource, "550 5.7.1 We see an unusual rate of unsolicited mail"},
  {"qq_suspected", kAllP, 500, 599, kAny, "suspected (?:spam ip|bounce attacks)", kF, F::kIpReputation, S::kSource, "550 Suspected spam ip"},
  {"netease_blocked", kAllP, 500, 599, kAny, "hl:(?:ihu|ipb|rep|mep)|dt:rbl|wm:bl[iu]", kF, F::kIpReputation, S::kSource, "554 HL:IHU 163 smtp3"},
  {"netease_suspected", kAllP, 400, 499, kAny, "hl:(?:rep|mep)|dt:rbl|wm:bl[iu]", kD, F::kIpReputation, S::kSource, "421 HL:REP 163 smtp4"},
  {"any_blocklist", kAllP, 500, 599, kAny, "spamhaus|spamcop|dnsbl|rbl|(?:block|black)[- ]?list(?:ed)?|blocked using|banned sending ip|(?:very )?(?:poor|low|bad) reputation",
    kF, F::kIpReputation, S::kSource, "554 5.7.1 Client blocked using zen.spamhaus.org"},
  {"any_blocklist_for_now", kAllP, 400, 499, kAny, "spamhaus|spamcop|dnsbl|rbl|(?:block|black)[- ]?list(?:ed)?|blocked using|ip reputation|(?:very )?(?:poor|low|bad) reputation",
    kD, F::kIpReputation, S::kSource, "450 4.7.1 Client listed at Spamhaus"},
  {"any_no_hostname_for_now", kAllP, 400, 499, kAny, "cannot find your (?:reverse )?hostname|reverse dns|ptr record", kD, F::kIpReputation, S::kSource, "450 4.7.25 Client host rejected: cannot find your hostname"},  // Postfix
  {"any_no_hostname", kAllP, 500, 599, kAny, "cannot find your (?:reverse )?hostname|reverse dns|ptr record", kD, F::kPolicyAuth, S::kConfig, "550 5.7.25 No PTR record"},
  {"any_sender_callout", kAfterMailP, 500, 599, kAny, "sender verify failed|sender verification failed", kF, F::kSenderRejected, S::kSource, "550 Sender verify failed"},  // Exim
  {"any_sender_callout_for_now", kAfterMailP, 400, 499, kAny, "could not complete sender verify|sender verify defer(?:red)?", kD, F::kSenderRejected, S::kSource, "451 Could not complete sender verify callout"},
  {"netease_sender", kAllP, 500, 599, kAny, "mi:spb", kF, F::kSenderRejected, S::kSource, "554 MI:SPB 163 smtp5"},

  // ---- Providers whose code says something else than the registry.
  {"exchange_no_recipient", kAllP, 500, 599, E(5,4,1), "access denied", kF, F::kInvalidRecipient, S::kRecipient, "550 5.4.1 Recipient address rejected: Access denied"},
  {"exchange_recipient_not_found", kAllP, 500, 599, E(5,1,10), "recipientnotfound|recipient not found", kF, F::kInvalidRecipient, S::kRecipient, "550 5.1.10 RESOLVER.ADR.RecipientNotFound"},
  {"outlook_no_recipient", kAllP, 500, 599, E(5,5,0), "mailbox unavailable", kF, F::kInvalidRecipient, S::kRecipient, "550 5.5.0 Requested action not taken: mailbox unavailable"},
  {"exchange_no_domain", kAllP, 500, 599, E(5,4,310), "", kF, F::kBadDomain, S::kRecipient, "550 5.4.310 No such domain"},
  {"exchange_outsiders_refused", kAllP, 500, 599, E(5,7,12), "not authenticated by organization", kF, F::kOther, S::kRecipient, "550 5.7.12 Sender was not authenticated by organization"},
  {"exchange_senders_restricted", kAllP, 500, 599, E(5,7,124,136), "", kF, F::kOther, S::kRecipient, "550 5.7.133 Members only"},
  {"icloud_inactive", kAllP, 500, 599, E(5,1,1), "inactive|deactivated", kF, F::kInactiveMailbox, S::kRecipient, "550 5.1.1 Inactive email address"},
  {"netease_spam_for_now", kAllP, 400, 499, kAny, "dt:spm", kD, F::kSpamContent, S::kMessage, "451 DT:SPM 163 smtp6, again later"},
  {"any_filter_by_code", kAllP, 500, 599, kAny, "dt:(?:spm|sum)|mail content denied|hm0\\d|cs01|ph01", kF, F::kSpamContent, S::kMessage, "554 5.7.1 [HM08] Refused"},  // NetEase, QQ, iCloud, Yahoo
  {"qq_recipient_refuses", kAllP, 500, 599, kAny, "rejected by recipients?", kF, F::kOther, S::kRecipient, "550 Mail is rejected by recipients"},

  // ---- Ours to mend, whatever the phase: authentication and TLS (RFC 4954 section 6, RFC 3207 section 4).
  {"any_starttls", kAllP, 400, 599, kAny, "must issue a starttls|starttls (?:command )?(?:is )?(?:required|first)|tls (?:is )?required|requires? tls", kD, F::kTlsFailure, S::kConfig, "530 5.7.0 Must issue a STARTTLS command first"},
  {"any_530", kAllP, 530, 530, kAny, "", kD, F::kAuthFailed, S::kConfig, "530 5.7.0 Log in"},
  {"any_534", kAllP, 534, 534, kAny, "", kD, F::kAuthFailed, S::kConfig, "534 5.7.9 Too weak"},
  {"any_535", kAllP, 535, 535, kAny, "", kD, F::kAuthFailed, S::kConfig, "535 5.7.8 Wrong password"},
  {"any_538", kAllP, 538, 538, kAny, "", kD, F::kAuthFailed, S::kConfig, "538 5.7.11 Encrypt"},
  {"any_525", kAllP, 525, 525, kAny, "", kD, F::kAuthFailed, S::kConfig, "525 5.7.13 Closed"},
  {"iana_78_credentials", kAllP, 500, 599, E(5,7,8,9), "", kD, F::kAuthFailed, S::kConfig, "550 5.7.8 No"},
  {"iana_710_encryption", kAllP, 500, 599, E(5,7,10), "", kD, F::kTlsFailure, S::kConfig, "550 5.7.10 Encrypt"},
  {"iana_711_account", kAllP, 500, 599, E(5,7,11,13), "", kD, F::kAuthFailed, S::kConfig, "550 5.7.13 Closed"},
  {"iana_56_mechanism", kAllP, 500, 599, E(5,5,6), "", kD, F::kAuthFailed, S::kConfig, "550 5.5.6 Too long"},
  {"iana_714_trust", kAllP, 500, 599, E(5,7,14), "", kD, F::kPolicyAuth, S::kConfig, "550 5.7.14 Not trusted"},
  // Out of step: the connection is dropped; neither message nor site is to blame.
  {"any_503", kAllP, 503, 503, kAny, "", kD, F::kProtocolError, S::kMessage, "503 5.5.1 EHLO first"},

  // ---- The registry: addresses.
  {"iana_11", kAllP, 500, 599, E(5,1,1), "",   kF, F::kInvalidRecipient, S::kRecipient, "550 5.1.1 Who"},
  {"iana_12", kAllP, 500, 599, E(5,1,2), "",   kF, F::kBadDomain,        S::kRecipient, "550 5.1.2 Where"},
  {"iana_13", kAllP, 500, 599, E(5,1,3,4), "", kF, F::kInvalidRecipient, S::kRecipient, "553 5.1.3 What"},
  {"iana_16", kAllP, 500, 599, E(5,1,6), "",   kF, F::kInactiveMailbox,  S::kRecipient, "551 5.1.6 Moved"},
  {"iana_17", kAllP, 500, 599, E(5,1,7,8), "", kF, F::kSenderRejected,   S::kSource,    "550 5.1.8 Your domain"},
  {"iana_19", kAllP, 500, 599, E(5,1,9), "",   kF, F::kOther,            S::kMessage,   "550 5.1.9 Another network"},
  {"iana_110", kAllP, 500, 599, E(5,1,10), "", kF, F::kNullMx,           S::kRecipient, "556 5.1.10 Null MX"},
  {"iana_411", kAllP, 400, 499, E(4,1,1), "",  kD, F::kInvalidRecipient, S::kRecipient, "450 4.1.1 Perhaps"},
  {"iana_412", kAllP, 400, 499, E(4,1,2), "",  kD, F::kBadDomain,        S::kRecipient, "450 4.1.2 Perhaps"},
  {"iana_417", kAllP, 400, 499, E(4,1,7,8), "", kD, F::kSenderRejected,  S::kSource,    "450 4.1.8 Your domain"},
  // Mailboxes.
  {"iana_21", kAllP, 500, 599, E(5,2,1), "",   kF, F::kInactiveMailbox,  S::kRecipient, "550 5.2.1 Closed"},
  {"iana_22", kAllP, 500, 599, E(5,2,2), "",   kF, F::kMailboxFull,      S::kRecipient, "552 5.2.2 Full"},
  {"iana_23", kAllP, 500, 599, E(5,2,3), "",   kF, F::kTooLarge,         S::kMessage,   "552 5.2.3 Long"},
  {"iana_24", kAllP, 500, 599, E(5,2,4), "",   kF, F::kOther,            S::kRecipient, "550 5.2.4 List"},
  {"iana_421", kAllP, 400, 499, E(4,2,1), "",  kD, F::kInactiveMailbox,  S::kRecipient, "450 4.2.1 Closed"},
  {"iana_422", kAllP, 400, 499, E(4,2,2), "",  kD, F::kMailboxFull,      S::kRecipient, "452 4.2.2 Full"},
  // The relay's own state: the site's, never a bounce.
  {"iana_31", kAllP, 400, 599, E(0,3,1,2), "", kD, F::kOther,            S::kSite,      "452 4.3.1 Disk"},
  {"iana_430", kAllP, 400, 499, E(4,3,0), "",  kD, F::kOther,            S::kSite,      "451 4.3.0 Oh"},
  {"iana_33", kAllP, 500, 599, E(5,3,3), "",   kF, F::kOther,            S::kMessage,   "550 5.3.3 Cannot"},
  {"iana_34", kAllP, 500, 599, E(5,3,4), "",   kF, F::kTooLarge,         S::kMessage,   "552 5.3.4 Long"},
  {"iana_434", kAllP, 400, 499, E(4,3,4), "",  kD, F::kTooLarge,         S::kMessage,   "452 4.3.4 Long"},
  {"iana_35", kAllP, 400, 599, E(0,3,5), "",   kD, F::kOther,            S::kSite,      "451 4.3.5 Oh"},
  // Network and routing beyond the relay.
  {"iana_41", kAllP, 500, 599, E(5,4,1), "",   kF, F::kBadDomain,        S::kRecipient, "550 5.4.1 No answer"},
  {"iana_441", kAllP, 400, 499, E(4,4,1), "",  kD, F::kConnectFailure,   S::kRecipient, "450 4.4.1 No answer"},
  {"iana_42", kAllP, 400, 599, E(0,4,2), "",   kD, F::kConnectFailure,   S::kSite,      "451 4.4.2 Bad line"},
  {"iana_43", kAllP, 400, 599, E(0,4,3), "",   kD, F::kDnsFailure,       S::kSite,      "451 4.4.3 DNS"},
  {"iana_44", kAllP, 500, 599, E(5,4,4), "",   kF, F::kBadDomain,        S::kRecipient, "550 5.4.4 No route"},
  {"iana_444", kAllP, 400, 499, E(4,4,4), "",  kD, F::kDnsFailure,       S::kRecipient, "450 4.4.4 No route"},
  {"iana_45", kAllP, 400, 599, E(0,4,5), "",   kD, F::kRateLimited,      S::kSite,      "451 4.4.5 Congestion"},
  {"iana_46", kAllP, 500, 599, E(5,4,6), "",   kF, F::kBadDomain,        S::kRecipient, "554 5.4.6 Loop"},
  {"iana_47", kAllP, 500, 599, E(5,4,7), "",   kF, F::kTimeout,          S::kRecipient, "550 5.4.7 Old"},
  {"iana_447", kAllP, 400, 499, E(4,4,7), "",  kD, F::kTimeout,          S::kRecipient, "450 4.4.7 Old"},
  // Protocol.
  {"iana_51", kAllP,  500, 599, E(5,5,1), "",  kD, F::kProtocolError,    S::kMessage,   "554 5.5.1 No valid recipients"},
  {"iana_52_rcpt", kRcptP, 500, 599, E(5,5,2), "", kF, F::kInvalidRecipient, S::kRecipient, "501 5.5.2 Syntax"},
  {"iana_54_rcpt", kRcptP, 500, 599, E(5,5,4), "", kF, F::kInvalidRecipient, S::kRecipient, "501 5.5.4 Arguments"},
  {"iana_52", kMailP | kDataP | kContentP, 500, 599, E(5,5,2), "", kF, F::kProtocolError, S::kMessage, "500 5.5.2 Syntax"},
  {"iana_54", kMailP | kDataP | kContentP, 500, 599, E(5,5,4), "", kF, F::kProtocolError, S::kMessage, "555 5.5.4 Arguments"},
  {"iana_55", kAllP,  500, 599, E(5,5,5), "",  kF, F::kProtocolError,    S::kMessage,   "550 5.5.5 Version"},
  // Content.
  {"iana_67", kAllP, 500, 599, E(5,6,7), "",   kF, F::kUtf8Unsupported,  S::kRecipient, "553 5.6.7 ASCII"},
  {"iana_68", kAllP, 500, 599, E(5,6,8,10), "", kF, F::kUtf8Unsupported, S::kMessage,   "550 5.6.9 ASCII"},
  {"iana_60", kAllP, 500, 599, E(5,6,0,6), "", kF, F::kOther,            S::kMessage,   "554 5.6.0 Media"},

  // ---- Words that many servers use, with 5.7.x, x.0.0 or no enhanced code.
  {"words_spam", kAllP, 500, 599, kAny, "spam|unsolicited|virus|malware|phishing|junk mail|content rejected", kF, F::kSpamContent, S::kMessage, "554 5.7.1 It looks like spam"},
  {"words_full", kAfterMailP, 500, 599, kAny, "mailbox (?:is )?full|(?:over|exceeds|exceeded|out of) (?:\\w+ )?(?:quota|storage)|overquota|quota (?:exceeded|full)",
    kF, F::kMailboxFull, S::kRecipient, "552 The mailbox is full"},
  {"words_full_for_now", kAfterMailP, 400, 499, kAny, "mailbox (?:is )?full|(?:over|exceeds|exceeded|out of) (?:\\w+ )?(?:quota|storage)|overquota|quota (?:exceeded|full)",
    kD, F::kMailboxFull, S::kRecipient, "452 Over quota"},
  {"words_inactive", kAfterMailP, 500, 599, kAny, "(?:account|user|mailbox|recipient|address)[:]? (?:\\S+ ){0,3}(?:disabled|inactive|deactivated|discontinued|suspended|locked|closed|expired)|"
      "(?:disabled|inactive|deactivated|suspended) (?:account|user|mailbox|recipient)", kF, F::kInactiveMailbox, S::kRecipient, "554 This account has been disabled"},
  {"words_unknown", kAfterMailP, 500, 599, kAny, "(?:user|recipient|address|mailbox|account|local part) (?:is )?(?:unknown|not found|not known)|(?:unknown|invalid|no such) (?:\\w+ )?(?:user|recipient|address|mailbox|account)|"
      "no mailbox|user not exist|(?:does not|doesn't) exist|doesn't have an?|not a valid (?:mailbox|recipient)|unknown local|un?rout(?:e)?able address", kF, F::kInvalidRecipient, S::kRecipient, "550 No such user here"},
  {"words_too_large", kAllP, 500, 599, kAny, "message (?:is )?too (?:large|big|long)|(?:message )?size (?:exceeds|limit)|exceeds maximum|exceeded mailsize limit", kF, F::kTooLarge, S::kMessage, "552 Message size exceeds what we take"},
  {"words_smtputf8", kAllP, 500, 599, kAny, "smtputf8", kF, F::kUtf8Unsupported, S::kRecipient, "550 SMTPUTF8 needed"},

  // ---- The registry: policy. Vague by nature, so the phase decides.
  {"iana_715", kAllP, 400, 599, E(0,7,15), "",     kD, F::kRateLimited,      S::kSite,      "450 4.7.15 Priority"},
  {"iana_716", kAllP, 500, 599, E(5,7,16), "",     kF, F::kTooLarge,         S::kMessage,   "550 5.7.16 Long"},
  {"iana_717", kAllP, 500, 599, E(5,7,17), "",     kF, F::kInvalidRecipient, S::kRecipient, "550 5.7.17 New owner"},   // RFC 7293
  {"iana_718", kAllP, 500, 599, E(5,7,18), "",     kF, F::kBadDomain,        S::kRecipient, "550 5.7.18 New owner"},
  {"iana_77",  kAllP, 400, 599, E(0,7,7), "",      kD, F::kPolicyAuth,       S::kConfig,    "550 5.7.7 Integrity"},
  {"iana_720", kAllP, 400, 599, E(0,7,20,27), "",  kD, F::kPolicyAuth,       S::kConfig,    "550 5.7.26 Sign"},        // RFC 7372, RFC 7505
  {"iana_729", kAllP, 400, 599, E(0,7,29,32), "",  kD, F::kPolicyAuth,       S::kConfig,    "550 5.7.30 Sign"},        // And Gmail's own
  {"iana_470", kAllP, 400, 499, E(4,7,0), "",      kD, F::kRateLimited,      S::kSite,      "421 4.7.0 Later"},
  {"iana_471", kAllP, 400, 499, E(4,7,1), "",      kD, F::kGreylisted,       S::kRecipient, "451 4.7.1 Later"},
  {"iana_70_mail", kMailP, 500, 599, E(5,7,0,1), "", kF, F::kSenderRejected, S::kSource,    "550 5.7.1 No"},
  {"iana_70_rcpt", kRcptP | kDataP, 500, 599, E(5,7,0,1), "", kF, F::kOther, S::kMessage,   "550 5.7.1 No"},
  {"iana_70_content", kContentP, 500, 599, E(5,7,0,1), "", kF, F::kSpamContent, S::kMessage, "550 5.7.1 No"},
  {"iana_72",  kAllP, 500, 599, E(5,7,2), "",      kF, F::kOther,            S::kRecipient, "550 5.7.2 List"},
  {"iana_73",  kAllP, 500, 599, E(5,7,3,6), "",    kF, F::kOther,            S::kMessage,   "550 5.7.4 Security"},

  // ---- Plain codes. A policy that is told in words is not a missing recipient.
  {"plain_421", kAllP, 421, 421, kAny, "", kD, F::kOther, S::kSite, "421 Bye"},
  {"plain_452_rcpt", kRcptP, 452, 452, kAny, "", kD, F::kRateLimited, S::kMessage, "452 Enough"},   // RFC 5321 4.5.3.1.10
  {"plain_552_rcpt", kRcptP, 552, 552, kAny, "", kD, F::kRateLimited, S::kMessage, "552 Enough"},   // The same, from servers of RFC 821's time.
  {"plain_4yz_rcpt", kRcptP, 400, 499, kAny, "", kD, F::kOther, S::kRecipient, "450 Later"},
  {"plain_4yz_mail", kMailP | kDataP, 400, 499, kAny, "", kD, F::kOther, S::kSite, "451 Later"},
  {"plain_452_content", kContentP, 452, 452, kAny, "", kD, F::kOther, S::kSite, "452 Later"},
  {"plain_4yz_content", kContentP, 400, 499, kAny, "", kD, F::kOther, S::kMessage, "451 Later"},
  {"plain_556", kAllP, 556, 556, kAny, "", kF, F::kNullMx, S::kRecipient, "556 No mail here"},      // RFC 7504
  {"plain_521", kAllP, 521, 521, kAny, "", kD, F::kOther, S::kSite, "521 No mail here"},            // RFC 7504: this host takes no mail; another may.
  {"plain_552", kMailP | kContentP, 552, 552, kAny, "", kF, F::kTooLarge, S::kMessage, "552 Long"},
  {"words_policy_rcpt", kRcptP, 500, 599, kAny, "administrative prohibition|access denied|policy|not authori[sz]ed|permission denied|sender (?:address )?(?:rejected|denied)|blocked",
    kF, F::kOther, S::kMessage, "550 Administrative prohibition"},                                   // Exim
  {"plain_550_rcpt", kRcptP, 550, 551, kAny, "", kF, F::kInvalidRecipient, S::kRecipient, "550 No"},
  {"plain_553_rcpt", kRcptP, 553, 553, kAny, "", kF, F::kInvalidRecipient, S::kRecipient, "553 No"},
  {"plain_555_rcpt", kRcptP, 555, 555, kAny, "", kF, F::kInvalidRecipient, S::kRecipient, "555 No"},
  {"plain_501_rcpt", kRcptP, 501, 501, kAny, "", kF, F::kInvalidRecipient, S::kRecipient, "501 No"},
  {"plain_500", kAllP,  500, 502, kAny, "", kF, F::kProtocolError, S::kMessage, "502 No"},
  {"plain_504", kAllP,  504, 504, kAny, "", kF, F::kProtocolError, S::kMessage, "504 No"},
  {"plain_555_mail", kMailP, 555, 555, kAny, "", kF, F::kProtocolError, S::kMessage, "555 No"},
  {"plain_5yz_mail", kMailP, 500, 599, kAny, "", kF, F::kSenderRejected, S::kSource, "550 No"},
  {"plain_5yz", kAfterMailP, 500, 599, kAny, "", kF, F::kOther, S::kMessage, "554 No"},
};
// clang-format on

}  // namespace

std::span<const Rule> Rules() { return kRules; }

}  // namespace posthaste::smtp::rules

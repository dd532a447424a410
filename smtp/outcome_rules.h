// The table behind Judge(): what relays say, and what it means. First match wins.
//
// Order: what single providers mean by their own words; the IANA registry of enhanced status codes
// (RFC 3463, RFC 5248); words that many servers use; plain codes by phase (RFC 5321 4.2.2). Two
// rules hold for every row and are tested: a failure of the site or of our configuration never
// bounces mail, and no row stands in another's shadow. Words are compared as bytes, ASCII letters
// without case; text in other languages or charsets never decides.
#pragma once

#include <cstdint>
#include <string_view>

#include "smtp/outcome.h"

namespace posthaste::smtp::rules {

// Which enhanced codes a row speaks of.
struct Enhanced {
  enum class Kind : uint8_t { kIgnored, kCode };
  Kind kind = Kind::kIgnored;
  uint8_t klass = 0;  // 4, 5, or 0 for both.
  uint16_t subject = 0, detail_min = 0, detail_max = 0;
};

struct Rule {
  uint16_t phases;  // Bits 1 << Phase.
  uint16_t code_min, code_max;
  Enhanced enhanced;
  std::string_view text;  // Any of these, '|' between; empty = whatever it says.
  Verdict verdict;
  FailureClass failure_class;
  Scope scope;
};

constexpr uint16_t Bit(Phase phase) { return static_cast<uint16_t>(1u << static_cast<int>(phase)); }
inline constexpr uint16_t kMailP = Bit(Phase::kMail), kRcptP = Bit(Phase::kRcpt),
                          kDataP = Bit(Phase::kData),
                          kContentP = Bit(Phase::kBody) | Bit(Phase::kDot),
                          kAfterMailP = kRcptP | kDataP | kContentP, kAllP = kMailP | kAfterMailP;

inline constexpr Enhanced kAny{};
constexpr Enhanced E(int klass, int subject, int detail, int detail_max = -1) {
  return {Enhanced::Kind::kCode, static_cast<uint8_t>(klass), static_cast<uint16_t>(subject),
          static_cast<uint16_t>(detail),
          static_cast<uint16_t>(detail_max < 0 ? detail : detail_max)};
}

inline constexpr Verdict kD = Verdict::kDeferred, kF = Verdict::kBounced;
using F = FailureClass;
using S = Scope;

// clang-format off
inline constexpr Rule kRules[] = {
  // Rates, in the words of the providers that do not say it with a code.
  {kAllP, 400, 599, E(0,7,28), "", kD, F::kRateLimited, S::kSite},                                 // Gmail, and IANA: mail flood
  {kAllP, 400, 599, kAny, "receiving mail too quickly|receiving mail at a rate|receiving email at a rate",
                                                                   kD, F::kRateLimited, S::kRecipient},  // Gmail 4.2.1, 5.2.1
  {kAllP, 400, 499, kAny, "unusual rate of|[tss|rp-001|rp-002|rp-003", kD, F::kRateLimited, S::kSite},   // Gmail, Yahoo, Outlook
  {kAllP, 400, 599, kAny, "frequency limited|rp:cel|rp:qrc|rp:trc|rp:rcl|mi:cel|mi:dmc|mi:ccl",
                                                                   kD, F::kRateLimited, S::kSite},       // QQ, NetEase
  {kAllP, 400, 599, kAny, "throttling failure|sending rate exceeded|sending quota exceeded",
                                                                   kD, F::kRateLimited, S::kSite},       // Amazon SES
  {kAllP, 400, 599, E(0,7,650,652), "", kD, F::kRateLimited, S::kSite},                            // Outlook
  {kAllP, 400, 499, E(4,7,500), "",     kD, F::kRateLimited, S::kSite},                            // Outlook: server busy
  {kAllP, 400, 599, E(0,7,705), "",     kD, F::kRateLimited, S::kSite},                            // Exchange Online
  {kAllP, 400, 599, kAny, "too many connections|too many messages|too many concurrent|connection limit exceeded|"
          "connections limit exceeded|connection rate limit|rate limit exceeded|rate limited|message rate|"
          "quota of messages|hourly limit|daily limit|mails per session",
                                                                   kD, F::kRateLimited, S::kSite},
  {kAllP, 400, 599, kAny, "too many recipients",                   kD, F::kRateLimited, S::kMessage},
  {kAllP, 400, 599, E(0,5,3), "",                                  kD, F::kRateLimited, S::kMessage},
  {kAllP, 400, 499, kAny, "greylist|graylist|grey-list|gray-list|grey list|gray list|postgrey",
                                                                   kD, F::kGreylisted, S::kRecipient},

  // Our domain's papers: SPF, DKIM, DMARC, reverse DNS, a verified sender.
  {kAllP, 500, 599, E(5,7,515), "", kD, F::kPolicyAuth, S::kConfig},                               // Outlook
  {kAllP, 500, 599, E(5,7,509), "", kD, F::kPolicyAuth, S::kConfig},                               // Outlook: DMARC
  {kAllP, 500, 599, E(5,7,750), "", kD, F::kPolicyAuth, S::kConfig},                               // Exchange Online: unregistered domain
  {kAllP, 500, 599, E(5,7,60),  "", kD, F::kPolicyAuth, S::kConfig},                               // Exchange: may not send as
  {kAllP, 500, 599, E(5,7,64),  "", kD, F::kPolicyAuth, S::kConfig},                               // Exchange Online: tenant
  {kAllP, 500, 599, E(5,7,57),  "", kD, F::kAuthFailed, S::kConfig},                               // Exchange: not authenticated
  {kAllP, 500, 599, E(5,7,40),  "", kD, F::kPolicyAuth, S::kConfig},                               // Gmail: no DMARC record
  {kAllP, 400, 599, kAny, "unauthenticated email|dmarc policy|dmarc verification|dmarc check|required authentication level|"
          "spf check|dkim check|[ms42]",                           kD, F::kPolicyAuth, S::kConfig},
  {kAllP, 500, 599, E(5,7,9), "policy reasons", kD, F::kPolicyAuth, S::kConfig},                   // Yahoo
  {kAllP, 500, 599, kAny, "address is not verified|address not verified|sending paused|account is disabled for sending|"
          "sender address rejected: not owned", kD, F::kPolicyAuth, S::kConfig},                   // SES, Postfix
  {kAllP, 500, 599, kAny, "relay access denied|relaying denied|relay not permitted|unable to relay|not permitted to relay",
                                                                   kD, F::kPolicyAuth, S::kConfig},

  // Our address is on somebody's list.
  {kAllP, 500, 599, kAny, "spamhaus|block list|blocklist|blacklist|blocked using|black list|banned sending ip|[bl|"
          "poor reputation|low reputation|bad reputation|very low reputation", kF, F::kIpReputation, S::kSource},
  {kAllP, 400, 499, kAny, "spamhaus|block list|blocklist|blacklist|blocked using|black list|ip reputation|low reputation|"
          "poor reputation",                                       kD, F::kIpReputation, S::kSource},
  {kAllP, 500, 599, E(5,7,606,649), "", kF, F::kIpReputation, S::kSource},                         // Outlook
  {kAllP, 500, 599, E(5,7,708), "",     kF, F::kIpReputation, S::kSource},                         // Exchange Online
  {kAllP, 500, 599, E(5,7,501,503), "", kF, F::kSenderRejected, S::kSource},                       // Exchange Online
  {kAllP, 500, 599, E(5,7,511), "",     kF, F::kIpReputation, S::kSource},                         // Outlook
  {kAllP, 400, 499, kAny, "cannot find your hostname|cannot find your reverse hostname|reverse dns|ptr record",
                                                                   kD, F::kIpReputation, S::kSource},    // Postfix
  {kAllP, 500, 599, kAny, "cannot find your hostname|cannot find your reverse hostname|reverse dns|ptr record",
                                                                   kD, F::kPolicyAuth, S::kConfig},

  // Providers whose code says something else than the registry.
  {kAllP, 500, 599, E(5,4,1), "access denied", kF, F::kInvalidRecipient, S::kRecipient},           // Exchange Online
  {kAllP, 500, 599, E(5,1,10), "recipientnotfound|recipient not found", kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP, 500, 599, E(5,5,0), "mailbox unavailable", kF, F::kInvalidRecipient, S::kRecipient},     // Outlook
  {kAllP, 500, 599, kAny, "dt:spm|mail content denied|[hm08]|[cs01]", kF, F::kSpamContent, S::kMessage}, // NetEase, QQ, iCloud

  // Ours to mend, whatever the phase: authentication and TLS (RFC 4954 section 6, RFC 3207 section 4).
  {kAllP, 500, 599, kAny, "must issue a starttls|starttls is required|starttls required", kD, F::kTlsFailure, S::kConfig},
  {kAllP, 530, 530, kAny, "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 534, 535, kAny, "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 538, 538, kAny, "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 525, 525, kAny, "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 500, 599, E(5,7,8,9),   "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 500, 599, E(5,7,10),    "", kD, F::kTlsFailure, S::kConfig},
  {kAllP, 500, 599, E(5,7,11,13), "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 500, 599, E(5,5,6),     "", kD, F::kAuthFailed, S::kConfig},
  {kAllP, 500, 599, E(5,7,14),    "", kD, F::kPolicyAuth, S::kConfig},
  // Out of step: the connection is dropped, the message is not to blame.
  {kAllP, 503, 503, kAny, "", kD, F::kProtocolError, S::kSite},

  // The registry: addresses.
  {kAllP, 500, 599, E(5,1,1), "",   kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP, 500, 599, E(5,1,2), "",   kF, F::kBadDomain,        S::kRecipient},
  {kAllP, 500, 599, E(5,1,3,4), "", kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP, 500, 599, E(5,1,6), "",   kF, F::kInactiveMailbox,  S::kRecipient},
  {kAllP, 500, 599, E(5,1,7,8), "", kF, F::kSenderRejected,   S::kSource},
  {kAllP, 500, 599, E(5,1,9), "",   kF, F::kOther,            S::kMessage},
  {kAllP, 500, 599, E(5,1,10), "",  kF, F::kNullMx,           S::kRecipient},
  {kAllP, 400, 499, E(4,1,1), "",   kD, F::kInvalidRecipient, S::kRecipient},
  {kAllP, 400, 499, E(4,1,2), "",   kD, F::kBadDomain,        S::kRecipient},
  {kAllP, 400, 499, E(4,1,7,8), "", kD, F::kSenderRejected,   S::kSource},
  // Mailboxes.
  {kAllP, 500, 599, E(5,2,1), "",   kF, F::kInactiveMailbox,  S::kRecipient},
  {kAllP, 500, 599, E(5,2,2), "",   kF, F::kMailboxFull,      S::kRecipient},
  {kAllP, 500, 599, E(5,2,3), "",   kF, F::kTooLarge,         S::kMessage},
  {kAllP, 500, 599, E(5,2,4), "",   kF, F::kOther,            S::kRecipient},
  {kAllP, 400, 499, E(4,2,1), "",   kD, F::kInactiveMailbox,  S::kRecipient},
  {kAllP, 400, 499, E(4,2,2), "",   kD, F::kMailboxFull,      S::kRecipient},
  // The relay's own state: site, never a bounce.
  {kAllP, 400, 599, E(0,3,1,2), "", kD, F::kOther,            S::kSite},
  {kAllP, 400, 499, E(4,3,0), "",   kD, F::kOther,            S::kSite},
  {kAllP, 500, 599, E(5,3,3), "",   kF, F::kOther,            S::kMessage},
  {kAllP, 500, 599, E(5,3,4), "",   kF, F::kTooLarge,         S::kMessage},
  {kAllP, 400, 499, E(4,3,4), "",   kD, F::kTooLarge,         S::kMessage},
  {kAllP, 400, 599, E(0,3,5), "",   kD, F::kOther,            S::kSite},
  // Network and routing beyond the relay.
  {kAllP, 500, 599, E(5,4,1), "",   kF, F::kBadDomain,        S::kRecipient},
  {kAllP, 400, 499, E(4,4,1), "",   kD, F::kConnectFailure,   S::kRecipient},
  {kAllP, 400, 599, E(0,4,2), "",   kD, F::kConnectFailure,   S::kSite},
  {kAllP, 400, 599, E(0,4,3), "",   kD, F::kDnsFailure,       S::kSite},
  {kAllP, 500, 599, E(5,4,4), "",   kF, F::kBadDomain,        S::kRecipient},
  {kAllP, 400, 499, E(4,4,4), "",   kD, F::kDnsFailure,       S::kRecipient},
  {kAllP, 400, 599, E(0,4,5), "",   kD, F::kRateLimited,      S::kSite},
  {kAllP, 500, 599, E(5,4,6), "",   kF, F::kBadDomain,        S::kRecipient},
  {kAllP, 500, 599, E(5,4,7), "",   kF, F::kTimeout,          S::kRecipient},
  {kAllP, 400, 499, E(4,4,7), "",   kD, F::kTimeout,          S::kRecipient},
  // Protocol.
  {kAllP,  500, 599, E(5,5,1), "",   kD, F::kProtocolError,    S::kSite},
  {kRcptP, 500, 599, E(5,5,2), "",   kF, F::kInvalidRecipient, S::kRecipient},
  {kRcptP, 500, 599, E(5,5,4), "",   kF, F::kInvalidRecipient, S::kRecipient},
  {kMailP | kDataP | kContentP, 500, 599, E(5,5,2), "", kF, F::kProtocolError, S::kMessage},
  {kMailP | kDataP | kContentP, 500, 599, E(5,5,4), "", kF, F::kProtocolError, S::kMessage},
  {kAllP,  500, 599, E(5,5,5), "",   kF, F::kProtocolError,    S::kMessage},
  // Content.
  {kAllP, 500, 599, E(5,6,7), "",    kF, F::kUtf8Unsupported,  S::kRecipient},
  {kAllP, 500, 599, E(5,6,8,10), "", kF, F::kUtf8Unsupported,  S::kMessage},
  {kAllP, 500, 599, E(5,6,0,6), "",  kF, F::kOther,            S::kMessage},

  // Words that many servers use, with 5.7.x, x.0.0 or no enhanced code.
  {kAllP, 500, 599, kAny, "spam|unsolicited|virus|malware|phishing|junk mail|message content rejected|content rejected",
                                                                   kF, F::kSpamContent, S::kMessage},
  {kAfterMailP, 500, 599, kAny, "mailbox full|mailbox is full|over quota|quota exceeded|exceeds quota|exceeded storage|"
          "exceeded quota|quota full",                             kF, F::kMailboxFull, S::kRecipient},
  {kAfterMailP, 400, 499, kAny, "mailbox full|mailbox is full|over quota|quota exceeded|exceeds quota|exceeded quota|quota full",
                                                                   kD, F::kMailboxFull, S::kRecipient},
  {kAfterMailP, 500, 599, kAny, "disabled|inactive|deactivated|account suspended|user suspended|account is suspended",
                                                                   kF, F::kInactiveMailbox, S::kRecipient},
  {kAfterMailP, 500, 599, kAny, "user unknown|unknown user|no such user|no such recipient|no such mailbox|unknown recipient|"
          "recipient unknown|mailbox not found|user not found|invalid recipient|invalid mailbox|no mailbox|"
          "does not exist|doesn't exist|doesn't have a|not a valid mailbox|unknown address|unknown local",
                                                                   kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP, 500, 599, kAny, "message too large|message size exceeds|exceeds maximum|message too big|size limit",
                                                                   kF, F::kTooLarge, S::kMessage},
  {kAllP, 500, 599, kAny, "smtputf8", kF, F::kUtf8Unsupported, S::kRecipient},

  // The registry: policy. Vague by nature, so the phase decides.
  {kAllP,     400, 599, E(0,7,15), "",    kD, F::kRateLimited,      S::kSite},
  {kAllP,     500, 599, E(5,7,16), "",    kF, F::kTooLarge,         S::kMessage},
  {kAllP,     500, 599, E(5,7,17), "",    kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP,     500, 599, E(5,7,18), "",    kF, F::kBadDomain,        S::kRecipient},
  {kAllP,     400, 599, E(0,7,7), "",     kD, F::kPolicyAuth,       S::kConfig},
  {kAllP,     400, 599, E(0,7,20,27), "", kD, F::kPolicyAuth,       S::kConfig},
  {kAllP,     400, 599, E(0,7,29,32), "", kD, F::kPolicyAuth,       S::kConfig},
  {kAllP,     400, 499, E(4,7,0), "",     kD, F::kRateLimited,      S::kSite},
  {kAllP,     400, 499, E(4,7,1), "",     kD, F::kGreylisted,       S::kRecipient},
  {kMailP,    500, 599, E(5,7,0,1), "",   kF, F::kSenderRejected,   S::kSource},
  {kRcptP | kDataP, 500, 599, E(5,7,0,1), "", kF, F::kOther,        S::kMessage},
  {kContentP, 500, 599, E(5,7,0,1), "",   kF, F::kSpamContent,      S::kMessage},
  {kAllP,     500, 599, E(5,7,2), "",     kF, F::kOther,            S::kRecipient},
  {kAllP,     500, 599, E(5,7,3,6), "",   kF, F::kOther,            S::kMessage},

  // Plain codes.
  {kAllP,  421, 421, kAny, "", kD, F::kOther, S::kSite},
  {kRcptP, 452, 452, kAny, "", kD, F::kRateLimited, S::kMessage},     // RFC 5321 4.5.3.1.10
  {kRcptP, 552, 552, kAny, "", kD, F::kRateLimited, S::kMessage},     // The same, from servers of RFC 821's time.
  {kRcptP, 400, 499, kAny, "", kD, F::kOther, S::kRecipient},
  {kMailP | kDataP, 400, 499, kAny, "", kD, F::kOther, S::kSite},
  {kContentP, 452, 452, kAny, "", kD, F::kOther, S::kSite},
  {kContentP, 400, 499, kAny, "", kD, F::kOther, S::kMessage},
  {kAllP,  556, 556, kAny, "", kF, F::kNullMx, S::kRecipient},        // RFC 7504
  {kAllP,  521, 521, kAny, "", kD, F::kOther, S::kSite},              // RFC 7504: this host takes no mail; another may.
  {kMailP | kContentP, 552, 552, kAny, "", kF, F::kTooLarge, S::kMessage},
  {kRcptP, 550, 551, kAny, "", kF, F::kInvalidRecipient, S::kRecipient},
  {kRcptP, 553, 553, kAny, "", kF, F::kInvalidRecipient, S::kRecipient},
  {kRcptP, 555, 555, kAny, "", kF, F::kInvalidRecipient, S::kRecipient},
  {kRcptP, 501, 501, kAny, "", kF, F::kInvalidRecipient, S::kRecipient},
  {kAllP,  500, 502, kAny, "", kF, F::kProtocolError, S::kMessage},
  {kAllP,  504, 504, kAny, "", kF, F::kProtocolError, S::kMessage},
  {kMailP, 555, 555, kAny, "", kF, F::kProtocolError, S::kMessage},
  {kMailP, 500, 599, kAny, "", kF, F::kSenderRejected, S::kSource},
  {kAfterMailP, 500, 599, kAny, "", kF, F::kOther, S::kMessage},
};
// clang-format on

// The row that speaks of `reply`, or null if it is no refusal (RFC 5321 4.2.1: 4yz and 5yz are).
const Rule* Match(Phase phase, const Reply& reply);

}  // namespace posthaste::smtp::rules

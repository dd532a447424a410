#include "smtp/outcome.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace posthaste::smtp {
namespace {

constexpr Phase kJudgedPhases[] = {Phase::kMail, Phase::kRcpt, Phase::kData, Phase::kBody,
                                   Phase::kDot};

// As a relay would say it.
Reply Said(std::string_view wire) {
  ReplyParser parser;
  EXPECT_TRUE(parser.Feed(std::string(wire) + "\r\n").ok()) << wire;
  const std::optional<Reply> reply = parser.Next();
  EXPECT_TRUE(reply.has_value()) << wire;
  return reply.value_or(Reply());
}

struct Real {
  Phase phase;
  std::string_view said;
  Verdict verdict;
  FailureClass failure_class;
  Scope scope;
};

constexpr Verdict kDeferred = Verdict::kDeferred, kBounced = Verdict::kBounced;
using F = FailureClass;

// clang-format off
constexpr Real kReal[] = {
  // Gmail.
  {Phase::kDot,  "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\r\n421-4.7.28 from your IP address. 41be03b00d2f7-abc", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kDot,  "421 4.7.0 Try again later, closing connection. (MAIL) k12si234 - gsmtp", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kDot,  "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.", kDeferred, F::kPolicyAuth, Scope::kConfig},
  {Phase::kDot,  "550-5.7.1 Unauthenticated email from example.com is not accepted due to\r\n550 5.7.1 domain's DMARC policy.", kDeferred, F::kPolicyAuth, Scope::kConfig},
  {Phase::kRcpt, "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550 5.1.1 double-checking the recipient's email address for typos", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kRcpt, "550-5.2.1 The email account that you tried to reach is inactive.", kBounced, F::kInactiveMailbox, Scope::kRecipient},
  {Phase::kRcpt, "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\r\n550 5.2.1 prevents additional messages from being delivered.", kDeferred, F::kRateLimited, Scope::kRecipient},
  {Phase::kRcpt, "452-4.2.2 The recipient's inbox is out of storage space.", kDeferred, F::kMailboxFull, Scope::kRecipient},
  {Phase::kRcpt, "552-5.2.2 The email account that you tried to reach is over quota.", kBounced, F::kMailboxFull, Scope::kRecipient},
  {Phase::kDot,  "552-5.7.0 This message was blocked because its content presents a potential\r\n552 5.7.0 security issue.", kBounced, F::kSpamContent, Scope::kMessage},
  {Phase::kDot,  "550-5.7.1 [192.0.2.1] Our system has detected that this message is\r\n550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail, this\r\n550 5.7.1 message has been blocked.", kBounced, F::kSpamContent, Scope::kMessage},
  {Phase::kMail, "530-5.7.0 Authentication Required.", kDeferred, F::kAuthFailed, Scope::kConfig},
  {Phase::kMail, "550 5.4.5 Daily user sending limit exceeded.", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kMail, "503 5.5.1 EHLO/HELO first. q1si1 - gsmtp", kDeferred, F::kProtocolError, Scope::kMessage},
  {Phase::kRcpt, "553-5.1.3 The recipient address <x@y> is not a valid RFC-5321 address.", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  // Microsoft.
  {Phase::kDot,  "550 5.7.515 Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.", kDeferred, F::kPolicyAuth, Scope::kConfig},
  {Phase::kRcpt, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kRcpt, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kRcpt, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kMail, "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", kBounced, F::kIpReputation, Scope::kSource},
  {Phase::kRcpt, "550 5.7.606 Access denied, banned sending IP [192.0.2.1].", kBounced, F::kIpReputation, Scope::kSource},
  {Phase::kMail, "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kRcpt, "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kMail, "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", kDeferred, F::kAuthFailed, Scope::kConfig},
  {Phase::kDot,  "554 5.2.2 mailbox full", kBounced, F::kMailboxFull, Scope::kRecipient},
  // Yahoo, iCloud.
  {Phase::kMail, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kMail, "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list", kBounced, F::kIpReputation, Scope::kSource},
  {Phase::kDot,  "554 5.7.9 Message not accepted for policy reasons.", kDeferred, F::kPolicyAuth, Scope::kConfig},
  {Phase::kRcpt, "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0]", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kDot,  "554 5.7.1 [HM08] Message rejected due to local policy.", kBounced, F::kSpamContent, Scope::kMessage},
  // QQ, NetEase.
  {Phase::kRcpt, "550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kDot,  "550 Mail content denied. http://service.mail.qq.com", kBounced, F::kSpamContent, Scope::kMessage},
  {Phase::kDot,  "554 DT:SPM 163 smtp11,D8CowAB3,http://mail.163.com/help", kBounced, F::kSpamContent, Scope::kMessage},
  // Amazon SES.
  {Phase::kDot,  "454 Throttling failure: Maximum sending rate exceeded.", kDeferred, F::kRateLimited, Scope::kSite},
  {Phase::kDot,  "554 Message rejected: Email address is not verified. The following identities failed", kDeferred, F::kPolicyAuth, Scope::kConfig},
  // Postfix, Exim, Sendmail.
  {Phase::kRcpt, "450 4.2.0 <x@y.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch", kDeferred, F::kGreylisted, Scope::kRecipient},
  {Phase::kRcpt, "451 4.7.1 Please try again later", kDeferred, F::kGreylisted, Scope::kRecipient},
  {Phase::kRcpt, "550 5.1.1 <x@y.test>: Recipient address rejected: User unknown in local recipient table", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kRcpt, "554 5.7.1 <x@y.test>: Relay access denied", kDeferred, F::kPolicyAuth, Scope::kConfig},
  {Phase::kRcpt, "450 4.1.8 <a@b.test>: Sender address rejected: Domain not found", kDeferred, F::kSenderRejected, Scope::kSource},
  {Phase::kRcpt, "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", kDeferred, F::kIpReputation, Scope::kSource},
  {Phase::kRcpt, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", kBounced, F::kIpReputation, Scope::kSource},
  {Phase::kMail, "452 4.3.1 Insufficient system storage", kDeferred, F::kOther, Scope::kSite},
  {Phase::kMail, "552 5.3.4 Message size exceeds fixed limit", kBounced, F::kTooLarge, Scope::kMessage},
  {Phase::kRcpt, "452 4.5.3 Error: too many recipients", kDeferred, F::kRateLimited, Scope::kMessage},
  {Phase::kRcpt, "552 too many recipients", kDeferred, F::kRateLimited, Scope::kMessage},
  {Phase::kRcpt, "550 No such user here", kBounced, F::kInvalidRecipient, Scope::kRecipient},
  {Phase::kRcpt, "556 5.1.10 Recipient address has null MX", kBounced, F::kNullMx, Scope::kRecipient},
  {Phase::kRcpt, "553 5.6.7 SMTPUTF8 required", kBounced, F::kUtf8Unsupported, Scope::kRecipient},
  {Phase::kMail, "530 5.7.0 Must issue a STARTTLS command first", kDeferred, F::kTlsFailure, Scope::kConfig},
  {Phase::kMail, "535 5.7.8 Error: authentication failed", kDeferred, F::kAuthFailed, Scope::kConfig},
  {Phase::kMail, "538 5.7.11 Encryption required for requested authentication mechanism", kDeferred, F::kAuthFailed, Scope::kConfig},
  {Phase::kMail, "550 sender refused", kBounced, F::kSenderRejected, Scope::kSource},
  {Phase::kData, "554 5.5.1 Error: no valid recipients", kDeferred, F::kProtocolError, Scope::kMessage},
  {Phase::kData, "451 local error", kDeferred, F::kOther, Scope::kSite},
  {Phase::kBody, "552 message too large", kBounced, F::kTooLarge, Scope::kMessage},
  {Phase::kDot,  "554 5.7.1 Spam message rejected", kBounced, F::kSpamContent, Scope::kMessage},
  {Phase::kDot,  "554 Transaction failed", kBounced, F::kOther, Scope::kMessage},
  {Phase::kDot,  "451 4.3.0 queue file write error", kDeferred, F::kOther, Scope::kSite},
  {Phase::kDot,  "421 4.3.2 shutting down", kDeferred, F::kOther, Scope::kSite},
};
// clang-format on

TEST(Outcome, WhatRelaysReallySayIsUnderstood) {
  for (const Real& real : kReal) {
    std::string said(real.said);
    // Samples that were cut off after a "250-" line are made whole.
    const size_t last = said.rfind('\n') == std::string::npos ? 0 : said.rfind('\n') + 1;
    if (said[last + 3] == '-') said[last + 3] = ' ';
    const Outcome outcome = Judge(real.phase, Said(said));
    EXPECT_EQ(VerdictName(outcome.verdict), VerdictName(real.verdict)) << real.said;
    EXPECT_EQ(FailureClassName(outcome.failure_class), FailureClassName(real.failure_class))
        << real.said;
    EXPECT_EQ(ScopeName(outcome.scope), ScopeName(real.scope)) << real.said;
  }
}

TEST(Outcome, TellsWhetherTheReasonWasStated) {
  EXPECT_TRUE(Judge(Phase::kRcpt, Said("550 5.1.1 Who")).stated);
  EXPECT_TRUE(Judge(Phase::kRcpt, Said("550 No such user")).stated);
  EXPECT_FALSE(Judge(Phase::kRcpt, Said("550 No")).stated) << "550 may also be a policy";
  EXPECT_FALSE(Judge(Phase::kDot, Said("250 Ok")).stated);
}

TEST(Outcome, OnlyTwentyFiveAfterTheDotIsAYes) {
  for (const char* yes :
       {"250 2.0.0 Ok: queued as 4X", "250", "251 will forward", "252 cannot vrfy"}) {
    const Outcome outcome = Judge(Phase::kDot, Said(yes));
    EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << yes;
    EXPECT_EQ(outcome.failure_class, FailureClass::kNone);
    EXPECT_EQ(outcome.scope, Scope::kNone);
  }
  for (const char* odd : {"220 mx.test ESMTP", "221 bye", "354 go on", "334 ", "235 ok"}) {
    EXPECT_EQ(Judge(Phase::kDot, Said(odd)).verdict, Verdict::kUncertain) << odd;
  }
  for (const int code : {0, 100, 199, 600, 999}) {
    Reply reply;
    reply.code = code;
    EXPECT_EQ(Judge(Phase::kDot, reply).verdict, Verdict::kUncertain) << code;
  }
}

TEST(Outcome, TwoRepliesToOneDotThatDisagreeAreADoubt) {
  for (const char* no : {"451 4.3.0 Not now", "554 5.7.1 This is spam"}) {
    for (const auto& [first, second] :
         {std::pair(Said(no), Said("250 Ok")), std::pair(Said("250 Ok"), Said(no))}) {
      const Outcome outcome = JudgeDot(first, second, true);
      EXPECT_EQ(outcome.verdict, Verdict::kUncertain) << no;
      EXPECT_EQ(outcome.failure_class, FailureClass::kProtocolError);
      EXPECT_EQ(outcome.reply.code, first.code);
    }
  }
  EXPECT_EQ(JudgeDot(Said("250 Ok"), Said("421 Bye"), true).verdict, Verdict::kAccepted);
  EXPECT_EQ(JudgeDot(Said("250 Ok"), Said("250 Ok"), true).verdict, Verdict::kAccepted);
  EXPECT_EQ(JudgeDot(Said("554 No"), Said("421 Bye"), true).verdict, Verdict::kBounced);
  EXPECT_EQ(JudgeDot(Said("452 Full"), Said("554 No"), true).verdict, Verdict::kDeferred);
}

TEST(Outcome, AYesToHalfADotIsADoubt) {
  EXPECT_EQ(JudgeDot(Said("250 Ok"), std::nullopt, false).verdict, Verdict::kUncertain);
  EXPECT_EQ(JudgeDot(Said("554 No"), std::nullopt, false).verdict, Verdict::kBounced);
  EXPECT_EQ(JudgeDot(Said("250 Ok"), std::nullopt, true).verdict, Verdict::kAccepted);
}

TEST(Outcome, AYesThatWasNotAskedForIsADeferralBeforeTheDot) {
  for (const Phase phase : {Phase::kMail, Phase::kRcpt, Phase::kData, Phase::kBody}) {
    for (const char* odd : {"250 ok", "354 go on", "220 hi"}) {
      const Outcome outcome = Judge(phase, Said(odd));
      EXPECT_EQ(outcome.verdict, Verdict::kDeferred) << odd;
      EXPECT_EQ(outcome.failure_class, FailureClass::kProtocolError);
    }
  }
}

TEST(Outcome, DoesNotBelieveAnEnhancedCodeOfAnotherClass) {
  Reply reply;
  reply.code = 450;
  reply.enhanced = EnhancedCode{5, 1, 1};
  EXPECT_EQ(Judge(Phase::kRcpt, reply).verdict, Verdict::kDeferred);
  EXPECT_EQ(Judge(Phase::kRcpt, reply).failure_class, FailureClass::kOther);
  reply.code = 550;
  reply.enhanced = EnhancedCode{4, 7, 28};
  EXPECT_EQ(Judge(Phase::kRcpt, reply).failure_class, FailureClass::kInvalidRecipient);
}

TEST(Outcome, BytesThatAreNoTextDecideNothing) {
  Reply reply;
  reply.code = 250;
  reply.lines = {std::string("\xB3\xC9\xB9\xA6\0\xFF", 6)};
  EXPECT_EQ(Judge(Phase::kDot, reply).verdict, Verdict::kAccepted);
  reply.code = 550;
  EXPECT_EQ(Judge(Phase::kRcpt, reply).failure_class, FailureClass::kInvalidRecipient);
}

TEST(Outcome, SilenceIsUncertainAfterTheDotAndADeferralBefore) {
  for (const Phase phase : kJudgedPhases) {
    const Outcome outcome = JudgeSilence(phase, FailureClass::kTimeout);
    EXPECT_EQ(outcome.verdict, phase == Phase::kDot ? Verdict::kUncertain : Verdict::kDeferred);
    EXPECT_EQ(outcome.failure_class, FailureClass::kTimeout);
    EXPECT_EQ(outcome.scope, Scope::kSite);
    EXPECT_EQ(outcome.phase, phase);
    EXPECT_EQ(outcome.reply.code, 0);
  }
}

TEST(Outcome, EveryValueHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(FailureClass::kOther); ++i) {
    names.insert(FailureClassName(static_cast<FailureClass>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(FailureClass::kOther) + 1);
  EXPECT_EQ(FailureClassName(FailureClass::kNone), "");
  EXPECT_EQ(VerdictName(Verdict::kUncertain), "uncertain");
  EXPECT_EQ(ScopeName(Scope::kConfig), "config");
}

}  // namespace
}  // namespace posthaste::smtp

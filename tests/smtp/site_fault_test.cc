#include "smtp/site_fault.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

Reply ReplyOf(int code, const std::string& text) {
  Reply reply;
  reply.code = code;
  reply.lines = {text};
  return reply;
}

Outcome Opening(FailureClass why, Scope scope, int code = 0, const std::string& text = "") {
  Outcome outcome = JudgeSilence(Phase::kGreeting, why);
  outcome.scope = scope;
  outcome.reply = ReplyOf(code, text);
  return outcome;
}

TEST(FaultAtOpening, TellsWhyThereIsNoSession) {
  using enum FailureClass;
  EXPECT_EQ(FaultAtOpening(Opening(kTimeout, Scope::kSite)), SiteFault::kUnreachable);
  EXPECT_EQ(FaultAtOpening(Opening(kConnectFailure, Scope::kSite, 554, "no")),
            SiteFault::kTurnedAway);
  EXPECT_EQ(FaultAtOpening(Opening(kConnectFailure, Scope::kSite, 421, "too many connections")),
            SiteFault::kRate);
  EXPECT_EQ(FaultAtOpening(Opening(kAuthFailed, Scope::kConfig, 535, "no")),
            SiteFault::kCredentials);
}

TEST(FaultAtOpening, BlamesNoRelayForTheTlsThatOurSettingsAskFor) {
  using enum FailureClass;
  EXPECT_EQ(FaultAtOpening(Opening(kTlsFailure, Scope::kConfig)), SiteFault::kNone);
  EXPECT_EQ(FaultAtOpening(Opening(kTlsFailure, Scope::kNone, 454, "later")), SiteFault::kNone);
  EXPECT_EQ(FaultAtOpening(Opening(kTlsFailure, Scope::kSite)), SiteFault::kUnreachable);
}

TEST(FaultAtOpening, BlamesNobodyForARecipientsDomainThatLeadsNowhere) {
  EXPECT_EQ(FaultAtOpening(Opening(FailureClass::kDnsFailure, Scope::kRecipient)),
            SiteFault::kNone);
}

TEST(FaultInTransaction, BlamesTheRelayForItsOwnFailuresOnly) {
  EXPECT_EQ(FaultInTransaction(JudgeSilence(Phase::kData, FailureClass::kTimeout)),
            SiteFault::kBroken);
  EXPECT_EQ(FaultInTransaction(JudgeSilence(Phase::kDot, FailureClass::kConnectFailure)),
            SiteFault::kBroken);
  const auto judged = [](Phase phase, int code, const std::string& text) {
    return FaultInTransaction(Judge(phase, ReplyOf(code, text)));
  };
  EXPECT_EQ(judged(Phase::kRcpt, 421, "Bye"), SiteFault::kBroken);
  EXPECT_EQ(judged(Phase::kDot, 354, "Go on"), SiteFault::kBroken);
  EXPECT_EQ(judged(Phase::kRcpt, 450, "Too many connections"), SiteFault::kRate);
  EXPECT_EQ(judged(Phase::kMail, 535, "Bad"), SiteFault::kCredentials);
  EXPECT_EQ(judged(Phase::kRcpt, 550, "Nobody here"), SiteFault::kNone);
  EXPECT_EQ(judged(Phase::kDot, 451, "Later"), SiteFault::kNone);
  EXPECT_EQ(judged(Phase::kDot, 250, "Ok"), SiteFault::kNone);
}

TEST(SiteFaultName, NamesEach) {
  EXPECT_EQ(SiteFaultName(SiteFault::kNone), "");
  EXPECT_EQ(SiteFaultName(SiteFault::kBroken), "broken");
}

}  // namespace
}  // namespace posthaste::smtp

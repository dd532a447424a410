#include "service/doctor/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/encoding.h"

namespace posthaste::doctor {
namespace {

using smtp::DnsAnswer;
using testing::ElementsAre;
using testing::HasSubstr;

DnsAnswer Texts(const std::vector<std::string>& texts) {
  DnsAnswer answer;
  answer.code = texts.empty() ? DnsAnswer::Code::kNoRecords : DnsAnswer::Code::kRecords;
  for (const std::string& text : texts) {
    std::string wire;
    for (size_t at = 0; at < text.size(); at += 255) {
      const std::string part = text.substr(at, 255);
      wire += static_cast<char>(part.size());
      wire += part;
    }
    answer.records.push_back(wire);
  }
  return answer;
}

DnsAnswer Failed() {
  DnsAnswer answer;
  answer.why = "SERVFAIL";
  return answer;
}

config::DkimEntry Key() {
  return {"example.com", "s1", crypto::SigningKey::Generate(crypto::SigningKey::Kind::kEd25519)};
}

TEST(TextOf, JoinsTheStringsOfARecord) {
  EXPECT_EQ(TextOf(std::string("\3one\3two", 8)), "onetwo");
  EXPECT_EQ(TextOf(std::string("\3one\5tw", 7)), "one");
  EXPECT_EQ(TextOf(""), "");
}

TEST(JudgeSpf, WantsExactlyOneRecordThatIsNotForEverybody) {
  EXPECT_EQ(JudgeSpf("a.com", Texts({"other", "v=spf1 -all"})).level, Level::kGood);
  EXPECT_EQ(JudgeSpf("a.com", Texts({"v=spf10 -all"})).level, Level::kFault);
  EXPECT_EQ(JudgeSpf("a.com", Texts({})).level, Level::kFault);
  EXPECT_EQ(JudgeSpf("a.com", Texts({"v=spf1 a -all", "v=spf1 -all"})).level, Level::kFault);
  for (const char* open : {"v=spf1 +all", "v=spf1 all", "v=SPF1 a ALL", "v=spf1 mx all exp=x.com"})
    EXPECT_EQ(JudgeSpf("a.com", Texts({open})).level, Level::kWarning) << open;
  for (const char* closed : {"v=spf1 a ~all", "v=spf1 ?all", "v=spf1 -all all", "v=spf1 a:all.com"})
    EXPECT_EQ(JudgeSpf("a.com", Texts({closed})).level, Level::kGood) << closed;
}

TEST(JudgeSpf, BlamesNoDomainForWhatNobodyCouldSay) {
  const Finding finding = JudgeSpf("a.com", Failed());
  EXPECT_EQ(finding.level, Level::kUnknown);
  EXPECT_THAT(finding.what, HasSubstr("SERVFAIL"));
}

TEST(JudgeDkim, ComparesTheRecordWithOurKey) {
  const config::DkimEntry key = Key();
  const std::string ours = Base64(key.key.PublicKey());
  EXPECT_EQ(DkimName(key), "s1._domainkey.example.com");
  EXPECT_EQ(JudgeDkim(key, Texts({"v=DKIM1; k=ed25519; p=" + ours})).level, Level::kGood);
  EXPECT_EQ(JudgeDkim(key, Texts({"p=" + ours.substr(0, 9) + " " + ours.substr(9)})).level,
            Level::kGood);
  const Finding other = JudgeDkim(key, Texts({"v=DKIM1; p=" + Base64(Key().key.PublicKey())}));
  EXPECT_EQ(other.level, Level::kFault);
  EXPECT_THAT(other.what, HasSubstr("another key"));
  EXPECT_THAT(other.next, HasSubstr("k=ed25519; p=" + ours));
  EXPECT_THAT(JudgeDkim(key, Texts({"v=DKIM1; p="})).what, HasSubstr("revoked"));
  EXPECT_THAT(JudgeDkim(key, Texts({})).what, HasSubstr("no DKIM key"));
}

TEST(JudgeDmarc, LooksAtTheDomainAndAboveIt) {
  EXPECT_THAT(DmarcNames("mail.example.com"),
              ElementsAre("_dmarc.mail.example.com", "_dmarc.example.com"));
  EXPECT_THAT(DmarcNames("localhost"), ElementsAre("_dmarc.localhost"));
  EXPECT_EQ(JudgeDmarc("a.com", Texts({"v=DMARC1; p=none"})).level, Level::kGood);
  EXPECT_EQ(JudgeDmarc("a.com", Texts({})).level, Level::kWarning);
  EXPECT_EQ(JudgeDmarc("a.com", Texts({"v=DMARC1; p=none", "v=DMARC1;p=none"})).level,
            Level::kWarning);
}

TEST(EndsDmarcWalk, GoesOnOverAnothersTextAndStopsWhereNobodyCanSay) {
  EXPECT_TRUE(EndsDmarcWalk(Texts({"other", "v=DMARC1; p=none"})));
  EXPECT_FALSE(EndsDmarcWalk(Texts({"v=spf1 -all"}))) << "a wildcard's answer";
  EXPECT_FALSE(EndsDmarcWalk(Texts({})));
  EXPECT_TRUE(EndsDmarcWalk(Failed())) << "what is above it would not be the domain's policy";
}

TEST(JudgeReturnPath, WantsADomainThatTakesBounces) {
  DnsAnswer answer = Texts({"exchanger"});
  EXPECT_EQ(JudgeReturnPath("a.com", answer).level, Level::kGood);
  EXPECT_EQ(JudgeReturnPath("a.com", Texts({})).level, Level::kWarning);
  answer.records = {std::string(3, '\0')};
  EXPECT_EQ(JudgeReturnPath("a.com", answer).level, Level::kFault) << "a null MX";
  answer = Texts({});
  answer.code = DnsAnswer::Code::kNoName;
  EXPECT_EQ(JudgeReturnPath("a.com", answer).level, Level::kFault);
}

}  // namespace
}  // namespace posthaste::doctor

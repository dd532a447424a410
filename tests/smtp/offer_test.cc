#include "smtp/offer.h"

#include <gtest/gtest.h>

namespace posthaste::smtp {
namespace {

constexpr std::string_view kMessage = "Subject: x\r\n\r\n.\r\n";

class OfferTest : public testing::Test {
 protected:
  OfferTest() {
    envelope_.mail_from = "bounce@client.test";
    envelope_.rcpt_to = "anna@x.test";
    envelope_.id = "01jd";
  }
  bool Write(bool may_chunk = true) {
    hindrance_ = offer_.Write(envelope_, message_, offered_, may_chunk);
    return !hindrance_;
  }

  Envelope envelope_;
  Capabilities offered_;
  std::string message_{kMessage};
  Offer offer_;
  std::optional<Offer::Hindrance> hindrance_;
};

TEST_F(OfferTest, IsDataAndAStuffedBody) {
  ASSERT_TRUE(Write());
  EXPECT_FALSE(offer_.chunked());
  EXPECT_EQ(offer_.Bytes(Step::kMail, Step::kData),
            "MAIL FROM:<bounce@client.test>\r\nRCPT TO:<anna@x.test>\r\nDATA\r\n");
  EXPECT_EQ(offer_.Bytes(Step::kRset, Step::kMail), "RSET\r\nMAIL FROM:<bounce@client.test>\r\n");
  EXPECT_EQ(offer_.Command(Step::kRcpt), "RCPT TO:<anna@x.test>");
  EXPECT_EQ(offer_.body(), "Subject: x\r\n\r\n..\r\n");
  EXPECT_EQ(offer_.commit(), ".\r\n");
}

TEST_F(OfferTest, IsOneChunkWithChunking) {
  offered_.chunking = true;
  ASSERT_TRUE(Write());
  EXPECT_TRUE(offer_.chunked());
  EXPECT_EQ(offer_.Bytes(Step::kRcpt, Step::kChunk),
            "RCPT TO:<anna@x.test>\r\nBDAT 17\r\nSubject: x\r\n\r\n.\r\n");
  EXPECT_EQ(offer_.Command(Step::kChunk), "BDAT 17");
  EXPECT_EQ(offer_.body(), "");
  EXPECT_EQ(offer_.commit(), "BDAT 0 LAST\r\n");
}

TEST_F(OfferTest, GoesByDataWhereAChunkWouldNotDo) {
  offered_.chunking = true;
  ASSERT_TRUE(Write(false));
  EXPECT_FALSE(offer_.chunked());
  message_ = std::string(Offer::kChunkBytesMax - 2, 'x') + "\r\n";
  ASSERT_TRUE(Write());
  EXPECT_TRUE(offer_.chunked());
  message_ = "x" + message_;
  ASSERT_TRUE(Write());
  EXPECT_FALSE(offer_.chunked()) << "a refused recipient would cost the body";
  message_.clear();
  ASSERT_TRUE(Write());
  EXPECT_FALSE(offer_.chunked());
}

TEST_F(OfferTest, CarriesOnlyTheParametersThatAreOffered) {
  offered_.size = offered_.eight_bit_mime = offered_.dsn = true;
  message_ = "Subject: x\r\n\r\n\xc3\xbc\r\n";
  ASSERT_TRUE(Write());
  EXPECT_EQ(offer_.Command(Step::kMail),
            "MAIL FROM:<bounce@client.test> SIZE=18 BODY=8BITMIME RET=HDRS ENVID=01jd");
  EXPECT_EQ(offer_.Command(Step::kRcpt),
            "RCPT TO:<anna@x.test> NOTIFY=FAILURE ORCPT=rfc822;anna@x.test");
  envelope_.mail_from.clear();
  ASSERT_TRUE(Write());
  EXPECT_EQ(offer_.Command(Step::kMail), "MAIL FROM:<> SIZE=18 BODY=8BITMIME");
  EXPECT_EQ(offer_.Command(Step::kRcpt), "RCPT TO:<anna@x.test>");
}

TEST_F(OfferTest, SaysSmtputf8OnlyWhereItIsNeeded) {
  offered_.smtputf8 = offered_.eight_bit_mime = true;
  ASSERT_TRUE(Write());
  EXPECT_EQ(offer_.Command(Step::kMail), "MAIL FROM:<bounce@client.test>");
  envelope_.needs_smtputf8 = true;
  ASSERT_TRUE(Write());
  EXPECT_EQ(offer_.Command(Step::kMail), "MAIL FROM:<bounce@client.test> SMTPUTF8");
}

TEST_F(OfferTest, NamesWhatIsInTheWay) {
  offered_.size_max = 16;
  EXPECT_FALSE(Write());
  EXPECT_EQ(hindrance_->why, FailureClass::kTooLarge);
  offered_.size_max = 17;
  EXPECT_TRUE(Write());
  message_ = "\xc3\xbc\r\n";
  EXPECT_FALSE(Write());
  EXPECT_EQ(hindrance_->why, FailureClass::kOther);
  message_ = "a\nb\r\n";
  for (const bool chunking : {false, true}) {
    offered_.chunking = chunking;
    EXPECT_FALSE(Write());
    EXPECT_EQ(hindrance_->why, FailureClass::kProtocolError);
  }
  envelope_.needs_smtputf8 = true;
  EXPECT_FALSE(Write());
  EXPECT_EQ(hindrance_->why, FailureClass::kUtf8Unsupported);
  EXPECT_EQ(hindrance_->scope, Scope::kRecipient);
}

TEST_F(OfferTest, KeepsNothingOfTheMessageOnceItIsOver) {
  for (const bool chunking : {false, true}) {
    offered_.chunking = chunking;
    ASSERT_TRUE(Write());
    offer_.Wipe();
    EXPECT_EQ(offer_.body(), "");
    ASSERT_TRUE(Write());
    EXPECT_EQ(offer_.Command(Step::kRcpt), "RCPT TO:<anna@x.test>");
  }
}

}  // namespace
}  // namespace posthaste::smtp

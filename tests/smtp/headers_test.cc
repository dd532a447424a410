#include "smtp/headers.h"

#include <gtest/gtest.h>

#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

std::string Unstructured(std::string_view value) {
  std::string out;
  EXPECT_TRUE(AppendUnstructured(out, "subject", "Subject", value).ok()) << value;
  return out;
}

std::string Addressed(const Address& address) {
  std::string out;
  const absl::Status status = AppendAddress(out, "to", "To", address);
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

TEST(Unstructured, LeavesPlainTextAsItIs) {
  EXPECT_EQ(Unstructured("Your code, as asked: 5 < 6?"),
            "Subject: Your code, as asked: 5 < 6?\r\n");
  EXPECT_EQ(Unstructured(""), "Subject: \r\n");
}

TEST(Unstructured, FoldsAtSpaces) {
  const std::string value = std::string(60, 'a') + " " + std::string(30, 'b') + "  c";
  EXPECT_EQ(Unstructured(value),
            "Subject: " + std::string(60, 'a') + "\r\n " + std::string(30, 'b') + "  c\r\n");
}

TEST(Unstructured, EncodesWhatFoldingOrReadersWouldChange) {
  for (const std::string& value :
       {std::string(" leads"), std::string("trails "), std::string("   "), std::string("=?x"),
        std::string(70, 'x'), "a" + std::string(90, ' ') + "b", std::string("Grüße")}) {
    const std::string line = Unstructured(value);
    EXPECT_NE(line.find("=?UTF-8?"), std::string::npos) << line;
    EXPECT_EQ(DecodeHeaderValue(line.substr(9, line.size() - 11)), value) << line;
  }
}

TEST(CheckText, RefusesEveryControlAndNamesTheField) {
  std::vector<std::string> bad = {"\x7F", "\u0085", "\u009F", "\u2028", "\u2029", "\xFF", "\xC3"};
  for (char c = 0; c < 0x20; ++c) bad.emplace_back(1, c);
  for (const std::string& what : bad) {
    const std::string value = "a" + what + "Bcc: x@y.test";
    std::string out;
    const absl::Status status = AppendUnstructured(out, "subject", "Subject", value);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().find("subject "), 0U) << status;
    EXPECT_EQ(status.message().find("Bcc"), absl::string_view::npos) << "value repeated";
    EXPECT_EQ(out, "");
  }
}

TEST(Address, WritesTheNameInItsPlainestForm) {
  EXPECT_EQ(Addressed({"", "a@b.test"}), "To: a@b.test\r\n");
  EXPECT_EQ(Addressed({"Ann Bee", "a@b.test"}), "To: Ann Bee <a@b.test>\r\n");
  EXPECT_EQ(Addressed({"Acme, Inc. \"x\\", "a@b.test"}),
            "To: \"Acme, Inc. \\\"x\\\\\" <a@b.test>\r\n");
  EXPECT_EQ(Addressed({"Zoë", "a@b.test"}), "To: =?UTF-8?Q?Zo=C3=AB?= <a@b.test>\r\n");
  EXPECT_EQ(Addressed({"a  b ", "a@b.test"}), "To: =?UTF-8?Q?a__b_?= <a@b.test>\r\n");
}

TEST(Address, EncodesAPlainNameThatNeedsMoreThanALine) {
  const std::string fits(74, 'n');
  EXPECT_EQ(Addressed({fits, "a@b.test"}), "To: " + fits + "\r\n <a@b.test>\r\n");
  const std::string longer = std::string(40, 'n') + ' ' + std::string(40, 'm');
  EXPECT_TRUE(Addressed({longer, "a@b.test"}).starts_with("To: =?UTF-8?Q?n"));
}

TEST(Address, CannotSmuggleASecondAddressIn) {
  EXPECT_EQ(Addressed({"x@evil.test>, <y@evil.test", "a@b.test"}),
            "To: \"x@evil.test>, <y@evil.test\" <a@b.test>\r\n");
}

TEST(Address, GivesALongMailboxALineOfItsOwn) {
  const std::string mailbox = std::string(60, 'l') + "@example.test";
  EXPECT_EQ(Addressed({"A Name", mailbox}), "To: A Name\r\n <" + mailbox + ">\r\n");
}

TEST(Address, WritesADomainAsciiUnlessTheLocalPartIsNot) {
  EXPECT_EQ(Addressed({"", "a@bücher.test"}), "To: a@xn--bcher-kva.test\r\n");
  EXPECT_EQ(Addressed({"", "ä@bücher.test"}), "To: ä@bücher.test\r\n");
}

TEST(Address, RefusesABadMailboxWithoutRepeatingIt) {
  for (const char* bad : {"", "a", "a@", "@b.test", "a@b.test\r\nBcc: c@d.test", "a b@c.test",
                          "a@b.test, c@d.test", "<a@b.test>", "a@b.test\xE2\x80\xA8x"}) {
    std::string out;
    const absl::Status status = AppendAddress(out, "to", "To", {"", bad});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_EQ(status.message().find("to.mailbox"), 0U) << status;
    EXPECT_EQ(out, "");
  }
}

TEST(Date, IsWrittenInUtc) {
  std::string out;
  ASSERT_TRUE(AppendDate(out, "date", "Date", absl::FromUnixSeconds(1'800'000'000)).ok());
  EXPECT_EQ(out, "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n");
  EXPECT_FALSE(AppendDate(out, "date", "Date", absl::InfiniteFuture()).ok());
  EXPECT_FALSE(AppendDate(out, "date", "Date", absl::InfinitePast()).ok());
}

TEST(MessageId, MustBeTwoDotAtoms) {
  std::string out;
  ASSERT_TRUE(AppendMessageId(out, "message_id", "Message-ID", "a.b@c.test").ok());
  EXPECT_EQ(out, "Message-ID: <a.b@c.test>\r\n");
  for (const char* bad : {"", "a", "a@", "@b", "a@b>", "a b@c", "a@b@c", "a..b@c", ".a@c", "ä@c"}) {
    EXPECT_FALSE(AppendMessageId(out, "message_id", "Message-ID", bad).ok()) << bad;
  }
}

TEST(ExtraName, CannotBeOneThatWeOrARelayWrite) {
  EXPECT_TRUE(CheckExtraName("extra[0].name", "X-Label").ok());
  EXPECT_TRUE(CheckExtraName("extra[0].name", "In-Reply-To").ok());
  for (const char* bad : {"", "From", "fRoM", "Bcc", "Content-Type", "content-foo", "Resent-To",
                          "DKIM-Signature", "Received", "X:Y", "X Y", "X\r\nBcc", "Ü"}) {
    EXPECT_FALSE(CheckExtraName("extra[0].name", bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace posthaste::smtp

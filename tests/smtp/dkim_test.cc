#include "smtp/dkim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "smtp/dkim_canonical.h"
#include "smtp/message.h"
#include "tests/smtp/dkim_support.h"
#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kDate = absl::FromUnixSeconds(1'800'000'000);

std::string Signed(std::string_view message, const std::string& domain = "example.test") {
  const absl::StatusOr<std::string> fields = SignDkim(message, TestKeys(domain), kDate);
  EXPECT_TRUE(fields.ok()) << fields.status();
  return fields.value_or("");
}

// The value of a tag of the first field, white space removed.
std::string Tag(const std::string& fields, const std::string& name) {
  const std::string text = absl::StrReplaceAll(fields.substr(0, fields.find("\r\nDKIM")),
                                               {{"\r\n", ""}, {" ", ""}, {"DKIM-Signature:", ";"}});
  for (const auto& tag : absl::StrSplit(text, ';')) {
    const std::string_view view(tag.data(), tag.size());
    if (view.starts_with(name + "=")) return std::string(view.substr(name.size() + 1));
  }
  return "none";
}

constexpr std::string_view kMessage =
    "From: a@example.test\r\nTo: b@example.test\r\nSubject: hi\r\n\r\nbody\r\n";

TEST(Dkim, WritesTheFieldsAsRecorded) {
  const std::string message = Compose(SampleMessage()).value();
  const std::string whole = Signed(message) + message;
  const std::string path = PH_SOURCE_DIR "/tests/golden/messages/dkim.eml";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << whole;
  EXPECT_EQ(whole, ReadFile(path)) << "UPDATE_GOLDEN=1 rewrites " << path;
}

TEST(Dkim, GivesTheSameBytesEachTime) {
  const std::string message = Compose(SampleMessage()).value();
  EXPECT_EQ(Signed(message), Signed(message));
}

// RFC 8463 A.3, without the values of b=.
constexpr std::string_view kRfcHeader =
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";
constexpr std::string_view kRfcBody =
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
constexpr std::string_view kRfcEd25519 =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=";
constexpr std::string_view kRfcRsa =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=";

std::string RfcInput(std::string_view signature) {
  std::string input;
  for (std::string_view rest = kRfcHeader; !rest.empty();) {
    const size_t end = rest.find("\r\n") + 2;
    AppendRelaxedField(input, rest.substr(0, end));
    rest.remove_prefix(end);
  }
  AppendRelaxedField(input, signature);
  return input.substr(0, input.size() - 2);
}

TEST(Dkim, HashesAndSignsTheMessageOfRfc8463) {
  EXPECT_EQ(Base64(crypto::Sha256(RelaxedBody(kRfcBody))),
            "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
  const std::string signature = TestKey("ed25519").Sign(crypto::Sha256(RfcInput(kRfcEd25519)));
  EXPECT_EQ(Base64(signature),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
            "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
}

// Its RSA key has 1024 bits, with which we do not sign (RFC 8301): its signature is verified.
TEST(Dkim, CanonicalisesWhatTheRsaSignatureOfRfc8463Covers) {
  const std::string der =
      FromBase64(
          "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
          "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
          "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
          "Ip3G+2kryOTIKT+l/K4w3QIDAQAB")
          .value();
  const std::string signature = FromBase64(
                                    "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
                                    "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
                                    "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=")
                                    .value();
  const std::string input = RfcInput(kRfcRsa);
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const unsigned char* at = bytes(der);
  EVP_PKEY* const key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  ASSERT_EQ(EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key), 1);
  EXPECT_EQ(
      EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(input), input.size()), 1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
}

TEST(Dkim, SignsOnceWithEachKeyAndSaysWhichAndWhen) {
  const std::string fields = Signed(kMessage);
  EXPECT_EQ(fields.find("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"), 0u);
  EXPECT_THAT(fields, HasSubstr("\r\nDKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"));
  EXPECT_EQ(Tag(fields, "d"), "example.test");
  EXPECT_EQ(Tag(fields, "s"), "rsa");
  EXPECT_EQ(Tag(fields, "t"), "1800000000");
  EXPECT_EQ(Tag(fields, "x"), "1801209600");
  for (const char* absent : {"i", "l", "q", "z"}) EXPECT_EQ(Tag(fields, absent), "none");
}

TEST(Dkim, SignsOneMoreOfWhatAReaderIsShownSoThatNoneCanBeAdded) {
  const std::string message =
      "From: a@example.test\r\nTo: b@example.test\r\nSubject: hi\r\n"
      "List-Unsubscribe: <https://x.test>\r\nX-Label: not signed\r\n\r\n";
  EXPECT_EQ(Tag(Signed(message), "h"),
            "From:From:To:To:Cc:Reply-To:Subject:Subject:Date:Message-ID:MIME-Version:Content-Type:"
            "Content-Transfer-Encoding:List-Unsubscribe");
}

TEST(Dkim, CoversWhatItSignsAndNotWhatRelaysChange) {
  const std::string message = Compose(SampleMessage()).value();
  const std::string signature = Tag(Signed(message), "b");
  const auto changed = [&](const std::string& from, const std::string& to) {
    const std::string other = absl::StrReplaceAll(message, {{from, to}});
    EXPECT_NE(other, message) << from;
    return Tag(Signed(other), "b") != signature;
  };
  for (const char* covered :
       {"From: Example", "zoe@example.test>", "Subject: Your", "Date: Fri", "Message-ID: <0h4",
        "Auto-Submitted: auto-generated", "Content-Type: multipart", "Feedback-ID: code",
        "X-Entity-Ref-ID: 0h4", "Content-Language: en", "123 456", "</html>"}) {
    EXPECT_TRUE(changed(covered, std::string(covered) + "x")) << covered;
  }
  EXPECT_FALSE(changed("Subject: Your verification", "SUBJECT:  Your\r\n\tverification"));
  EXPECT_FALSE(changed("</html>", "</html>  "));
}

TEST(Dkim, KeepsItsLinesShort) {
  const std::string domain = std::string(60, 'a') + "." + std::string(60, 'b') + ".test";
  for (const std::string& name : {std::string("example.test"), domain}) {
    const auto lines = CrLfLines(Signed(Compose(SampleMessage()).value(), name));
    ASSERT_TRUE(lines.has_value());
    for (const std::string& line : *lines) {
      EXPECT_LE(line.size(), name == domain ? 130u : 78u) << line;
      EXPECT_THAT(line, Not(testing::MatchesRegex(" *")));
    }
  }
}

TEST(Dkim, RefusesWhatIsNoMessage) {
  const auto refused = [](std::string_view message) {
    return absl::IsInvalidArgument(SignDkim(message, TestKeys("example.test"), kDate).status());
  };
  EXPECT_FALSE(refused(kMessage));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("From: a@example.test"));
  EXPECT_TRUE(refused("From: a@example.test\r\nTo: b@example.test\r\n"));
  EXPECT_TRUE(refused("From: a@example.test\r\nno field\r\n\r\n"));
  EXPECT_TRUE(refused("To: a@example.test\r\n\r\n"));
  EXPECT_TRUE(refused("From: a@example.test\r\nFROM : b@example.test\r\n\r\n"));
}

TEST(DkimKeys, SignForTheNearestDomainThatHasKeys) {
  std::vector<DkimKey> keys = {{"example.test", "ed", TestKey("ed25519")},
                               {"mail.example.test", "near", TestKey("ed25519")},
                               {"example.test", "rsa", TestKey("rsa")}};
  const DkimKeys dkim(std::move(keys));
  ASSERT_EQ(dkim.For("example.test").size(), 2u);
  EXPECT_EQ(dkim.For("example.test")[0].selector, "rsa");
  EXPECT_EQ(dkim.For("a.b.example.test").size(), 2u);
  ASSERT_EQ(dkim.For("x.mail.example.test").size(), 1u);
  EXPECT_EQ(dkim.For("x.mail.example.test")[0].selector, "near");
  for (const char* stranger : {"test", "another-example.test", "example.test.evil.test", ""}) {
    EXPECT_TRUE(dkim.For(stranger).empty()) << stranger;
  }
  EXPECT_TRUE(DkimKeys().For("example.test").empty());
}

}  // namespace
}  // namespace posthaste::smtp

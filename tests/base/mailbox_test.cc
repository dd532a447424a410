#include "base/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthaste {
namespace {

struct Good {
  std::string_view address;
  std::string_view lookup;
  std::string_view bucket;
};

const Good kGood[] = {
    {"user@example.com", "user@example.com", "user@example.com"},
    {"User.Name@EXAMPLE.Com", "user.name@example.com", "user.name@example.com"},
    {"user+tag@example.com", "user+tag@example.com", "user@example.com"},
    {"user+a+b@example.com", "user+a+b@example.com", "user@example.com"},
    {"+tag@example.com", "+tag@example.com", "+tag@example.com"},
    {"J.o.e+x@Gmail.com", "j.o.e+x@gmail.com", "joe@gmail.com"},
    {"j.oe@googlemail.com", "j.oe@googlemail.com", "joe@gmail.com"},
    {"j.oe@mail.gmail.com", "j.oe@mail.gmail.com", "j.oe@mail.gmail.com"},
    {"!#$%&'*/=?^_`{|}~-@example.com", "!#$%&'*/=?^_`{|}~-@example.com",
     "!#$%&'*/=?^_`{|}~-@example.com"},
    {"a@b.c", "a@b.c", "a@b.c"},
    {"me@localhost", "me@localhost", "me@localhost"},
    {"me@relay.test", "me@relay.test", "me@relay.test"},
    {"me@1und1.de", "me@1und1.de", "me@1und1.de"},
    {"me@xn--bcher-kva.example", "me@xn--bcher-kva.example", "me@xn--bcher-kva.example"},
    {"me@b\u00fccher.example", "me@xn--bcher-kva.example", "me@xn--bcher-kva.example"},
    {"me@B\u00dcCHER.example", "me@xn--bcher-kva.example", "me@xn--bcher-kva.example"},
    {"me@bu\u0308cher.example", "me@xn--bcher-kva.example", "me@xn--bcher-kva.example"},
    {"me@fa\u00df.de", "me@xn--fa-hia.de", "me@xn--fa-hia.de"},  // Not "fass.de": non-transitional.
    {"j\u00f6rg@example.com", "j\u00f6rg@example.com", "j\u00f6rg@example.com"},
    {"jo\u0308rg@example.com", "j\u00f6rg@example.com", "j\u00f6rg@example.com"},
    {"e.\u0301+x@gmail.com", "e.\u0301+x@gmail.com", "\u00e9@gmail.com"},
    {"\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a", "\u7528\u6237@xn--fsqu00a.xn--4rr70v",
     "\u7528\u6237@xn--fsqu00a.xn--4rr70v"},
};

TEST(ParseMailbox, AcceptsAndFoldsWhatPeopleHave) {
  for (const Good& good : kGood) {
    const absl::StatusOr<Mailbox> mailbox = ParseMailbox(good.address);
    ASSERT_TRUE(mailbox.ok()) << good.address << ": " << mailbox.status();
    EXPECT_EQ(mailbox->address, good.address);
    EXPECT_EQ(mailbox->local_part + "@" + mailbox->domain, good.address);
    EXPECT_EQ(mailbox->lookup, good.lookup);
    EXPECT_EQ(mailbox->bucket, good.bucket);
  }
}

struct Bad {
  std::string_view address;
  std::string_view reason;
};

using namespace std::literals;

const Bad kBad[] = {
    {"", "empty"},
    {"example.com", "no @"},
    {"@example.com", "before the @"},
    {"user@", "after the @"},
    {"user name@example.com", "not allowed"},
    {"a@b@example.com", "not allowed"},
    {"Joe <joe@example.com>", "not allowed"},
    {"joe(comment)@example.com", "not allowed"},
    {"joe,ann@example.com", "not allowed"},
    {"joe;ann@example.com", "not allowed"},
    {"\"joe ann\"@example.com", "quoted"},
    {".joe@example.com", "dot"},
    {"joe.@example.com", "dot"},
    {"j..oe@example.com", "dot"},
    {"joe@example", "no dot"},
    {"joe@.example.com", "label"},
    {"joe@example.com.", "label"},
    {"joe@example..com", "label"},
    {"joe@-example.com", "label"},
    {"joe@example-.com", "label"},
    {"joe@exa_mple.com", "label"},
    {"joe@exa mple.com", "label"},
    {"joe@[127.0.0.1]", "literals"},
    {"joe@127.0.0.1", "number"},
    {"joe@xn--\u00fc.example", "IDNA"},
    {"joe@xn--0.example", "IDNA"},
    {"joe@\u2603\u202e.example", "IDNA"},
    {"joe\r\nRCPT TO:<x@y.test>@example.com", "control"},
    {"joe\t@example.com", "control"},
    {"joe\0@example.com"sv, "control"},
    {"joe@example.com\x7f", "control"},
    {"joe\u0085@example.com", "control"},
    {"joe\xff@example.com", "UTF-8"},
    {"joe\xc0\xaf@example.com", "UTF-8"},
    {"joe\u00a0x@example.com", "invisible"},
    {"joe\u202ex@example.com", "invisible"},
    {"joe\u200bx@example.com", "invisible"},
    {"joe\u2028x@example.com", "invisible"},
    {"joe\u037ex@example.com", "normal form"},  // Normalised it is a semicolon.
};

TEST(ParseMailbox, RefusesTheRestAndSaysWhyWithoutRepeatingIt) {
  for (const Bad& bad : kBad) {
    const absl::Status status = ParseMailbox(bad.address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.address;
    const std::string message(status.message());
    EXPECT_THAT(message, ::testing::HasSubstr(std::string(bad.reason))) << bad.address;
    EXPECT_EQ(message.find("joe"), std::string::npos);
  }
}

TEST(ParseMailbox, HoldsTheLimitsOfRfc5321) {
  const std::string label(63, 'd');
  const std::string domain = label + "." + label + "." + std::string(61, 'd');  // 189 octets.
  const std::string local(64, 'l');
  EXPECT_TRUE(ParseMailbox(local + "@" + domain).ok());         // 254.
  EXPECT_FALSE(ParseMailbox(local + "@" + domain + "d").ok());  // 255.
  EXPECT_FALSE(ParseMailbox(local + "l@example.com").ok());
  EXPECT_FALSE(ParseMailbox("me@" + label + "d.example").ok());
  // Short in UTF-8 but too long in the form that goes over the wire.
  std::string wide;
  for (int i = 0; i < 20; ++i) wide += "\u00fc\u00e4\u00f6\u00df.";
  EXPECT_FALSE(ParseMailbox(local + "@" + wide + "de").ok());
}

TEST(ParseMailbox, NeedsSmtputf8ForTheLocalPartOnly) {
  EXPECT_FALSE(ParseMailbox("me@b\u00fccher.example")->needs_smtputf8);
  EXPECT_TRUE(ParseMailbox("j\u00f6rg@example.com")->needs_smtputf8);
}

TEST(ParseMailbox, FoldsOnlyAsciiLettersOfTheLocalPart) {
  EXPECT_EQ(ParseMailbox("J\u00d6RG@example.com")->lookup, "j\u00d6rg@example.com");
}

TEST(Masked, ShowsTheFirstCharacterAndTheDomain) {
  EXPECT_EQ(Masked(*ParseMailbox("user@example.com")), "u***@example.com");
  EXPECT_EQ(Masked(*ParseMailbox("\u7528\u6237@example.com")), "\u7528***@example.com");
  EXPECT_EQ(Masked(*ParseMailbox("a@b.c")), "a***@b.c");
}

}  // namespace
}  // namespace posthaste

#include "service/config/dkim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = crypto::SigningKey::Kind;

class DkimTest : public testing::Test {
 protected:
  DkimTest() {
    v1::Tenant& tenant = *config_.add_tenants();
    tenant.add_senders()->set_mailbox("no-reply@mail.example.test");
    tenant.add_senders()->set_mailbox("hello@b\u00fccher.example");
  }

  v1::Dkim& Add(const std::string& domain, const std::string& selector, const std::string& file) {
    v1::Dkim& dkim = *config_.add_dkim();
    dkim.set_domain(domain);
    dkim.set_selector(selector);
    dkim.set_key_file(file);
    return dkim;
  }
  std::string KeyFile(const std::string& name, Kind kind) {
    return dir_.Write(name, crypto::SigningKey::Generate(kind).ToPem());
  }
  std::string Refusal() {
    absl::Status status = CheckDkim(config_);
    if (status.ok()) status = ReadDkimKeys(config_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
    return std::string(status.message());
  }

  const TempDir dir_;
  v1::Config config_;
};

TEST_F(DkimTest, ReadsOneKeyOfEachKindForADomain) {
  Add("Example.Test", "s1-rsa", KeyFile("rsa.pem", Kind::kRsa));
  Add("example.test", "s1.ed", KeyFile("ed.pem", Kind::kEd25519));
  Add("b\u00fccher.example", "s1", KeyFile("other.pem", Kind::kEd25519));
  ASSERT_TRUE(CheckDkim(config_).ok()) << CheckDkim(config_);
  const absl::StatusOr<std::vector<DkimEntry>> entries = ReadDkimKeys(config_);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].domain, "example.test");
  EXPECT_EQ((*entries)[0].key.kind(), Kind::kRsa);
  EXPECT_EQ((*entries)[1].selector, "s1.ed");
  EXPECT_EQ((*entries)[1].key.kind(), Kind::kEd25519);
  EXPECT_EQ((*entries)[2].domain, "xn--bcher-kva.example");
}

TEST_F(DkimTest, NamesTheSettingOfADomainOrSelectorThatIsNone) {
  v1::Dkim& dkim = Add("mail.example.test", "s", "/key");
  EXPECT_TRUE(CheckDkim(config_).ok());
  for (const char* wrong : {"", "example", "exa mple.test", "@example.test", "example..test"}) {
    dkim.set_domain(wrong);
    EXPECT_THAT(Refusal(), StartsWith("dkim[0].domain: \"" + std::string(wrong) + "\"")) << wrong;
  }
  dkim.set_domain("mail.example.test");
  for (const std::string& wrong :
       {std::string(), std::string("a..b"), std::string("-a"), std::string("a_b"),
        std::string(64, 'a'), std::string("a;b=c")}) {
    dkim.set_selector(wrong);
    EXPECT_THAT(Refusal(), StartsWith("dkim[0].selector: ")) << wrong;
  }
  dkim.set_selector("s");
  dkim.clear_key_file();
  EXPECT_EQ(Refusal(), "dkim[0].key_file: missing");
}

TEST_F(DkimTest, RefusesADomainThatNoSenderIsAlignedWith) {
  v1::Dkim& dkim = Add("example.test", "s", "/key");
  EXPECT_TRUE(CheckDkim(config_).ok());
  for (const char* stranger : {"other.test", "ample.test", "x.mail.example.test"}) {
    dkim.set_domain(stranger);
    EXPECT_THAT(Refusal(),
                HasSubstr("dkim[0].domain: no sender's mailbox is in " + std::string(stranger)));
  }
}

TEST_F(DkimTest, RefusesASelectorThatIsUsedTwiceAndASecondKeyOfAKind) {
  Add("example.test", "one", KeyFile("a.pem", Kind::kEd25519));
  v1::Dkim& second = Add("example.test", "ONE", KeyFile("b.pem", Kind::kEd25519));
  EXPECT_THAT(Refusal(), StartsWith("dkim[1].selector: \"ONE\" is used twice"));
  second.set_selector("two");
  EXPECT_THAT(Refusal(), HasSubstr("dkim[1].key_file: " + dir_.File("b.pem") +
                                   ": example.test has a key of this kind already"));
  second.set_domain("mail.example.test");
  EXPECT_TRUE(ReadDkimKeys(config_).ok());
}

TEST_F(DkimTest, NamesTheSettingOfAFileThatIsMissingLooseOrNoKey) {
  v1::Dkim& dkim = Add("example.test", "s", dir_.File("none"));
  EXPECT_THAT(Refusal(), StartsWith("dkim[0].key_file: " + dir_.File("none") + ": No such file"));
  const std::string loose = KeyFile("loose.pem", Kind::kEd25519);
  chmod(loose.c_str(), 0640);
  dkim.set_key_file(loose);
  EXPECT_THAT(Refusal(), StartsWith("dkim[0].key_file: " + loose + ": mode 0640"));
  dkim.set_key_file(dir_.Write("text", "s3cret text"));
  EXPECT_EQ(Refusal(), "dkim[0].key_file: " + dir_.File("text") +
                           ": not a private key in PEM without a passphrase");
}

// The key of RFC 8463 A.1.
TEST_F(DkimTest, RefusesAnRsaKeyOf1024Bits) {
  constexpr char kShort[] = R"(-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
)";
  Add("example.test", "s", dir_.Write("short.pem", kShort));
  EXPECT_EQ(Refusal(), "dkim[0].key_file: " + dir_.File("short.pem") +
                           ": an RSA key of 1024 bits: 2048 to 4096 are allowed (RFC 8301)");
}

}  // namespace
}  // namespace posthaste::config

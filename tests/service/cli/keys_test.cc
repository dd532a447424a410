#include "service/cli/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/signing_key.h"
#include "service/config/secrets.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;

class KeysTest : public ::testing::Test {
 protected:
  int Create(KeysOptions options) { return CreateKeys(options, terminal_); }
  TempDir dir_;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(KeysTest, MakesKeyFilesThatTheServiceTakes) {
  KeysOptions options;
  options.dir = dir_.File("keys");
  ASSERT_EQ(Create(options), 0) << err_.str();
  struct stat facts {};
  ASSERT_EQ(stat(options.dir.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  std::vector<std::string> keys;
  for (const char* name : {"hash.key", "code-1.key", "seal-1.key"}) {
    const absl::StatusOr<Secret> key = config::ReadKeyFile(options.dir + "/" + name);
    ASSERT_TRUE(key.ok()) << key.status();
    keys.emplace_back(key->Reveal());
    EXPECT_THAT(out_.str(), HasSubstr(std::string("file: \"") + options.dir + "/" + name + "\"\n"));
    EXPECT_EQ(out_.str().find(Hex(keys.back())), std::string::npos) << "a key was printed";
  }
  EXPECT_NE(keys[0], keys[1]);
  const std::string pem = ReadFile(options.dir + "/receipt-1.pem");
  const auto receipts = crypto::SigningKey::FromPem(pem);
  ASSERT_TRUE(receipts.ok()) << receipts.status();
  EXPECT_EQ(receipts->kind(), crypto::SigningKey::Kind::kEd25519);
  EXPECT_TRUE(config::ReadSecretFile(options.dir + "/receipt-1.pem").ok()) << "private";
  EXPECT_THAT(out_.str(), HasSubstr("    - id: receipt-1\n      file: \"" + options.dir +
                                    "/receipt-1.pem\"\n"));
}

TEST_F(KeysTest, NeverOverwritesAKey) {
  KeysOptions options;
  options.dir = dir_.path();
  dir_.Write("seal-1.key", "precious");
  EXPECT_EQ(Create(options), 2);
  EXPECT_THAT(err_.str(), HasSubstr("seal-1.key: is there already"));
  EXPECT_EQ(ReadFile(dir_.File("seal-1.key")), "precious");
  EXPECT_EQ(ReadFile(dir_.File("hash.key")), "");
}

TEST_F(KeysTest, PrintsACallersKeyOnceWithItsDigest) {
  KeysOptions options;
  options.api_key = "web";
  options.scopes = {"verifications.send"};
  ASSERT_EQ(Create(options), 0);
  const std::string out = out_.str();
  const size_t at = out.find("  web.") + 2;
  const std::string key = out.substr(at, out.find('\n', at) - at);
  const std::string secret = key.substr(4);
  EXPECT_EQ(FromBase64Url(secret)->size(), 32u);
  EXPECT_THAT(out, HasSubstr("secret_sha256: [\"" + Hex(crypto::Sha256(secret)) +
                             "\"]\n        scopes: [verifications.send]\n"));
  EXPECT_EQ(out.find(secret, at + key.size()), std::string::npos);
}

TEST_F(KeysTest, PrintsJson) {
  KeysOptions options;
  options.api_key = "web";
  options.json = true;
  ASSERT_EQ(Create(options), 0);
  EXPECT_THAT(out_.str(), HasSubstr("{\"id\":\"web\",\"key\":\"web."));
  EXPECT_THAT(out_.str(), HasSubstr("\"templates.write\"]}\n"));
}

TEST_F(KeysTest, RefusesABadIdAndAnUnclearWish) {
  KeysOptions options;
  EXPECT_EQ(Create(options), 2);
  options.api_key = "Web Key";
  EXPECT_EQ(Create(options), 2);
  EXPECT_THAT(err_.str(), HasSubstr("\"Web Key\" is not an id"));
  options.api_key = "web";
  options.scopes = {"messages.read", "messages.write"};
  EXPECT_EQ(Create(options), 2);
  EXPECT_THAT(err_.str(), HasSubstr("no scope \"messages.write\""));
}

}  // namespace
}  // namespace posthaste::cli

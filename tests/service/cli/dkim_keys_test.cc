#include "service/cli/dkim_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "base/encoding.h"
#include "service/config/dkim.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DkimKeysTest : public ::testing::Test {
 protected:
  DkimKeysTest() {
    options_.domain = "example.test";
    options_.selector = "s1";
    options_.dir = dir_.File("keys");
  }
  TempDir dir_;
  DkimKeysOptions options_;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(DkimKeysTest, MakesOneKeyOfEachKindThatTheServiceTakes) {
  const absl::StatusOr<std::vector<DkimKeyFile>> files = CreateDkimKeys(options_);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 2u);
  config::v1::Config config;
  for (const DkimKeyFile& file : *files) {
    struct stat facts {};
    ASSERT_EQ(stat(file.path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
    config::v1::Dkim& dkim = *config.add_dkim();
    dkim.set_domain("example.test");
    dkim.set_selector(file.selector);
    dkim.set_key_file(file.path);
  }
  const auto entries = config::ReadDkimKeys(config);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*files)[0].record, "v=DKIM1; k=rsa; p=" + Base64((*entries)[0].key.PublicKey()));
  EXPECT_EQ((*files)[1].record, "v=DKIM1; k=ed25519; p=" + Base64((*entries)[1].key.PublicKey()));
}

TEST_F(DkimKeysTest, PrintsTheRecordsInStringsThatDnsTakesAndTheSettings) {
  ASSERT_EQ(PrintDkimKeys(options_, terminal_), 0) << err_.str();
  const std::string out = out_.str();
  EXPECT_THAT(out, HasSubstr("\ns1-rsa._domainkey.example.test. IN TXT ( \"v=DKIM1; k=rsa; p=MII"));
  EXPECT_THAT(out, HasSubstr("\ns1-ed25519._domainkey.example.test. IN TXT ( \"v=DKIM1; k=ed2551"));
  EXPECT_THAT(out, HasSubstr("  - domain: example.test\n    selector: s1-rsa\n    key_file: " +
                             options_.dir + "/dkim-example.test-s1-rsa.pem\n"));
  EXPECT_THAT(out, Not(HasSubstr("PRIVATE")));
  for (size_t at = out.find('"'); at != std::string::npos; at = out.find('"', at + 1)) {
    const size_t end = out.find('"', at + 1);
    EXPECT_LE(end - at - 1, 255u);
    at = end;
  }
}

TEST_F(DkimKeysTest, WritesTheDomainAsDnsKnowsIt) {
  options_.domain = "B\u00fccher.example";
  const absl::StatusOr<std::vector<DkimKeyFile>> files = CreateDkimKeys(options_);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(ZoneLine((*files)[1]),
              testing::StartsWith("s1-ed25519._domainkey.xn--bcher-kva.example. IN TXT ( \"v="));
}

TEST_F(DkimKeysTest, NeverOverwritesAKey) {
  ASSERT_EQ(PrintDkimKeys(options_, terminal_), 0);
  const std::string path = options_.dir + "/dkim-example.test-s1-rsa.pem";
  const std::string before = ReadFile(path);
  EXPECT_EQ(PrintDkimKeys(options_, terminal_), 2);
  EXPECT_THAT(err_.str(), HasSubstr(path));
  EXPECT_EQ(ReadFile(path), before);
}

TEST_F(DkimKeysTest, RefusesNamesThatDnsCannotHave) {
  for (const auto& [domain, selector] :
       {std::pair("no domain", "s1"), std::pair("../x.test", "s1"),
        std::pair("example.test", "s 1"), std::pair("example.test", "../s")}) {
    options_.domain = domain;
    options_.selector = selector;
    EXPECT_TRUE(absl::IsInvalidArgument(CreateDkimKeys(options_).status())) << domain << selector;
  }
  struct stat facts {};
  EXPECT_NE(stat(options_.dir.c_str(), &facts), 0);
}

}  // namespace
}  // namespace posthaste::cli

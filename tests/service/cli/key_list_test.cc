#include "service/cli/key_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "service/api/order.h"
#include "service/api/template_order.h"
#include "service/queue/stats.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kSwitched[] = "2027-01-15T08:00:00Z";
const absl::Time kSwitch = absl::FromUnixSeconds(1'800'000'000);  // The same.

void AddSeal(config::v1::Keys& keys, int id, const std::string& since = "") {
  auto& key = *keys.add_seal_keys();
  key.set_id(id);
  key.set_file("/k/seal-" + std::to_string(id) + ".key");
  key.set_writes_since(since);
}

std::optional<absl::Time> NoFile(const std::string&) { return std::nullopt; }

std::vector<KeyLine> Seals(const config::v1::Config& config) {
  std::vector<KeyLine> lines = KeyLines(config, NoFile);
  std::erase_if(lines, [](const KeyLine& line) { return line.kind != "seal"; });
  return lines;
}

TEST(KeyLines, CountFromWhenTheNextKeyWrote) {
  config::v1::Config config;
  AddSeal(*config.mutable_keys(), 1);
  AddSeal(*config.mutable_keys(), 3);
  AddSeal(*config.mutable_keys(), 2, kSwitched);
  const std::vector<KeyLine> lines = Seals(config);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].use, "opens");
  EXPECT_EQ(lines[0].may_go, kSwitch + absl::Hours(36 * 24));
  EXPECT_EQ(lines[1].use, "waits");
  EXPECT_EQ(lines[1].may_go, std::nullopt);
  EXPECT_EQ(lines[2].use, "writes");
  EXPECT_EQ(lines[2].writes_since, kSwitch);
  EXPECT_EQ(lines[2].may_go, std::nullopt);
}

TEST(KeyLines, TakeTheFirstThatWroteAfterAKey) {
  config::v1::Config config;
  AddSeal(*config.mutable_keys(), 1, "2026-01-01T00:00:00Z");
  AddSeal(*config.mutable_keys(), 2, kSwitched);
  AddSeal(*config.mutable_keys(), 3, "2027-06-01T00:00:00Z");
  EXPECT_EQ(Seals(config)[0].may_go, kSwitch + absl::Hours(36 * 24));
}

TEST(KeyLines, SayWhatIsNotKnown) {
  config::v1::Config config;
  AddSeal(*config.mutable_keys(), 1);
  AddSeal(*config.mutable_keys(), 2);
  const std::vector<KeyLine> lines = Seals(config);
  EXPECT_EQ(lines[0].may_go, std::nullopt);
  EXPECT_THAT(lines[0].note, HasSubstr("not written down"));
}

TEST(KeyLines, NameEveryKindOfKey) {
  config::v1::Config config;
  config.mutable_keys()->set_hash_key_file("/k/hash.key");
  config.mutable_keys()->add_code_keys()->set_epoch(7);
  config.mutable_keys()->add_receipt_keys()->set_id("receipt-1");
  AddSeal(*config.mutable_keys(), 1);
  config.add_dkim()->set_selector("s1");
  config.mutable_dkim(0)->set_domain("acme.test");
  std::vector<std::string> all;
  for (const KeyLine& line : KeyLines(config, NoFile)) all.push_back(line.kind + " " + line.id);
  EXPECT_THAT(all, ::testing::ElementsAre("hash ", "code 7", "seal 1", "receipt receipt-1",
                                          "dkim s1._domainkey.acme.test"));
}

TEST(NeededFor, IsAllThatAMessageCanWait) {
  EXPECT_EQ(NeededFor(config::KeyKind::kSeal), absl::Hours(36 * 24));
  EXPECT_EQ(NeededFor(config::KeyKind::kSeal),
            api::kScheduleMax + api::kNoticeLife + queue::kParkedMax);
  EXPECT_EQ(NeededFor(config::KeyKind::kCode), absl::Minutes(30));
}

TEST(ListKeys, PrintsATableOrObjects) {
  const TempDir dir;
  const std::string config = dir.Write("posthaste.yaml", R"(keys:
  hash_key_file: /run/credentials/hash.key
  code_keys: [{epoch: 1, file: /run/credentials/code-1.key}]
  seal_keys:
    - {id: 1, file: /run/credentials/seal-1.key}
    - {id: 2, file: /run/credentials/seal-2.key, writes_since: "2020-01-01T00:00:00Z"}
relays: [{id: main, host: smtp.example.test}]
tenants:
  - id: acme
    relays: [main]
    senders: [{id: default, mailbox: no-reply@acme.test, name: Acme}]
)");
  dir.Write("seal-1.key", "x");
  KeyRingOptions options;
  options.config = config;
  options.dir = dir.path();
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  ASSERT_EQ(ListKeys(options, terminal), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("KIND     ID  USE     AGE      NEEDED\n"));
  EXPECT_THAT(out.str(), HasSubstr("code     1   writes  no file  the only one\n"));
  EXPECT_THAT(out.str(), ::testing::ContainsRegex(
                             "seal     1   opens   [0-9]+ m?s +may go, since 2020-02-06T00:00:00Z\n"
                             "seal     2   writes  no file\n"));
  out.str("");
  options.json = true;
  ASSERT_EQ(ListKeys(options, terminal), 0);
  EXPECT_THAT(out.str(), HasSubstr(R"({"kind":"seal","id":"2","use":"writes","file":)"
                                   R"("/run/credentials/seal-2.key","writes_since":)"
                                   R"("2020-01-01T00:00:00Z"})"
                                   "\n"));
  options.config = dir.File("gone.yaml");
  EXPECT_EQ(ListKeys(options, terminal), 2);
  EXPECT_THAT(err.str(), HasSubstr("gone.yaml"));
}

}  // namespace
}  // namespace posthaste::cli

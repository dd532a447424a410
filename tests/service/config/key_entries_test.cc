#include "service/config/key_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "service/config/load.h"

namespace posthaste::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z.
constexpr char kTime[] = "2027-01-15T08:00:00Z";

// A good configuration with `keys` for the lists of keys.
std::string With(const std::string& keys) {
  return absl::StrReplaceAll(R"(# Ours.
keys:
  hash_key_file: /k/hash.key
KEYS
relays: [{id: main, host: smtp.example.test}]  # One is enough.
tenants:
  - id: acme
    relays: [main]
    senders: [{id: default, mailbox: no-reply@acme.test, name: Acme}]
    keys: [{id: web, secret_sha256: ["SHA"], scopes: [messages.read]}]
)",
                             {{"KEYS\n", keys}, {"SHA", std::string(64, '0')}});
}

constexpr char kBlock[] = R"(  code_keys: [{epoch: 1, file: /k/code-1.key}]
  # These seal.
  seal_keys:
    # The first.
    - id: 1  # Never used twice.
      file: "/k/seal-1.key"  # Ours.

  receipt_keys:
    - {id: receipt-1, file: /k/receipt-1.pem}  # kid
)";

const KeyEntry kSeal2 = {"2", "/k/seal-2.key", ""};

TEST(WithKey, AddsBeforeTheLastAndKeepsEveryComment) {
  const absl::StatusOr<std::string> text = WithKey(With(kBlock), KeyKind::kSeal, kSeal2);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, With(absl::StrReplaceAll(kBlock, {{"    - id: 1  #",
                                                      "    - id: 2\n"
                                                      "      file: \"/k/seal-2.key\"\n"
                                                      "    - id: 1  #"}})));
}

TEST(WithKey, WritesAsTheListIsWritten) {
  EXPECT_THAT(*WithKey(With(kBlock), KeyKind::kCode, {"2", "/k/code-2.key", ""}),
              HasSubstr("code_keys: [{epoch: 2, file: \"/k/code-2.key\"}, {epoch: 1, file: /k/c"));
  EXPECT_THAT(*WithKey(With(kBlock), KeyKind::kReceipt, {"receipt-2", "/k/r 2.pem", ""}),
              HasSubstr("    - {id: receipt-2, file: \"/k/r 2.pem\"}\n"
                        "    - {id: receipt-1, file: /k/receipt-1.pem}  # kid\n"));
}

TEST(WithKey, LeavesJsonJson) {
  const std::string json =
      R"({"keys": {"hash_key_file": "h", "code_keys": [{"epoch": 1, "file": "c"}], "seal_keys":)"
      R"( [{"id": 1, "file": "s"}]}, "relays": [{"id": "main", "host": "h"}], "tenants": [{"id":)"
      R"( "acme", "relays": ["main"], "senders": [{"id": "a", "mailbox": "a@b.test", "name":)"
      R"( "A"}]}]})";
  const std::string added = WithKey(json, KeyKind::kSeal, kSeal2).value();
  EXPECT_THAT(added, HasSubstr(R"("seal_keys": [{"id": 2, "file": "/k/seal-2.key"}, {"id": 1)"));
  EXPECT_THAT(WithWriter(added, KeyKind::kSeal, "2", kNow).value(),
              HasSubstr(R"([{"id": 1, "file": "s"}, {"id": 2, "file": "/k/seal-2.key", )"
                        R"("writes_since": "2027-01-15T08:00:00Z"}])"));
}

TEST(WithKey, TouchesNothingThatItDoesNotUnderstand) {
  const std::string alias = "  code_keys: &keys\n    - {id: 1, file: /k/1}\n  seal_keys: *keys\n";
  EXPECT_FALSE(WithKey(With(alias), KeyKind::kSeal, kSeal2).ok());
  const std::string dash_alone =
      "  code_keys: [{epoch: 1, file: c}]\n  seal_keys:\n    -\n      id: 1\n      file: s\n";
  const absl::Status refused = WithKey(With(dash_alone), KeyKind::kSeal, kSeal2).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("keys.seal_keys cannot be changed"));
  const std::string folded =
      "  code_keys: [{epoch: 1, file: c}]\n  seal_keys:\n    - id: 1\n      file: >-\n        s\n";
  EXPECT_TRUE(absl::IsFailedPrecondition(WithKey(With(folded), KeyKind::kSeal, kSeal2).status()));
}

TEST(WithKey, RefusesAnIdThatIsUsed) {
  const absl::Status refused = WithKey(With(kBlock), KeyKind::kSeal, {"1", "/k/x", ""}).status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("used twice"));
}

TEST(WithWriter, MakesAKeyTheLastAndSaysSinceWhen) {
  const std::string added = WithKey(With(kBlock), KeyKind::kSeal, kSeal2).value();
  const absl::StatusOr<std::string> text = WithWriter(added, KeyKind::kSeal, "2", kNow);
  ASSERT_TRUE(text.ok()) << text.status();
  const v1::Keys keys = ParseConfig(*text)->keys();
  EXPECT_THAT(
      KeyEntriesOf(keys, KeyKind::kSeal),
      ElementsAre(KeyEntry{"1", "/k/seal-1.key", ""}, KeyEntry{"2", "/k/seal-2.key", kTime}));
  for (const char* comment : {"# Ours.\n", "# These seal.\n", "# The first.\n", "# Never used",
                              "# One is enough.\n", "# kid\n"})
    EXPECT_THAT(*text, HasSubstr(comment));
}

TEST(WithWriter, DatesAKeyAnewThatWroteBefore) {
  const std::string keys =
      "  code_keys: [{epoch: 1, file: c}]\n"
      "  seal_keys: [{id: 2, file: b, writes_since: \"2020-01-01T00:00:00Z\"}, {id: 1, file: a}]\n";
  EXPECT_THAT(KeyEntriesOf(ParseConfig(*WithWriter(With(keys), KeyKind::kSeal, "2", kNow))->keys(),
                           KeyKind::kSeal),
              ElementsAre(KeyEntry{"1", "a", ""}, KeyEntry{"2", "b", kTime}));
}

TEST(Waits, IsWhatANewerKeyDoesThatIsNotTheLast) {
  const std::vector<KeyEntry> entries = {{"1", "a", ""}, {"3", "c", ""}, {"2", "b", ""}};
  EXPECT_FALSE(Waits(entries[0], entries));
  EXPECT_TRUE(Waits(entries[1], entries));
  EXPECT_FALSE(Waits(entries[2], entries));
}

TEST(NumberOf, IsTheNumberAtTheEnd) {
  EXPECT_EQ(NumberOf("17"), 17);
  EXPECT_EQ(NumberOf("receipt-2"), 2);
  EXPECT_EQ(NumberOf("2026-a"), 0);
  EXPECT_EQ(NumberOf("receipt"), 0);
}

TEST(KeyEntryYaml, IsForSomebodyToCopy) {
  EXPECT_EQ(KeyEntryYaml(KeyKind::kCode, {"2", "/k/c", ""}), R"({epoch: 2, file: "/k/c"})");
}

}  // namespace
}  // namespace posthaste::config

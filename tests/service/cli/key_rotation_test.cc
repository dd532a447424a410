#include "service/cli/key_rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/signing_key.h"
#include "service/cli/keys.h"
#include "service/config/load.h"
#include "service/config/secrets.h"
#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

using config::KeyEntry;
using config::KeyKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z.
constexpr char kNowText[] = "2027-01-15T08:00:00Z";

class KeyRotationTest : public ::testing::Test {
 protected:
  KeyRotationTest() {
    EXPECT_TRUE(CreateKeyFiles(Keys(), SystemRandom()).ok());
    options_.config = dir_.Write(
        "posthaste.yaml",
        absl::StrCat("# Ours.\n", KeyFilesYaml(Keys()),
                     "relays: [{id: main, host: smtp.example.test}]\n"
                     "tenants: [{id: acme, relays: [main], senders: [{id: default, mailbox: "
                     "no-reply@acme.test, name: Acme}]}]\n"));
    options_.kind = "seal";
  }

  std::string Keys() const { return dir_.File("keys"); }
  std::string Text() const { return ReadFile(options_.config); }
  absl::StatusOr<Rotation> Turn(absl::Time now = kNow) {
    return Rotate(options_, check_, now, SystemRandom());
  }
  std::vector<KeyEntry> Listed(KeyKind kind = KeyKind::kSeal) const {
    return config::KeyEntriesOf(config::LoadConfig(options_.config)->keys(), kind);
  }
  std::string Why(const absl::StatusOr<Rotation>& turned) const {
    return std::string(turned.status().message());
  }
  // What a command that is refused must not leave behind.
  void ExpectNothingChanged(const std::string& text) {
    EXPECT_EQ(Text(), text);
    size_t files = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(Keys())) ++files;
    EXPECT_EQ(files, 4u);
  }

  TempDir dir_;
  KeyRingOptions options_;
  CheckService check_ = [](const config::v1::Config&) { return absl::OkStatus(); };
};

TEST_F(KeyRotationTest, FirstMakesAKeyThatOpensAndDoesNotWrite) {
  const std::string first = Keys() + "/seal-1.key", second = Keys() + "/seal-2.key";
  const absl::StatusOr<Rotation> turned = Turn();
  ASSERT_TRUE(turned.ok()) << turned.status();
  EXPECT_THAT(Listed(), ElementsAre(KeyEntry{"2", second, ""}, KeyEntry{"1", first, ""}));
  EXPECT_EQ(turned->made, second);
  EXPECT_FALSE(turned->writes);
  struct stat facts {};
  ASSERT_EQ(stat(second.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  EXPECT_NE(config::ReadKeyFile(second)->Reveal(), config::ReadKeyFile(first)->Reveal());
  EXPECT_EQ(Text().find("# Ours.\n"), 0u);
}

TEST_F(KeyRotationTest, ThenMakesItTheWriterAndKeepsTheOthers) {
  ASSERT_TRUE(Turn().ok());
  options_.activate = true;
  const absl::StatusOr<Rotation> turned = Turn();
  ASSERT_TRUE(turned.ok()) << turned.status();
  EXPECT_TRUE(turned->writes);
  EXPECT_EQ(turned->made, "");
  EXPECT_EQ(turned->before.id, "1");
  EXPECT_THAT(Listed(), ElementsAre(KeyEntry{"1", Keys() + "/seal-1.key", ""},
                                    KeyEntry{"2", Keys() + "/seal-2.key", kNowText}));
  options_.activate = false;
  ASSERT_TRUE(Turn().ok()) << "and so on";
  EXPECT_EQ(Listed()[1].id, "3");
}

TEST_F(KeyRotationTest, GoesStepByStep) {
  options_.activate = true;
  absl::StatusOr<Rotation> refused = Turn();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_THAT(Why(refused), HasSubstr("no seal key waits"));
  options_.activate = false;
  ASSERT_TRUE(Turn().ok());
  const std::string text = Text();
  refused = Turn();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_THAT(Why(refused), HasSubstr("seal key 2 waits already"));
  EXPECT_EQ(Text(), text);
}

TEST_F(KeyRotationTest, DoesBothAtOnceForASingleProcess) {
  options_.at_once = true;
  options_.kind = "code";
  ASSERT_TRUE(Turn().ok());
  EXPECT_THAT(Listed(KeyKind::kCode), ElementsAre(KeyEntry{"1", Keys() + "/code-1.key", ""},
                                                  KeyEntry{"2", Keys() + "/code-2.key", kNowText}));
  EXPECT_EQ(Listed().size(), 1u) << "the seal keys are as they were";
}

TEST_F(KeyRotationTest, LetsAReceiptKeyBePublishedForAnHour) {
  options_.kind = "receipt";
  const absl::StatusOr<Rotation> made = Turn();
  ASSERT_TRUE(made.ok()) << made.status();
  const auto key = crypto::SigningKey::FromPem(ReadFile(Keys() + "/receipt-2.pem"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->kind(), crypto::SigningKey::Kind::kEd25519);
  struct stat facts {};
  ASSERT_EQ(stat(made->made.c_str(), &facts), 0);
  const absl::Time then = absl::TimeFromTimespec(facts.st_mtim);
  options_.activate = true;
  const absl::StatusOr<Rotation> early = Turn(then + absl::Minutes(59));
  EXPECT_TRUE(absl::IsFailedPrecondition(early.status()));
  EXPECT_THAT(Why(early), HasSubstr("receipt key receipt-2 is 59 min old"));
  ASSERT_TRUE(Turn(then + absl::Minutes(60)).ok());
  EXPECT_EQ(Listed(KeyKind::kReceipt).back().id, "receipt-2");
}

TEST_F(KeyRotationTest, ChangesNothingThatTheServiceWouldNotTake) {
  const std::string text = Text();
  check_ = [](const config::v1::Config& config) {
    return config.keys().seal_keys_size() == 2 ? absl::InvalidArgumentError("templates_dir: bad")
                                               : absl::OkStatus();
  };
  EXPECT_THAT(Why(Turn()),
              HasSubstr("is as it was: the change would not load: templates_dir: bad"));
  ExpectNothingChanged(text);
  std::filesystem::permissions(Keys() + "/code-1.key", std::filesystem::perms::all);
  EXPECT_THAT(Why(Turn()), HasSubstr("keys.code_keys[0].file: "));
  ExpectNothingChanged(text);
}

TEST_F(KeyRotationTest, ChangesNothingWhileSomebodyElseIsAtIt) {
  const std::string text = Text();
  dir_.Write("posthaste.yaml.new", "");
  EXPECT_THAT(Why(Turn()), HasSubstr("somebody else is at it"));
  ExpectNothingChanged(text);
}

TEST_F(KeyRotationTest, NeverTakesANameThatAFileHas) {
  dir_.Write("keys/seal-2.key", "of a key that went");
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(Listed()[0], (KeyEntry{"3", Keys() + "/seal-3.key", ""}));
  EXPECT_EQ(ReadFile(Keys() + "/seal-2.key"), "of a key that went");
}

TEST_F(KeyRotationTest, SaysWhatToWriteWhereItCannot) {
  const std::string text = absl::StrReplaceAll(Text(), {{"    - id: 1\n", "    -\n      id: 1\n"}});
  dir_.Write("posthaste.yaml", text);
  EXPECT_THAT(Why(Turn()), HasSubstr(absl::StrCat("Write it there, before the last key: {id: 2, "
                                                  "file: \"",
                                                  Keys(), "/seal-2.key\"}")));
  ExpectNothingChanged(text);
}

TEST_F(KeyRotationTest, RefusesWhatIsNoKindOrNoConfiguration) {
  options_.kind = "hash";
  EXPECT_THAT(Why(Turn()), HasSubstr("not one of seal, code, receipt"));
  options_.kind = "seal";
  dir_.Write("posthaste.yaml", "keys: {}\n");
  EXPECT_THAT(Why(Turn()), HasSubstr("posthaste.yaml: "));
}

// Where the keys are made in another folder than the configuration says.
class HandedOverTest : public KeyRotationTest {
 protected:
  HandedOverTest() {
    dir_.Write("posthaste.yaml", absl::StrReplaceAll(Text(), {{Keys(), kThere}}));
    check_ = [](const config::v1::Config&) { return absl::InternalError("is not asked"); };
  }
  static constexpr char kThere[] = "/run/credentials/posthaste.service";
};

TEST_F(HandedOverTest, MakesTheKeyHereAndNamesItThere) {
  options_.dir = Keys();
  const absl::StatusOr<Rotation> turned = Turn();
  ASSERT_TRUE(turned.ok()) << turned.status();
  EXPECT_EQ(turned->made, Keys() + "/seal-2.key");
  EXPECT_EQ(Listed()[0].file, absl::StrCat(kThere, "/seal-2.key"));
}

TEST_F(HandedOverTest, SaysWhatSystemdHasToBeTold) {
  options_.dir = Keys();
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  ASSERT_EQ(RotateKeys(options_, check_, terminal), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("LoadCredential=seal-2.key:", Keys())));
  EXPECT_THAT(out.str(), HasSubstr("systemctl restart posthaste"));
  options_.activate = true;
  out.str("");
  ASSERT_EQ(RotateKeys(options_, check_, terminal), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("systemctl reload posthaste")) << "it has the key by then";
}

TEST_F(HandedOverTest, WritesNothingIntoSystemdsFolder) {
  const std::string text = Text();
  EXPECT_THAT(Why(Turn()), HasSubstr("say with --dir"));
  options_.dir = Keys();
  options_.pids = {1};
  EXPECT_THAT(Why(Turn()), HasSubstr("restart the service"));
  ExpectNothingChanged(text);
}

TEST_F(KeyRotationTest, TellsWhatToDoNext) {
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  ASSERT_EQ(RotateKeys(options_, check_, terminal), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("made  seal key 2: ", Keys(), "/seal-2.key\n",
                                                "Key 1 goes on: it seals. Key 2 waits.\n")));
  EXPECT_THAT(out.str(), HasSubstr("posthaste_key_use{kind=\"seal\",id=\"2\"} is 1"));
  EXPECT_THAT(out.str(), HasSubstr("posthaste keys rotate seal --activate --config "));
  EXPECT_EQ(out.str().find(config::ReadSecretFile(Keys() + "/seal-2.key")->Reveal()),
            std::string::npos)
      << "the key was printed";
  EXPECT_EQ(RotateKeys(options_, check_, terminal), 1) << "one waits";
  options_.activate = options_.json = true;
  out.str("");
  ASSERT_EQ(RotateKeys(options_, check_, terminal), 0);
  EXPECT_THAT(out.str(), HasSubstr(R"({"kind":"seal","id":"2","use":"writes","file":)"));
  EXPECT_THAT(out.str(), HasSubstr(R"("before":"1","config":)"));
  options_.kind = "nonsense";
  EXPECT_EQ(RotateKeys(options_, check_, terminal), 2);
}

TEST_F(KeyRotationTest, SignalsNoOtherProgram) {
  const std::string text = Text();
  options_.pids = {getpid()};  // Which SIGHUP would end.
  std::ostringstream out, err;
  Terminal terminal(out, err, false);
  EXPECT_EQ(RotateKeys(options_, check_, terminal), 2);
  EXPECT_THAT(err.str(), HasSubstr("is not posthaste serve; nothing was changed"));
  ExpectNothingChanged(text);
  EXPECT_FALSE(CheckServes(0).ok());
  EXPECT_FALSE(CheckServes(-1).ok());
}

}  // namespace
}  // namespace posthaste::cli

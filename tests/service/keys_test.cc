#include "service/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    config_.set_hash_key_file(KeyFile("hash", '1'));
    AddCodeKey(1, KeyFile("code-1", '2'));
    AddCodeKey(2, KeyFile("code-2", '3'));
    AddSealKey(7, KeyFile("seal-7", '4'));
    AddSealKey(9, KeyFile("seal-9", '5'));
  }

  std::string KeyFile(const std::string& name, char digit) {
    return dir_.Write(name, std::string(64, digit) + "\n");
  }
  void AddCodeKey(int epoch, const std::string& file) {
    config_.add_code_keys()->set_epoch(epoch);
    config_.mutable_code_keys()->rbegin()->set_file(file);
  }
  void AddSealKey(int id, const std::string& file) {
    config_.add_seal_keys()->set_id(id);
    config_.mutable_seal_keys()->rbegin()->set_file(file);
  }
  std::string Refusal() {
    const absl::Status status = ReadKeys(config_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  const TempDir dir_;
  config::v1::Keys config_;
};

TEST_F(KeysTest, ReadsAllAndUsesTheLastForWhatIsNew) {
  const absl::StatusOr<KeyMaterial> keys = ReadKeys(config_);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->hash_key.Reveal(), std::string(32, '\x11'));
  EXPECT_EQ(keys->code_keys->current(), 2u);
  ASSERT_NE(keys->code_keys->Find(1), nullptr);
  EXPECT_EQ(keys->code_keys->Find(1)->Reveal(), std::string(32, '\x22'));
  EXPECT_EQ(keys->seal_keys.current, 9);
  EXPECT_EQ(keys->seal_keys.keys.at(7).Reveal(), std::string(32, '\x44'));
}

TEST_F(KeysTest, ReadsTheKeysOfReceiptsIfThereAreAny) {
  EXPECT_TRUE(ReadKeys(config_)->receipt_keys.empty());
  using crypto::SigningKey;
  for (const char* id : {"r1", "r2"}) {
    const std::string pem = SigningKey::Generate(SigningKey::Kind::kEd25519).ToPem();
    config_.add_receipt_keys()->set_id(id);
    config_.mutable_receipt_keys()->rbegin()->set_file(dir_.Write(id, pem));
  }
  const absl::StatusOr<KeyMaterial> keys = ReadKeys(config_);
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->receipt_keys.public_keys().size(), 2u);
  EXPECT_EQ(keys->receipt_keys.public_keys()[1].id, "r2");
  config_.mutable_receipt_keys(1)->set_file(
      dir_.Write("rsa", SigningKey::Generate(SigningKey::Kind::kRsa).ToPem()));
  EXPECT_EQ(Refusal(), "keys.receipt_keys: \"r2\" is not an Ed25519 key");
  config_.mutable_receipt_keys(0)->set_file(dir_.Write("none", "no key"));
  EXPECT_THAT(Refusal(), StartsWith("keys.receipt_keys[0].file: "));
}

TEST_F(KeysTest, NamesTheSettingOfAFileThatIsNotThere) {
  config_.set_hash_key_file(dir_.File("none"));
  EXPECT_THAT(Refusal(), StartsWith("keys.hash_key_file: " + dir_.File("none")));
}

TEST_F(KeysTest, NamesTheSettingOfAFileThatOthersMayRead) {
  const std::string file = config_.code_keys(1).file();
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(Refusal(), StartsWith("keys.code_keys[1].file: " + file));
}

TEST_F(KeysTest, NamesTheSettingOfAFileThatIsNoKeyAndShowsNothingOfIt) {
  config_.mutable_seal_keys(0)->set_file(dir_.Write("short", "abcdef"));
  const std::string refusal = Refusal();
  EXPECT_THAT(refusal, StartsWith("keys.seal_keys[0].file: "));
  EXPECT_THAT(refusal, testing::Not(HasSubstr("abcdef")));
}

}  // namespace
}  // namespace posthaste

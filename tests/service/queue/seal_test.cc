#include "service/queue/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "tests/support/fake_random.h"

namespace posthaste::queue {
namespace {

// What a template's text may look like: some kilobytes of it, with holes.
std::string Template(std::string_view name, std::string_view code) {
  std::string html = "<!DOCTYPE html><html><body>";
  for (int i = 0; i < 60; ++i) {
    html += "<tr><td style=\"padding:" + std::to_string(i * 7 % 31) + "px;color:#" +
            std::to_string(100000 + i * 7919) + "\">paragraph " + std::to_string(i) + "</td></tr>";
  }
  return html + "<p>Hello " + std::string(name) + ", your code is " + std::string(code) + "</p>";
}

store::v1::Mail ExampleMail() {
  store::v1::Mail mail;
  mail.set_from_name("Example Shop");
  mail.set_from_mailbox("no-reply@shop.example");
  mail.set_return_path_domain("bounces.shop.example");
  mail.set_to_mailbox("ana.maria@example.com");
  mail.set_date_ms(1'800'000'000'000);
  mail.set_subject("Your code");
  mail.set_text("Hello Ana, your code is \x1F.");
  mail.set_html(Template("Ana", "\x1F"));
  mail.set_locale("en");
  mail.mutable_code()->set_binding_hash(std::string(32, 'b'));
  mail.mutable_code()->set_generation(1);
  mail.mutable_code()->set_length(6);
  return mail;
}

class SealTest : public testing::Test {
 protected:
  SealTest() {
    keys_.keys[1] = Secret(std::string(32, 'k'));
    keys_.keys[2] = Secret(std::string(32, 'l'));
    keys_.current = 1;
    sealed_ = *Seal(ExampleMail(), skeleton_, binding_, keys_, random_);
  }

  bool Opens(std::string_view sealed, const Skeleton& skeleton, const SealBinding& binding) const {
    const auto mail = Open(sealed, skeleton, binding, keys_);
    if (!mail.ok()) {
      // The key's id is in the bytes: another one names a key that is not there.
      EXPECT_TRUE(absl::IsDataLoss(mail.status()) || absl::IsFailedPrecondition(mail.status()))
          << mail.status();
    }
    return mail.ok() && mail->SerializeAsString() == ExampleMail().SerializeAsString();
  }

  FakeRandom random_;
  SealKeys keys_;
  const Skeleton skeleton_{Template("", "")};
  const std::string revision_ = std::string(32, 'r');
  const SealBinding binding_ = {.tenant = "shop",
                                .id = "m0500000000000000000000",
                                .mail_class = MailClass::kCode,
                                .template_revision = revision_,
                                .deadline_ms = 1'800'000'600'000,
                                .verification_id = "v0500000000000000000000",
                                .purpose = "password_reset",
                                .mailbox_hash = "0123456789abcdef"};
  std::string sealed_;
};

TEST_F(SealTest, OpensWhatWasSealed) { EXPECT_TRUE(Opens(sealed_, skeleton_, binding_)); }

TEST_F(SealTest, OpensNothingThatIsBoundToAnythingElse) {
  SealBinding other = binding_;
  other.tenant = "bank";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.id = "m0500000000000000000001";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.mail_class = MailClass::kNotice;
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.template_revision = "";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.deadline_ms += 1;
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  // What the code is derived from.
  other = binding_;
  other.verification_id = "v0500000000000000000001";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.purpose = "sign_in";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  other = binding_;
  other.mailbox_hash = "0123456789abcdeF";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  // The same bytes, divided otherwise.
  other = binding_;
  other.tenant = "shopm";
  other.id = "0500000000000000000000";
  EXPECT_FALSE(Opens(sealed_, skeleton_, other));
  EXPECT_FALSE(Opens(sealed_, Skeleton(skeleton_.bytes() + " "), binding_));
  EXPECT_FALSE(Opens(sealed_, Skeleton(""), binding_));
}

class SealAttachmentsTest : public SealTest {
 protected:
  SealAttachmentsTest() {
    store::v1::Attachments::File& file = *files_.add_files();
    file.set_file_name("bill.pdf");
    file.set_media_type("application/pdf");
    file.set_content(std::string("\0%PDF\xFF", 6));
    sealed_ = *SealAttachments(files_, binding_, keys_, random_, mail_);
  }
  bool OpensFor(const SealBinding& binding, std::string_view sealed) const {
    const auto opened = OpenAttachments(sealed, binding, keys_, mail_);
    if (!opened.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(opened.status())) << opened.status();
    }
    return opened.ok() && opened->SerializeAsString() == files_.SerializeAsString();
  }

  store::v1::Attachments files_;
  store::v1::Mail mail_;
};

TEST_F(SealAttachmentsTest, OpenForTheirMail) {
  EXPECT_TRUE(OpensFor(binding_, sealed_));
  EXPECT_EQ(sealed_.find("bill"), std::string::npos);
  EXPECT_TRUE(OpenAttachments("", binding_, keys_, store::v1::Mail())->files().empty());
}

TEST_F(SealAttachmentsTest, OpenForNothingElse) {
  SealBinding other = binding_;
  other.tenant = "bank";
  EXPECT_FALSE(OpensFor(other, sealed_));
  other = binding_;
  other.id = "m0500000000000000000001";
  EXPECT_FALSE(OpensFor(other, sealed_));
  other = binding_;
  other.mail_class = MailClass::kNotice;
  EXPECT_FALSE(OpensFor(other, sealed_));
  other = binding_;
  other.mailbox_hash = "0123456789abcdeF";
  EXPECT_FALSE(OpensFor(other, sealed_));
  other = binding_;
  other.deadline_ms += 1;
  EXPECT_FALSE(OpensFor(other, sealed_));
}

TEST_F(SealAttachmentsTest, AreThoseThatTheMailKnows) {
  EXPECT_FALSE(OpensFor(binding_, "")) << "a mail is not sent without its attachments";
  std::string changed = sealed_;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_FALSE(OpensFor(binding_, changed));
  // Sealed for the same message, for another mail: those of an earlier life of its id.
  store::v1::Mail earlier;
  EXPECT_FALSE(OpensFor(binding_, *SealAttachments(files_, binding_, keys_, random_, earlier)));
  EXPECT_FALSE(OpenAttachments(sealed_, binding_, keys_, store::v1::Mail()).ok());
}

TEST_F(SealAttachmentsTest, AreNoMailAndAMailIsNone) {
  EXPECT_FALSE(Opens(sealed_, skeleton_, binding_));
  const std::string mail = *Seal(ExampleMail(), Skeleton(""), binding_, keys_, random_);
  mail_.set_attachments_sha256(crypto::Sha256(mail));
  EXPECT_FALSE(OpensFor(binding_, mail));
}

TEST_F(SealTest, OpensNothingWhoseBytesWereChanged) {
  for (size_t at = 0; at < sealed_.size(); ++at) {
    for (const int bit : {0x01, 0x80}) {
      std::string bad = sealed_;
      bad[at] = static_cast<char>(bad[at] ^ bit);
      EXPECT_FALSE(Opens(bad, skeleton_, binding_)) << "byte " << at;
    }
  }
  for (size_t size = 0; size < sealed_.size(); ++size) {
    EXPECT_FALSE(Opens(sealed_.substr(0, size), skeleton_, binding_)) << size;
  }
  EXPECT_FALSE(Opens(sealed_ + '\0', skeleton_, binding_));
}

TEST_F(SealTest, OpensWithOldKeysAndSealsWithTheCurrentOne) {
  keys_.current = 2;
  EXPECT_TRUE(Opens(sealed_, skeleton_, binding_));
  const std::string newer = *Seal(ExampleMail(), skeleton_, binding_, keys_, random_);
  keys_.keys.erase(1);
  EXPECT_FALSE(Opens(sealed_, skeleton_, binding_));
  EXPECT_TRUE(Opens(newer, skeleton_, binding_));
}

TEST_F(SealTest, OpensNothingWhenTwoKeysChangedPlaces) {
  std::swap(keys_.keys[1], keys_.keys[2]);
  EXPECT_FALSE(Opens(sealed_, skeleton_, binding_));
}

TEST_F(SealTest, IsToldApartWhenItIsOfANewerVersion) {
  std::string newer = sealed_;
  newer[0] = 3;
  EXPECT_EQ(Open(newer, skeleton_, binding_, keys_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SealTest, DerivesAnotherKeyForEachSealOfAMessage) {
  // Under one key and nonce, what two mails have in common would show as equal bytes.
  const std::string again = *Seal(ExampleMail(), skeleton_, binding_, keys_, random_);
  int same = 0;
  for (size_t at = 11; at < sealed_.size(); ++at) same += sealed_[at] == again[at] ? 1 : 0;
  EXPECT_LT(same, static_cast<int>(sealed_.size()) / 8);
}

TEST_F(SealTest, NeverGivesTheSameBytesTwice) {
  EXPECT_NE(*Seal(ExampleMail(), skeleton_, binding_, keys_, random_), sealed_);
}

TEST_F(SealTest, HidesTheMailAndIsSmallAgainstItsSkeleton) {
  EXPECT_EQ(sealed_.find("ana.maria"), std::string::npos);
  const size_t plain = ExampleMail().ByteSizeLong();
  RecordProperty("plain_bytes", static_cast<int>(plain));
  RecordProperty("sealed_bytes", static_cast<int>(sealed_.size()));
  std::printf("mail %zu bytes, sealed against its skeleton %zu bytes\n", plain, sealed_.size());
  EXPECT_GT(plain, 4000U);
  EXPECT_LT(sealed_.size(), 420U);
}

TEST_F(SealTest, SealsAnEmptyMailAndRefusesAHugeOne) {
  const Skeleton none("");
  const auto empty = Seal(store::v1::Mail(), none, binding_, keys_, random_);
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(Open(*empty, none, binding_, keys_).ok());
  store::v1::Mail huge;
  huge.set_text(std::string((2U << 20U) + 1, 'x'));
  EXPECT_EQ(Seal(huge, none, binding_, keys_, random_).status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace posthaste::queue

// Checklist 9: a sealed record that was changed, swapped, queued again, prolonged or given to
// somebody else does not open. Whoever changes it has Redis, and no key.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class TamperedRecordsTest : public StoreTest {
 protected:
  TamperedRecordsTest() {
    v1::SendVerificationCodeRequest request = Code();
    id_ = Send(request).message_id();
    record_ = Stored(id_);
    request.set_recipient("mallory@example.com");
    other_id_ = Send(request).message_id();
    other_ = Stored(other_id_);
  }

  // As a worker opens what lies under that id.
  absl::Status Opens(const std::string& id, const queue::Record& record) {
    // It is read as it is stored: what the record cannot hold is not tampered with.
    const queue::Record read = queue::Decode(queue::Encode(record, id), id).value();
    const auto skeleton = Run(store_->skeletons().Get(record.live.skeleton())).value();
    const queue::SealBinding binding =
        queue::BindingOf(read.facts, id, read.head.mail_class, read.head.deadline_ms);
    return queue::Open(read.sealed, *skeleton, binding, world_.shared.seal_keys).status();
  }
  template <typename Change>
  absl::Status OpensAfter(const Change& change) {
    queue::Record changed = record_;
    change(changed);
    return Opens(id_, changed);
  }

  std::string id_, other_id_;
  queue::Record record_, other_;
};

TEST_F(TamperedRecordsTest, OpenAsTheyAreAndNotWithAnyBitTurned) {
  ASSERT_TRUE(Opens(id_, record_).ok());
  ASSERT_TRUE(Opens(other_id_, other_).ok());
  for (size_t at = 0; at < record_.sealed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      queue::Record changed = record_;
      changed.sealed[at] = static_cast<char>(changed.sealed[at] ^ (1 << bit));
      ASSERT_FALSE(Opens(id_, changed).ok()) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST_F(TamperedRecordsTest, DoNotOpenShorterOrLonger) {
  for (size_t size = 0; size < record_.sealed.size(); ++size) {
    EXPECT_FALSE(OpensAfter([&](queue::Record& record) {
                   record.sealed = record_.sealed.substr(0, size);
                 }).ok())
        << size;
  }
  EXPECT_FALSE(OpensAfter([](queue::Record& record) { record.sealed += '\0'; }).ok());
}

TEST_F(TamperedRecordsTest, DoNotOpenInAnothersPlace) {
  // Somebody's code, mailed to oneself; and the other way round.
  EXPECT_TRUE(absl::IsDataLoss(Opens(other_id_, record_)));
  EXPECT_TRUE(absl::IsDataLoss(Opens(id_, other_)));
  EXPECT_TRUE(
      absl::IsDataLoss(OpensAfter([&](queue::Record& record) { record.sealed = other_.sealed; })));
  queue::Record swapped = other_;
  swapped.sealed = record_.sealed;
  EXPECT_TRUE(absl::IsDataLoss(Opens(other_id_, swapped)));
}

TEST_F(TamperedRecordsTest, DoNotOpenQueuedAgainOrProlonged) {
  // The same bytes under a new id, as one would who wants it sent twice.
  const int shard = queue::ParseId('m', id_, store_->keys().shards()).value();
  const std::string again = queue::NewId('m', shard, SystemClock().Now(), world_.random);
  EXPECT_TRUE(absl::IsDataLoss(Opens(again, record_)));
  for (const int64_t millis : {-1, 1, 86'400'000}) {
    EXPECT_TRUE(absl::IsDataLoss(
        OpensAfter([&](queue::Record& record) { record.head.deadline_ms += millis; })));
  }
}

TEST_F(TamperedRecordsTest, DoNotOpenWithAnyFactOfTheirIdentityChanged) {
  using Record = queue::Record;
  const std::vector<std::pair<const char*, void (*)(Record&)>> table = {
      {"tenant", [](Record& record) { record.facts.set_tenant("globex"); }},
      {"no tenant", [](Record& record) { record.facts.clear_tenant(); }},
      {"class", [](Record& record) { record.head.mail_class = queue::MailClass::kNotice; }},
      {"revision", [](Record& record) { record.facts.set_template_revision("000000"); }},
      {"purpose", [](Record& record) { record.facts.set_purpose("sign_in"); }},
      {"mailbox", [](Record& record) { record.facts.set_mailbox_hash(std::string(16, 'm')); }},
      {"verification",
       [](Record& record) {
         record.facts.set_verification_id("v0500000000000000000001");
         record.verification.clear();
       }},
  };
  for (const auto& [what, change] : table)
    EXPECT_TRUE(absl::IsDataLoss(OpensAfter(change))) << what;
}

TEST_F(TamperedRecordsTest, DoNotOpenUnderAnotherKeyOrSkeleton) {
  EXPECT_FALSE(OpensAfter([](queue::Record& record) { record.sealed[1] = 2; }).ok())
      << "the id of a key that there is not";
  queue::SealKeys& keys = world_.shared.seal_keys;
  keys.keys[2] = Secret(std::string(32, 't'));
  EXPECT_TRUE(absl::IsDataLoss(OpensAfter([](queue::Record& record) { record.sealed[1] = 2; })));
  std::swap(keys.keys[1], keys.keys[2]);
  EXPECT_TRUE(absl::IsDataLoss(Opens(id_, record_)));
  std::swap(keys.keys[1], keys.keys[2]);
  const queue::SealBinding binding =
      queue::BindingOf(record_.facts, id_, record_.head.mail_class, record_.head.deadline_ms);
  EXPECT_TRUE(absl::IsDataLoss(
      queue::Open(record_.sealed, queue::Skeleton("another"), binding, keys).status()));
  EXPECT_TRUE(Opens(id_, record_).ok());
}

}  // namespace
}  // namespace posthaste::api

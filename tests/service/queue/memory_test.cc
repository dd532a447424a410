// Of admission: what a queued code costs in Redis' memory, and admit in its time. Printed.
#include "absl/strings/str_cat.h"
#include "service/queue/seal.h"
#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

constexpr int kCodes = 4000, kBatch = 200;
// As the API seals a verification mail (docs/PERFORMANCE.md).
constexpr size_t kSealedBytes = 175;

// Without the movable clock, which makes each look at the time a system call.
RedisServer& PlainRedis() {
  RedisOptions options;
  options.appendfsync = "";
  static RedisServer server(options);
  return server;
}

class MemoryTest : public AdmissionTest {
 protected:
  MemoryTest() : AdmissionTest(PlainRedis()) {}

  // A code for the n-th recipient, as the API makes it: sealed against a skeleton, three limits, a
  // verification.
  AdmitRequest Code(int n, int limits) {
    const std::string mailbox = absl::StrCat("recipient", n, "@example.com");
    shard_ = ShardOf(BucketHash(kHashKey, kTenant, mailbox), 16);
    AdmitRequest request = Message();
    request.mailbox_hash = MailboxHash(kHashKey, kTenant, mailbox);
    request.record.facts.set_mailbox_hash(request.mailbox_hash);
    request.record.sealed = random_.Bytes(kSealedBytes);  // Of a real mail.
    request.verification = NewVerification(request);
    request.verification->next.binding_hash.clear();
    request.verification->group = crypto::Sha256(mailbox).substr(0, 16);
    request.record.facts.set_verification_id(request.verification->next.id);
    for (const char* name : {"day", "hour", "purpose"}) {
      if (static_cast<int>(request.limits.size()) == limits) break;
      request.limits.push_back({name, request.mailbox_hash, 10, absl::Hours(1)});
    }
    return request;
  }

  int64_t UsedBytes() const {
    const std::string info = server_.Call({"INFO", "memory"});
    return std::stoll(info.substr(info.find("used_memory:") + 12));
  }

  // Bytes of all keys of a kind, each with its table entry (and expiry), by the letter in their
  // names.
  std::map<std::string, int64_t> Kinds() const {
    std::map<std::string, int64_t> kinds;
    std::istringstream names(server_.Call({"KEYS", "ph:{*"}));
    for (std::string name; std::getline(names, name);) {
      const std::string kind = name.substr(name.find('}') + 2, 1);
      kinds[kind] += std::stoll(server_.Call({"MEMORY", "USAGE", name, "SAMPLES", "0"}));
    }
    return kinds;
  }
};

TEST_F(MemoryTest, OfAQueuedCodeIsAboutAKibibyte) {
  const int64_t before = UsedBytes();
  std::chrono::duration<double> seconds{0};
  size_t record_bytes = 0;
  for (int batch = 0; batch < kCodes / kBatch; ++batch) {
    std::vector<AdmitRequest> requests;
    for (int n = 0; n < kBatch; ++n) requests.push_back(Code(batch * kBatch + n, 3));
    std::vector<Task<absl::StatusOr<AdmitAnswer>>> tasks;
    for (const AdmitRequest& request : requests) tasks.push_back(node_->admission_->Admit(request));
    const auto start = std::chrono::steady_clock::now();
    for (const auto& answer : RunAll(node_->loop_, std::move(tasks))) {
      ASSERT_EQ(answer->kind, AdmitAnswer::Kind::kAdmitted);
    }
    seconds += std::chrono::steady_clock::now() - start;
    record_bytes = Encode(requests[0].record, requests[0].id).size();
  }
  const int64_t each = (UsedBytes() - before) / kCodes;
  std::printf("bytes per queued code, goal 1024: %ld; record %zu\n", each, record_bytes);
  for (const auto& [kind, bytes] : Kinds()) std::printf("  %s %ld\n", kind.c_str(), bytes / kCodes);
  std::printf("admitted per second: %.0f\n%s", kCodes / seconds.count(),
              server_.Call({"INFO", "commandstats"}).c_str());
  EXPECT_LE(each, 1024);
}

}  // namespace
}  // namespace posthaste::queue

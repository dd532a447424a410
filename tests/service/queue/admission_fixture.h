// What tests of admission share: a real Redis for the binary, and messages and verifications to
// admit.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "service/queue/admission.h"
#include "service/queue/ids.h"
#include "service/queue/recipient.h"
#include "service/queue/scripts.h"
#include "service/queue/verification_record.h"
#include "tests/support/fake_random.h"
#include "tests/support/poll.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::queue {

inline constexpr std::string_view kHashKey = "test hash key";
inline constexpr std::string_view kTenant = "shop";

// Runs all tasks side by side on `loop`, started in order.
template <typename T>
std::vector<T> RunAll(Loop& loop, std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> results(tasks.size());
  size_t done = 0;
  for (size_t i = 0; i < tasks.size(); ++i) {
    asio::co_spawn(loop, std::move(tasks[i]), [&results, &done, i](std::exception_ptr, T result) {
      results[i] = std::move(result);
      ++done;
    });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  loop.restart();
  while (done < results.size() && loop.run_one_until(end) > 0) {
  }
  std::vector<T> all;
  for (auto& result : results) all.push_back(std::move(result).value());
  return all;
}

inline RedisServer& SharedRedis() {
  RedisOptions options;
  options.appendfsync = "";
  options.movable_clock = true;
  static RedisServer server(options);
  return server;
}

// One loop's view of the queue.
class Node {
 public:
  Node(const RedisServer& server, int shards) : keys_(shards) {
    redis::ClientOptions options;
    options.unix_path = server.socket();
    client_ = *redis::Client::Make(loop_, options);
    RegisterScripts(*client_);
    const absl::Status ready = RunTask(loop_, client_->WaitReady(absl::Seconds(5)));
    if (!ready.ok()) throw std::runtime_error(std::string(ready.message()));
    admission_ = std::make_unique<Admission>(*client_, keys_, clock_);
    // Learns Redis' clock.
    const absl::StatusOr<Known> known = RunTask(loop_, admission_->Read(ReadRequest()));
    if (!known.ok()) throw std::runtime_error(std::string(known.status().message()));
  }

  template <typename T>
  T Run(Task<absl::StatusOr<T>> task) {
    absl::StatusOr<T> result = RunTask(loop_, std::move(task));
    if (!result.ok()) throw std::runtime_error(result.status().ToString());
    return *std::move(result);
  }

  Loop loop_;
  const Keys keys_;
  ServerClock clock_{SystemClock()};
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<Admission> admission_;
};

class AdmissionTest : public testing::Test {
 protected:
  explicit AdmissionTest(RedisServer& server = SharedRedis(), int shards = 16) : server_(server) {
    server_.Call({"FLUSHALL"});
    node_ = std::make_unique<Node>(server_, shards);
    shard_ = ShardOf(BucketHash(kHashKey, kTenant, kMailbox), shards);
  }

  // Every key with its value and whether it will expire.
  std::map<std::string, std::string> Dump() const {
    std::map<std::string, std::string> all;
    std::istringstream names(server_.Call({"KEYS", "*"}));
    for (std::string name; std::getline(names, name);) {
      all[name] =
          server_.Call({"DUMP", name}) + (server_.Call({"PTTL", name}) == "-1" ? "" : " expires");
    }
    return all;
  }

  // A code for kMailbox, sealed just now.
  AdmitRequest Message(MailClass mail_class = MailClass::kCode) {
    AdmitRequest request;
    request.id = NewId('m', shard_, node_->clock_.Now(), random_);
    request.tenant = kTenant;
    request.mailbox_hash = MailboxHash(kHashKey, kTenant, kMailbox);
    request.visible = node_->clock_.Now();
    Head& head = request.record.head;
    head.mail_class = mail_class;
    head.create_ms = node_->clock_.NowMillis();
    head.deadline_ms = head.create_ms + 600'000;
    head.change_ms = head.create_ms;
    head.generation = 1;
    store::v1::Facts& facts = request.record.facts;
    facts.set_tenant(std::string(kTenant));
    facts.set_template_name("verification_code");
    facts.set_template_revision(random_.Bytes(6));
    request.record.live.set_skeleton(random_.Bytes(12));
    facts.set_locale("en");
    facts.set_masked_recipient("a***@example.com");
    facts.set_mailbox_hash(request.mailbox_hash);
    facts.set_purpose("password_reset");
    request.record.sealed = random_.Bytes(300);
    return request;
  }

  AdmitRequest Requested(std::string_view request_id, std::string_view content = "one",
                         std::string_view method = "SendVerificationCode") {
    AdmitRequest request = Message();
    request.id = RequestedId('m', shard_, kHashKey, kTenant, method, kMailbox, request_id);
    request.record.head.fingerprint = crypto::HmacSha256("f", content).substr(0, kFingerprintBytes);
    return request;
  }

  // A new verification, to go with `request`.
  VerificationChange NewVerification(const AdmitRequest& request) {
    VerificationChange change;
    VerificationRecord& next = change.next;
    next.id = VerificationIdOf(request.id);
    next.state = v1::Verification::PENDING;
    next.tenant = kTenant;
    next.purpose = "password_reset";
    next.masked_recipient = "a***@example.com";
    next.message_id = request.id;
    next.mailbox_hash = request.mailbox_hash;
    next.revision = 1;
    next.create_ms = request.record.head.create_ms;
    next.expire_ms = next.create_ms + 600'000;
    next.next_send_ms = next.create_ms + 30'000;
    next.oldest_generation = 1;
    next.sends = 1;
    next.sends_max = 5;
    next.guesses_left = next.guesses_max = 5;
    next.code_length = 6;
    next.generations = {{1, next.expire_ms, ""}};
    next.resend_policy = 1;
    next.binding_hash = random_.Bytes(32);
    change.group = kGroup;
    return change;
  }

  // What SAME_CODE makes of a verification as it was read.
  VerificationChange Resend(const VerificationRecord& current, const AdmitRequest& request) {
    VerificationChange change;
    change.next = current;
    change.next.revision = current.revision + 1;
    change.next.sends += 1;
    change.next.message_id = request.id;
    change.group = kGroup;
    change.expected_current = current.id;
    change.expected_revision = current.revision;
    change.withdraw_message_id = current.message_id;
    return change;
  }

  // Admits a code with a new verification; its id.
  std::string Send() {
    AdmitRequest request = Message();
    request.verification = NewVerification(request);
    request.verification->expected_current = Reading().current;
    EXPECT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
    return request.verification->next.id;
  }

  CheckRequest Guess(const std::string& verification_id, CheckRequest::Verdict verdict) {
    const VerificationRecord record = Verification(verification_id);
    CheckRequest request;
    request.verification_id = verification_id;
    request.revision = record.revision;
    request.verdict = verdict;
    request.failure_key = kFailures;
    request.tenant = kTenant;
    request.message_id = record.message_id;
    return request;
  }

  AdmitAnswer Admit(const AdmitRequest& request) {
    return node_->Run(node_->admission_->Admit(request));
  }
  CheckAnswer Check(const CheckRequest& request) {
    return node_->Run(node_->admission_->Check(request));
  }

  ReadRequest ReadOf(std::string_view id = "") {
    ReadRequest request;
    request.id = id;
    request.shard = shard_;
    request.group = kGroup;
    request.failure_key = kFailures;
    request.tenant = kTenant;
    request.mailbox_hash = MailboxHash(kHashKey, kTenant, kMailbox);
    return request;
  }
  Known Reading(std::string_view id = "") {
    return node_->Run(node_->admission_->Read(ReadOf(id)));
  }

  VerificationRecord Verification(std::string_view id) {
    return node_->Run(node_->admission_->GetVerification(id)).value();
  }

  Record Stored(std::string_view id) {
    return Decode(server_.Call({"GET", node_->keys_.Message(shard_, id)}), id).value();
  }

  void Store(std::string_view id, const Record& record) {
    server_.Call({"SET", node_->keys_.Message(shard_, id), Encode(record, id)});
  }

  // Changes a stored verification, in the record of the mail that began it.
  void StoreVerification(const VerificationRecord& verification) {
    const std::string mail = FirstMailOf(verification.id);
    Record record = Stored(mail);
    record.verification = EncodeVerification(verification);
    Store(mail, record);
  }

  // What is known of the recipient with that hash.
  Recipient Remembered(std::string_view hash) {
    const std::string bytes = server_.Call({"GET", node_->keys_.Recipient(shard_, hash)});
    return DecodeRecipient(bytes, shard_).value();
  }

  int64_t Count(const std::string& command, const std::string& key) const {
    return std::stoll(server_.Call({command, key}));
  }
  int64_t Lane(MailClass mail_class = MailClass::kCode) const {
    return Count("ZCARD", node_->keys_.Lane(shard_, mail_class, kTenant));
  }
  void SetScore(std::string_view id, int64_t score) {
    server_.Call({"ZADD", node_->keys_.Lane(shard_, MailClass::kCode, ""), std::to_string(score),
                  std::string(id)});
  }

  static constexpr std::string_view kMailbox = "ana@example.com";
  inline static const std::string kGroup = std::string(16, 'g');
  inline static const std::string kFailures = std::string(16, 'f');
  RedisServer& server_;
  FakeRandom random_;
  std::unique_ptr<Node> node_;
  int shard_ = 0;
};

}  // namespace posthaste::queue

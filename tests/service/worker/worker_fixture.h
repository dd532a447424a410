// What the tests of this folder share: a private Redis, mail that a worker can open, and the keys
// to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/queue/ids.h"
#include "service/queue/store.h"
#include "service/worker/dispatch.h"
#include "templates/engine/marks.h"
#include "tests/service/redis/harness.h"
#include "tests/smtp/mini_relay.h"
#include "tests/support/fake_random.h"

namespace posthaste::worker {

inline const auto kSkeleton = std::make_shared<const queue::Skeleton>(
    "Hello, your code for Shop is ready. Type it where you asked for it.");

struct MailOptions {
  queue::MailClass mail_class = queue::MailClass::kCode;
  std::string tenant = "shop";
  std::string to = "ana@example.test";
  std::string custom_code;
  int epoch = 1;
  absl::Duration life = absl::Minutes(10);
  int shard = 0;
  uint8_t flags = 0;
  std::string file;  // The bytes of what is attached; empty = nothing is.
  std::string logo;  // The same of the sender's logo.
};

// Keys, and records sealed with them.
class Mails {
 public:
  Mails() {
    shared.seal_keys.keys.emplace(uint16_t{1}, Secret(std::string(32, 's')));
    shared.seal_keys.current = 1;
    std::map<uint32_t, Secret> epochs;
    epochs.emplace(1u, Secret(std::string(32, 'c')));
    shared.code_keys = std::make_shared<const codes::KeyRing>(
        codes::KeyRing::Create(std::move(epochs), 1).value());
    shared.return_path_key = Secret("key of return paths");
  }

  store::v1::Mail Mail(const MailOptions& options) const {
    const bool code = options.mail_class == queue::MailClass::kCode;
    const std::string mark(code ? templates::kCodeMark : "");
    store::v1::Mail mail;
    mail.set_from_name("Shop");
    mail.set_from_mailbox("no-reply@shop.test");
    mail.set_return_path_domain("bounces.shop.test");
    mail.set_to_mailbox(options.to);
    mail.set_date_ms(1'800'000'000'000);
    mail.set_subject("Your code " + mark);
    mail.set_text("Type " + mark + " where you asked for it.\n");
    mail.set_html("<p>Type <b>" + mark + "</b></p>");
    mail.set_locale("en");
    if (options.mail_class == queue::MailClass::kGeneral) {
      mail.set_list_unsubscribe("https://shop.test/u");
      store::v1::HeaderField& field = *mail.add_extra();
      field.set_name("Comments");
      field.set_value("For Ana");
    }
    if (!options.logo.empty()) {
      store::v1::Attachments::File& logo = *mail.mutable_logo();
      logo.set_file_name("logo.png");
      logo.set_media_type("image/png");
      logo.set_content(options.logo);
      logo.set_content_id("logo-1");
    }
    if (!code) return mail;
    mail.mutable_code()->set_generation(1);
    mail.mutable_code()->set_epoch(options.epoch);
    mail.mutable_code()->set_length(6);
    mail.mutable_code()->set_custom_code(options.custom_code);
    return mail;
  }

  queue::Record Record(const std::string& id, const MailOptions& options, absl::Time now) {
    queue::Record record;
    record.head.mail_class = options.mail_class;
    record.head.flags = options.flags;
    record.head.create_ms = ToMillis(now);
    record.head.change_ms = record.head.create_ms;
    record.head.deadline_ms = ToMillis(now + options.life);
    record.facts.set_tenant(options.tenant);
    record.facts.set_template_name("verification_code");
    record.facts.set_template_revision(std::string(16, 'r'));
    record.live.set_skeleton(kSkeleton->name());
    record.facts.set_mailbox_hash(std::string(16, 'm'));
    record.facts.set_purpose("password_reset");
    record.facts.set_verification_id("v0000000000000000000000");
    const queue::SealBinding binding =
        queue::BindingOf(record.facts, id, options.mail_class, record.head.deadline_ms);
    store::v1::Mail mail = Mail(options);
    if (!options.file.empty()) {
      record.head.flags |= queue::kFlagAttachments;
      store::v1::Attachments attachments;
      store::v1::Attachments::File& file = *attachments.add_files();
      file.set_file_name("bill.bin");
      file.set_media_type("application/octet-stream");
      file.set_content(options.file);
      sealed_files =
          queue::SealAttachments(attachments, binding, shared.seal_keys, random, mail).value();
    }
    record.sealed = queue::Seal(mail, *kSkeleton, binding, shared.seal_keys, random).value();
    return record;
  }

  // As it comes from a claim, without a Redis.
  queue::LeasedJob Job(const MailOptions& options = {}) {
    queue::LeasedJob job;
    job.lease.id = queue::NewId('m', options.shard, SystemClock().Now(), random);
    job.lease.shard = options.shard;
    job.lease.mail_class = options.mail_class;
    job.lease.tenant = options.tenant;
    job.lease.claims = 1;
    job.record = Record(job.lease.id, options, SystemClock().Now());
    return job;
  }

  // For workers, which the fixture outlives.
  std::shared_ptr<const Shared> Lent() const { return {std::shared_ptr<void>(), &shared}; }

  Shared shared;
  FakeRandom random;
  std::string sealed_files;  // Of the newest record with any.
};

class RedisTest : public testing::Test {
 protected:
  static constexpr int kShards = 4;

  RedisTest() {
    Server().Call({"FLUSHALL"});
    store_ = NewStore();
  }

  // One for the binary; its clock only ever goes forward.
  static RedisServer& Server() {
    static RedisServer server{RedisOptions{.appendfsync = "no", .movable_clock = true}};
    return server;
  }

  std::unique_ptr<queue::Store> NewStore() {
    std::unique_ptr<queue::Store> store =
        queue::Store::Make(loop_, redis::UnixOptions(Server()), kShards).value();
    const absl::Status ready = Run(store->client().WaitReady(redis::kPatience));
    if (!ready.ok()) throw std::runtime_error(ready.ToString());
    LearnClock(*store);
    return store;
  }

  void LearnClock(queue::Store& store) {
    const absl::StatusOr<queue::Known> known = Run(store.admission().Read(queue::ReadRequest()));
    if (!known.ok()) throw std::runtime_error(known.status().ToString());
  }

  void MoveClock(absl::Duration by) {
    Server().MoveClock(by);
    LearnClock(*store_);
  }

  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task), std::chrono::seconds(30));
  }

  // Runs the loop until `done` says true.
  bool Until(const std::function<bool()>& done) { return redis::RunUntil(loop_, done); }

  // Lets what is ready on the loop happen.
  size_t Settle(std::chrono::milliseconds time = std::chrono::milliseconds(30)) {
    loop_.restart();
    return loop_.run_for(time);
  }

  std::string Admit(const MailOptions& options = {}) {
    std::string id;
    if (TryAdmit(options, &id) != queue::AdmitAnswer::Kind::kAdmitted)
      throw std::runtime_error("not admitted");
    return id;
  }

  queue::AdmitAnswer::Kind TryAdmit(const MailOptions& options, std::string* id) {
    if (!Run(store_->skeletons().Put(kSkeleton)).ok()) throw std::runtime_error("redis is away");
    queue::AdmitRequest request;
    request.id = queue::NewId('m', options.shard, store_->clock().Now(), mails_.random);
    request.tenant = options.tenant;
    request.mailbox_hash = std::string(16, 'm');
    request.visible =
        store_->clock().Now() - absl::Milliseconds(100);  // Due whatever our estimate of the clock.
    request.record = mails_.Record(request.id, options, store_->clock().Now());
    if (!options.file.empty()) request.attachments = mails_.sealed_files;
    const absl::StatusOr<queue::AdmitAnswer> answer = Run(store_->admission().Admit(request));
    if (!answer.ok()) throw std::runtime_error(answer.status().ToString());
    *id = request.id;
    return answer->kind;
  }

  queue::LeasedJob Claim(int shard = 0) {
    absl::StatusOr<queue::ClaimAnswer> answer =
        Run(store_->leases().Claim(shard, queue::MailClass::kCode, 1, false));
    if (!answer.ok() || answer->jobs.size() != 1) throw std::runtime_error("no job to claim");
    return std::move(answer->jobs.front());
  }

  queue::Record Stored(const std::string& id, int shard = 0) {
    return queue::Decode(Server().Call({"GET", store_->keys().Message(shard, id)}), id).value();
  }
  queue::State StateOf(const std::string& id, int shard = 0) {
    return Stored(id, shard).head.state;
  }

  queue::Score ScoreOf(const std::string& id, queue::MailClass mail_class = queue::MailClass::kCode,
                       int shard = 0) {
    const std::string lane = store_->keys().Lane(shard, mail_class, "shop");
    return queue::Unpack(std::stoll(Server().Call({"ZSCORE", lane, id})));
  }

  int64_t Waiting(int shard, queue::MailClass mail_class = queue::MailClass::kCode) {
    return std::stoll(Server().Call({"ZCARD", store_->keys().Lane(shard, mail_class, "shop")}));
  }

  std::shared_ptr<smtp::Relay> RelayAt(uint16_t port, int sessions = 20) {
    smtp::RelayOptions options;
    options.id = "mini";
    options.host = "127.0.0.1";
    options.port = port;
    options.allow_private = true;
    options.limits.sessions_max = sessions;
    options.session.ehlo_name = "client.test";
    options.session.tls = smtp::TlsLevel::kNone;
    return std::make_shared<smtp::Relay>(std::move(options), SystemClock());
  }

  Loop loop_;
  Mails mails_;
  std::unique_ptr<queue::Store> store_;
};

}  // namespace posthaste::worker

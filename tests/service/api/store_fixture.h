// What the tests of handlers share: a real Redis whose clock they move, one loop, and the requests
// of two tenants.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "service/api/backend.h"
#include "service/api/messages.h"
#include "service/api/notifications.h"
#include "service/api/person.h"
#include "service/api/verifications.h"
#include "service/codes/derive.h"
#include "service/queue/ids.h"
#include "service/queue/record.h"
#include "tests/service/api/world.h"
#include "tests/support/redis_server.h"
#include "tests/support/run_task.h"

namespace posthaste::api {

class StoreTest : public testing::Test {
 protected:
  // `server` has a clock that can be moved.
  explicit StoreTest(
      const std::function<void(config::v1::Config&)>& edit = [](config::v1::Config&) {},
      RedisServer& server = SharedServer())
      : server_(server), world_(edit) {
    Server().Call({"FLUSHALL"});
    redis::ClientOptions options;
    options.unix_path = Server().socket();
    options.command_limit = absl::Seconds(10);
    options.backoff_base = absl::Milliseconds(2);
    options.backoff_cap = absl::Milliseconds(20);
    store_ = queue::Store::Make(loop_, options, world_.config.redis().shards(), SystemClock(),
                                world_.random)
                 .value();
    backend_ = {&loop_, store_.get(), &world_.shared};
    if (!Run(store_->client().WaitReady(absl::Seconds(10))).ok())
      throw std::runtime_error("redis is away");
    LearnTime();
  }

  // One server for the binary; its clock only ever goes forward.
  static RedisServer& SharedServer() {
    static RedisServer server{RedisOptions{.appendfsync = "", .movable_clock = true}};
    return server;
  }
  RedisServer& Server() const { return server_; }

  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task), std::chrono::seconds(60));
  }

  void MoveClock(absl::Duration by) {
    Server().MoveClock(by);
    LearnTime();
  }
  void LearnTime() {
    EXPECT_TRUE(
        Run(store_->messages().Get("acme", queue::NewId('m', 0, absl::UnixEpoch(), world_.random)))
            .ok());
  }

  struct Answer {
    absl::Status status;
    bool replay = false;
  };

  template <typename Request, typename Response>
  Answer Ask(Task<absl::Status> (*handle)(Call&, const Request&, Response&), const Request& request,
             Response& response, const std::string& tenant = "acme") {
    Call call{backend_, world_.CallerOf(tenant), &world_.tenant(tenant)};
    call.caller.purposes = purposes_;
    call.caller.senders = senders_;
    response.Clear();
    Answer answer;
    answer.status = Run(handle(call, request, response));
    answer.replay = call.replay;
    return answer;
  }

  static v1::SendVerificationCodeRequest Code() {
    v1::SendVerificationCodeRequest request;
    request.set_recipient("ana@example.com");
    request.set_purpose("password_reset");
    return request;
  }

  // Sends a code that must be taken.
  v1::Verification Send(const v1::SendVerificationCodeRequest& request = Code(),
                        const std::string& tenant = "acme") {
    v1::Verification verification;
    const Answer answer = Ask(HandleSendVerificationCode, request, verification, tenant);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return verification;
  }
  absl::Status Refused(const v1::SendVerificationCodeRequest& request = Code(),
                       const std::string& tenant = "acme") {
    v1::Verification verification;
    const Answer answer = Ask(HandleSendVerificationCode, request, verification, tenant);
    EXPECT_FALSE(answer.status.ok());
    EXPECT_EQ(verification.ByteSizeLong(), 0u) << "a refusal answers nothing";
    return answer.status;
  }

  static v1::CheckVerificationCodeRequest Guess(const std::string& id, const std::string& code) {
    v1::CheckVerificationCodeRequest request;
    request.set_verification_id(id);
    request.set_code(code);
    return request;
  }
  v1::CheckVerificationCodeResponse Check(const v1::CheckVerificationCodeRequest& request,
                                          const std::string& tenant = "acme") {
    v1::CheckVerificationCodeResponse response;
    const Answer answer = Ask(HandleCheckVerificationCode, request, response, tenant);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return response;
  }
  v1::CheckVerificationCodeResponse::Result Result(const std::string& id, const std::string& code) {
    return Check(Guess(id, code)).result();
  }

  queue::Record Stored(const std::string& message_id) {
    const int shard = queue::ParseId('m', message_id, store_->keys().shards()).value();
    return queue::Decode(Server().Call({"GET", store_->keys().Message(shard, message_id)}),
                         message_id)
        .value();
  }
  // As the worker opens it.
  store::v1::Mail Opened(const std::string& message_id) {
    const queue::Record record = Stored(message_id);
    const auto skeleton = Run(store_->skeletons().Get(record.live.skeleton())).value();
    const queue::SealBinding binding =
        queue::BindingOf(record.facts, message_id, record.head.mail_class, record.head.deadline_ms);
    return queue::Open(record.sealed, *skeleton, binding, world_.shared.seal_keys).value();
  }
  // The code in that mail, made from its sealed terms as the worker makes it.
  std::string CodeIn(const std::string& message_id) {
    const store::v1::Facts facts = Stored(message_id).facts;
    const store::v1::CodeTerms terms = Opened(message_id).code();
    if (!terms.custom_code().empty()) return terms.custom_code();
    const codes::CodeSubject subject{facts.tenant(), facts.purpose(), facts.mailbox_hash(),
                                     facts.verification_id(), terms.binding_hash()};
    const Secret* key = world_.shared.code_keys->Find(static_cast<uint32_t>(terms.epoch()));
    return std::string(
        codes::DeriveCode(*key, subject, static_cast<uint32_t>(terms.generation()), terms.length())
            .Reveal());
  }
  // The message, as a worker holds it. REQUIRES: it is the first of its class in its shard.
  queue::LeasedJob Claimed(const std::string& message_id,
                           queue::MailClass mail_class = queue::MailClass::kCode) {
    const int shard = queue::ParseId('m', message_id, store_->keys().shards()).value();
    queue::ClaimAnswer claimed =
        Run(store_->leases().Claim(shard, mail_class, 1, false, true)).value();
    EXPECT_EQ(claimed.jobs.at(0).lease.id, message_id);
    return std::move(claimed.jobs.at(0));
  }
  // As a worker ends it; how often its dot was not answered by then.
  void End(const queue::LeasedJob& job, v1::Message::State state, int uncertain = 0) {
    queue::Settlement end;
    end.lease = job.lease;
    end.kind = queue::Settlement::Kind::kEnd;
    end.state = state;
    end.uncertain = uncertain;
    std::vector<queue::Settlement> batch(1, end);
    EXPECT_EQ(Run(store_->leases().Settle(std::move(batch))).value().front(),
              queue::Settled::kDone);
  }
  // As a caller sees it who may read messages or not.
  v1::Verification Seen(const std::string& verification_id, bool reads_messages) {
    Caller caller = world_.CallerOf("acme");
    if (!reads_messages) caller.scopes = {"verifications.send", "verifications.check"};
    Call call{backend_, caller, &world_.tenant("acme")};
    v1::GetVerificationRequest request;
    request.set_verification_id(verification_id);
    v1::Verification verification;
    EXPECT_EQ(Verdict(Run(HandleGetVerification(call, request, verification))), "OK");
    return verification;
  }
  // What two answers may not differ in.
  static std::string Alike(v1::Verification verification) {
    verification.clear_id();
    verification.clear_message_id();
    // Those of the request.
    verification.mutable_create_time()->Clear();
    verification.mutable_expire_time()->Clear();
    verification.mutable_next_send_time()->Clear();
    return verification.DebugString();
  }

  // As many digits, each another.
  static std::string Other(std::string code) {
    for (char& digit : code) digit = digit == '9' ? '0' : static_cast<char>(digit + 1);
    return code;
  }

  // Every key with its value, but for usage, which is counted later than it is answered.
  std::map<std::string, std::string> Dump() const {
    std::map<std::string, std::string> all;
    std::istringstream names(Server().Call({"KEYS", "*"}));
    for (std::string name; std::getline(names, name);) {
      if (name.rfind("ph:{u:", 0) != 0) all[name] = Server().Call({"DUMP", name});
    }
    return all;
  }

  RedisServer& server_;
  World world_;
  Names purposes_, senders_;  // What callers are narrowed to.
  Loop loop_;
  std::unique_ptr<queue::Store> store_;
  Backend backend_;
};

}  // namespace posthaste::api

// MessageService but for its watch, through the handlers, on a real Redis.
#include "service/api/messages.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class MessagesTest : public StoreTest {
 protected:
  std::string Notify(const std::string& recipient = "ana@example.com") {
    v1::SendPasswordChangedRequest request;
    request.set_recipient(recipient);
    v1::Message message;
    EXPECT_TRUE(Ask(HandleSendPasswordChanged, request, message).status.ok());
    return message.id();
  }
  Answer Get(const std::string& id, const std::string& tenant = "acme") {
    v1::GetMessageRequest request;
    request.set_id(id);
    return Ask(HandleGetMessage, request, message_, tenant);
  }
  Answer Cancel(const std::string& id, const std::string& tenant = "acme") {
    v1::CancelMessageRequest request;
    request.set_id(id);
    return Ask(HandleCancelMessage, request, message_, tenant);
  }
  v1::ListMessagesResponse List(const v1::ListMessagesRequest& request,
                                const std::string& tenant = "acme") {
    v1::ListMessagesResponse response;
    EXPECT_EQ(Verdict(Ask(HandleListMessages, request, response, tenant).status), "OK");
    return response;
  }
  static v1::ListMessagesRequest Of(const std::string& recipient) {
    v1::ListMessagesRequest request;
    request.set_recipient(recipient);
    return request;
  }
  queue::LeasedJob Claim(const std::string& id) {
    const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
    std::vector<queue::LeasedJob> jobs;
    for (int i = 0; i < 3 && jobs.empty(); ++i) {  // The first learns which lanes there are.
      jobs = Run(store_->leases().Claim(shard, queue::MailClass::kNotice, 1, false)).value().jobs;
    }
    EXPECT_EQ(jobs.size(), 1u);
    return jobs.at(0);
  }

  v1::Message message_;
};

TEST_F(MessagesTest, AreReadAsTheyStand) {
  const std::string id = Notify();
  ASSERT_EQ(Verdict(Get(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::QUEUED);
  EXPECT_TRUE(message_.has_next_attempt_time());
  Claim(id);
  ASSERT_EQ(Verdict(Get(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::SENDING);
  EXPECT_FALSE(message_.has_next_attempt_time());
}

TEST_F(MessagesTest, DoNotExistForAnotherTenant) {
  const std::string id = Notify();
  EXPECT_EQ(Verdict(Get(id, "globex").status), "NOT_FOUND MESSAGE_NOT_FOUND");
  EXPECT_EQ(Verdict(Cancel(id, "globex").status), "NOT_FOUND MESSAGE_NOT_FOUND");
  EXPECT_EQ(List(Of("ana@example.com"), "globex").messages_size(), 0);
  v1::ListAttemptsRequest request;
  request.set_id(id);
  v1::ListAttemptsResponse response;
  EXPECT_EQ(Verdict(Ask(HandleListAttempts, request, response, "globex").status),
            "NOT_FOUND MESSAGE_NOT_FOUND");
  ASSERT_EQ(Verdict(Get(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::QUEUED);
}

TEST_F(MessagesTest, AreListedByRecipientNewestFirstPageByPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), Notify());
    MoveClock(absl::Seconds(1));
  }
  Notify("bob@example.com");
  v1::ListMessagesRequest request = Of("Ana@example.com");
  EXPECT_EQ(List(request).messages_size(), 5);
  request.set_page_size(2);
  std::vector<std::string> told;
  for (int page = 0; page < 3; ++page) {
    const v1::ListMessagesResponse response = List(request);
    for (const v1::Message& message : response.messages()) told.push_back(message.id());
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(told, ids);
  EXPECT_EQ(request.page_token(), "");
}

TEST_F(MessagesTest, AreListedByTheirLiveState) {
  const std::string held = Notify("ana@example.com");
  Notify("bob@example.com");
  Claim(held);
  v1::ListMessagesRequest request;
  const auto ids = [&](v1::Message::State state) {
    request.set_state(state);
    std::vector<std::string> found;
    const v1::ListMessagesResponse listed = List(request);
    for (const v1::Message& message : listed.messages()) found.push_back(message.id());
    return found;
  };
  EXPECT_THAT(ids(v1::Message::SENDING), testing::Contains(held));
  EXPECT_THAT(ids(v1::Message::QUEUED), testing::Not(testing::Contains(held)));
  EXPECT_TRUE(ids(v1::Message::PARKED).empty());
}

TEST_F(MessagesTest, AreWithdrawnBeforeTheyLeave) {
  const std::string id = Notify();
  ASSERT_EQ(Verdict(Cancel(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::CANCELLED);
  EXPECT_TRUE(Stored(id).sealed.empty());
}

TEST_F(MessagesTest, MayStillBeStoppedWhileTheyAreSentButNotAfterTheirDot) {
  const std::string id = Notify();
  const queue::Lease lease = Claim(id).lease;
  ASSERT_EQ(Verdict(Cancel(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::SENDING) << "its last check before the dot will stop it";
  EXPECT_EQ(Run(store_->leases().StartFence(lease).Wait()).value(), queue::Fenced::kCancelled);
  const std::string late = Notify("bob@example.com");
  const queue::Lease past = Claim(late).lease;
  EXPECT_EQ(Run(store_->leases().StartFence(past).Wait()).value(), queue::Fenced::kPass);
  EXPECT_EQ(Verdict(Cancel(late).status), "FAILED_PRECONDITION MESSAGE_NOT_CANCELLABLE");
}

TEST_F(MessagesTest, TellTheirAttempts) {
  const std::string id = Notify();
  queue::Settlement settlement;
  settlement.lease = Claim(id).lease;
  settlement.kind = queue::Settlement::Kind::kEnd;
  settlement.state = v1::Message::ACCEPTED;
  settlement.attempts = 1;
  settlement.result.set_relay("r1");
  settlement.attempt_records.emplace_back();
  settlement.attempt_records[0].set_number(1);
  settlement.attempt_records[0].set_relay("r1");
  settlement.attempt_records[0].set_phase(9);
  settlement.attempt_records[0].set_outcome(v1::Attempt::ACCEPTED);
  std::vector<queue::Settlement> batch(1, settlement);
  ASSERT_EQ(Run(store_->leases().Settle(std::move(batch))).value().front(), queue::Settled::kDone);
  ASSERT_EQ(Verdict(Get(id).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::ACCEPTED);
  EXPECT_EQ(message_.attempt_count(), 1);
  EXPECT_EQ(message_.relay(), "r1");
  v1::ListAttemptsRequest request;
  request.set_id(id);
  v1::ListAttemptsResponse response;
  ASSERT_EQ(Verdict(Ask(HandleListAttempts, request, response).status), "OK");
  ASSERT_EQ(response.attempts_size(), 1);
  EXPECT_EQ(response.attempts(0).phase(), "dot");
  EXPECT_EQ(response.attempts(0).outcome(), v1::Attempt::ACCEPTED);
  EXPECT_EQ(Verdict(Cancel(id).status), "FAILED_PRECONDITION MESSAGE_NOT_CANCELLABLE");
}

}  // namespace
}  // namespace posthaste::api

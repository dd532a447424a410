#include "service/api/watch.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class WatchTest : public GrpcTest {
 protected:
  // A client's side of one watch.
  struct Watching {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchMessageResponse>> reader;

    // The state that is told next; STATE_UNSPECIFIED at the end.
    v1::Message::State Next() {
      v1::WatchMessageResponse response;
      return reader->Read(&response) ? response.message().state() : v1::Message::STATE_UNSPECIFIED;
    }
  };

  std::unique_ptr<Watching> Watch(const std::string& id, bool include_late = false,
                                  const char* key = kAllOfAcme) {
    auto watching = std::make_unique<Watching>();
    watching->context.AddMetadata("authorization", key);
    v1::WatchMessageRequest request;
    request.set_id(id);
    request.set_include_late(include_late);
    watching->reader = stub_->WatchMessage(&watching->context, request);
    return watching;
  }

  void Cancel(const std::string& id) {
    v1::CancelMessageRequest request;
    request.set_id(id);
    v1::Message message;
    EXPECT_EQ(Call("MessageService/CancelMessage", request, message).verdict(), "OK");
  }

  // As a worker would end it.
  void End(const std::string& id, v1::Message::State state) {
    const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
    queue::Settlement settlement;
    settlement.lease = On(store_->leases().Claim(shard, queue::MailClass::kCode, 1, false))
                           .value()
                           .jobs.at(0)
                           .lease;
    settlement.kind = queue::Settlement::Kind::kEnd;
    settlement.state = state;
    settlement.attempts = 1;
    std::vector<queue::Settlement> batch(1, settlement);
    EXPECT_EQ(On(store_->leases().Settle(std::move(batch))).value().front(), queue::Settled::kDone);
  }

  bool AllFreed() {
    return PollUntil(absl::Seconds(20), [&] { return bridge_->calls() == 0; });
  }

  const std::unique_ptr<v1::MessageService::Stub> stub_ = v1::MessageService::NewStub(channel_);
};

TEST_F(WatchTest, TellsTheMessageNowAndAtEachChangeUntilItsEnd) {
  const std::string id = SendCode().message_id();
  const auto watching = Watch(id);
  EXPECT_EQ(watching->Next(), v1::Message::QUEUED);
  End(id, v1::Message::ACCEPTED);
  v1::Message::State state = watching->Next();
  while (state == v1::Message::QUEUED || state == v1::Message::SENDING) state = watching->Next();
  EXPECT_EQ(state, v1::Message::ACCEPTED);
  EXPECT_EQ(watching->Next(), v1::Message::STATE_UNSPECIFIED);
  EXPECT_TRUE(watching->reader->Finish().ok());
  EXPECT_TRUE(AllFreed());
}

TEST_F(WatchTest, EndsAtOnceForAMessageThatHasEnded) {
  const std::string id = SendCode().message_id();
  Cancel(id);
  for (const bool include_late : {false, true}) {
    const auto watching = Watch(id, include_late);
    EXPECT_EQ(watching->Next(), v1::Message::CANCELLED);
    EXPECT_EQ(watching->Next(), v1::Message::STATE_UNSPECIFIED)
        << "nothing can come after it, late or not";
    EXPECT_TRUE(watching->reader->Finish().ok());
  }
}

TEST_F(WatchTest, StaysAfterAcceptedForALateBounce) {
  const std::string id = SendCode().message_id();
  End(id, v1::Message::ACCEPTED);
  const auto watching = Watch(id, true);
  EXPECT_EQ(watching->Next(), v1::Message::ACCEPTED);
  const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
  const std::string key = store_->keys().Message(shard, id);
  queue::Record record = queue::Decode(Redis().Call({"GET", key}), id).value();
  record.head.state = v1::Message::BOUNCED;
  record.head.flags |= queue::kFlagLate;
  Redis().Call({"SET", key, queue::Encode(record, id), "KEEPTTL"});
  Redis().Call({"XADD", store_->keys().Events(shard), "*", "i", id, "s", "5", "t", "acme"});
  v1::WatchMessageResponse response;
  if (watching->reader->Read(&response)) {
    EXPECT_EQ(response.message().state(), v1::Message::BOUNCED);
    EXPECT_TRUE(response.message().late());
  } else {
    ADD_FAILURE() << "the watch ended before the late bounce";
  }
  EXPECT_EQ(watching->Next(), v1::Message::STATE_UNSPECIFIED);
}

TEST_F(WatchTest, IsFreedWhenItsClientGoes) {
  const auto watching = Watch(SendCode().message_id());
  EXPECT_EQ(watching->Next(), v1::Message::QUEUED);
  EXPECT_EQ(bridge_->calls(), 1);
  watching->context.TryCancel();
  EXPECT_TRUE(AllFreed());
  EXPECT_EQ(watching->reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchTest, RefusesWhatItCannotWatch) {
  const std::string id = SendCode().message_id();
  const auto code = [&](const std::string& what, const char* key) {
    const auto watching = Watch(what, false, key);
    EXPECT_EQ(watching->Next(), v1::Message::STATE_UNSPECIFIED);
    return watching->reader->Finish().error_code();
  };
  EXPECT_EQ(code("x", kAllOfAcme), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code("m00" + std::string(20, '0'), kAllOfAcme), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(code(id, "Bearer globex-all.s3cret"), grpc::StatusCode::NOT_FOUND)
      << "another tenant's";
  EXPECT_EQ(code(id, "Bearer acme-messages-send.s3cret"), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(WatchTest, DoesNotHoldUpAStop) {
  const auto watching = Watch(SendCode().message_id());
  EXPECT_EQ(watching->Next(), v1::Message::QUEUED);
  server_->Stop(absl::Seconds(10));
  EXPECT_EQ(bridge_->calls(), 0);
  EXPECT_EQ(watching->Next(), v1::Message::STATE_UNSPECIFIED);
  EXPECT_EQ(watching->reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(WatchTest, EndsWithinSecondsWhenItsKeyIsTakenAway) {
  const std::string id = SendCode().message_id();
  const auto mine = Watch(id), other = Watch(id, false, "Bearer acme-messages-read.s3cret");
  EXPECT_EQ(mine->Next(), v1::Message::QUEUED);
  EXPECT_EQ(other->Next(), v1::Message::QUEUED);
  config::v1::Config config = world_.config;
  config.mutable_tenants(0)->mutable_keys()->DeleteSubrange(0, 1);
  const SteadyTime begin = SystemClock().Steady();
  snapshots_->Replace(snapshots_->Prepare(SnapshotOf(config)));
  EXPECT_EQ(mine->Next(), v1::Message::STATE_UNSPECIFIED);
  EXPECT_EQ(mine->reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(5));
  End(id, v1::Message::ACCEPTED);
  while (other->Next() != v1::Message::STATE_UNSPECIFIED) {
  }
  EXPECT_TRUE(other->reader->Finish().ok()) << "the other key's goes on";
}

}  // namespace
}  // namespace posthaste::api

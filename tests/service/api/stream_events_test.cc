#include "service/api/stream_events.h"

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "posthaste/v1/event_service.grpc.pb.h"
#include "service/api/resume_token.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kAllOfGlobex[] = "Bearer globex-all.s3cret";

class StreamEventsTest : public GrpcTest {
 protected:
  // A client's side of one stream.
  struct Following {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::StreamEventsResponse>> reader;
    std::string token;  // Of the last answer.
    bool ended = false;

    // The next event; one without an id at a heartbeat and at the end.
    v1::Event Next() {
      v1::StreamEventsResponse response;
      ended = !reader->Read(&response);
      if (ended) return {};
      EXPECT_NE(response.resume_token(), "");
      token = response.resume_token();
      return response.event();
    }
    // The next event, whatever heartbeats come before; one without an id at the end.
    v1::Event NextEvent() {
      v1::Event event = Next();
      while (event.id().empty() && !ended) event = Next();
      return event;
    }
    // Events up to the next heartbeat, or the end.
    std::vector<v1::Event> UntilHeartbeat() {
      std::vector<v1::Event> events;
      for (v1::Event event = Next(); !event.id().empty(); event = Next()) events.push_back(event);
      return events;
    }
    std::string Verdict() {
      Outcome outcome;
      outcome.status = reader->Finish();
      return outcome.verdict();
    }
  };

  std::unique_ptr<Following> Follow(v1::StreamEventsRequest request = {},
                                    const char* key = kAllOfAcme) {
    auto following = std::make_unique<Following>();
    following->context.AddMetadata("authorization", key);
    if (!request.has_heartbeat_interval()) request.mutable_heartbeat_interval()->set_seconds(1);
    following->reader = stub_->StreamEvents(&following->context, request);
    return following;
  }
  std::unique_ptr<Following> From(const std::string& token, const char* key = kAllOfAcme) {
    v1::StreamEventsRequest request;
    request.set_resume_token(token);
    return Follow(request, key);
  }
  // A stream from now on.
  std::unique_ptr<Following> FromNow(v1::StreamEventsRequest request = {},
                                     const char* key = kAllOfAcme) {
    std::unique_ptr<Following> following = Follow(std::move(request), key);
    EXPECT_EQ(following->Next().id(), "") << "the first answer is a token";
    EXPECT_NE(following->token, "");
    return following;
  }

  void Cancel(const std::string& id) {
    v1::CancelMessageRequest request;
    request.set_id(id);
    v1::Message message;
    EXPECT_EQ(Call("MessageService/CancelMessage", request, message).verdict(), "OK");
  }
  // A line as the scripts write it.
  void Write(int shard, const std::string& id, int state, const char* tenant = "acme") {
    Redis().Call({"XADD", store_->keys().Events(shard), "*", "i", id, "s", absl::StrCat(state), "t",
                  tenant});
  }

  const std::unique_ptr<v1::EventService::Stub> stub_ = v1::EventService::NewStub(channel_);
};

TEST_F(StreamEventsTest, TellsWhatHappensToMessagesVerificationsAndSuppressions) {
  const auto following = FromNow();
  const v1::Verification sent = SendCode();
  const v1::Event queued = following->NextEvent();
  EXPECT_EQ(queued.type(), v1::Event::MESSAGE_CHANGED);
  EXPECT_EQ(queued.message().id(), sent.message_id());
  EXPECT_EQ(queued.message().state(), v1::Message::QUEUED);
  EXPECT_EQ(queued.message().mail_class(), v1::CODE);
  EXPECT_EQ(queued.masked_recipient(), sent.masked_recipient());
  v1::CancelVerificationRequest cancel;
  cancel.set_verification_id(sent.id());
  v1::Verification verification;
  EXPECT_EQ(Call("VerificationService/CancelVerification", cancel, verification).verdict(), "OK");
  std::map<v1::Event::Type, v1::Event> ends;
  for (int i = 0; i < 2; ++i) {
    v1::Event event = following->NextEvent();
    ends[event.type()] = event;
  }
  EXPECT_EQ(ends[v1::Event::MESSAGE_CHANGED].message().state(), v1::Message::CANCELLED);
  EXPECT_EQ(ends[v1::Event::VERIFICATION_CHANGED].verification().id(), sent.id());
  EXPECT_EQ(ends[v1::Event::VERIFICATION_CHANGED].verification().state(),
            v1::Verification::CANCELLED);
  queue::NewSuppression suppression;
  suppression.cause = queue::Cause::kRequested;
  suppression.strength = queue::Strength::kChosen;
  suppression.mailbox_hash = std::string(16, 'a');
  const std::string id = On(store_->suppressions().Create("acme", 1, suppression)).value().view.id;
  const v1::Event created = following->NextEvent();
  EXPECT_EQ(created.type(), v1::Event::SUPPRESSION_CREATED);
  EXPECT_EQ(created.suppression().id(), id);
  ASSERT_TRUE(On(store_->suppressions().Delete("acme", id)).ok());
  EXPECT_EQ(following->NextEvent().type(), v1::Event::SUPPRESSION_DELETED);
}

TEST_F(StreamEventsTest, TellsATenantNothingOfAnother) {
  const auto globex = FromNow({}, kAllOfGlobex);
  const std::string begin = globex->token;
  SendCode();
  EXPECT_THAT(globex->UntilHeartbeat(), IsEmpty());
  EXPECT_NE(globex->token, begin);
  EXPECT_THAT(From(begin, kAllOfGlobex)->UntilHeartbeat(), IsEmpty());
  const auto acme = From(begin);
  EXPECT_EQ(acme->Next().id(), "");
  EXPECT_EQ(acme->Verdict(), "INVALID_ARGUMENT RESUME_TOKEN_INVALID");
}

TEST_F(StreamEventsTest, ShowsDecoysOnlyAsLongAsItsKeyMayReadMessages) {
  const auto following = FromNow();
  Write(0, "m00-a", v1::Message::SUPPRESSED);
  EXPECT_EQ(following->NextEvent().message().state(), v1::Message::SUPPRESSED);
  config::v1::Config config = world_.config;
  auto& scopes = *config.mutable_tenants(0)->mutable_keys(0)->mutable_scopes();
  scopes.erase(std::remove(scopes.begin(), scopes.end(), "messages.read"), scopes.end());
  snapshots_->Replace(snapshots_->Prepare(SnapshotOf(config)));
  Write(0, "m00-b", v1::Message::SUPPRESSED);
  EXPECT_EQ(following->NextEvent().message().state(), v1::Message::ACCEPTED)
      << "as a code that is sent";
}

TEST_F(StreamEventsTest, TellsOnlyWhatWasAskedFor) {
  v1::StreamEventsRequest request;
  request.add_types(v1::Event::VERIFICATION_CHANGED);
  const auto verifications = FromNow(request);
  request.clear_types();
  request.add_mail_classes(v1::NOTICE);
  const auto notices = FromNow(request);
  const v1::Verification sent = SendCode();
  Cancel(sent.message_id());
  Write(0, sent.id(), v1::Verification::VERIFIED);
  EXPECT_EQ(verifications->NextEvent().verification().state(), v1::Verification::VERIFIED);
  EXPECT_EQ(notices->NextEvent().type(), v1::Event::VERIFICATION_CHANGED) << "it has no class";
}

// Streams are cut at random places and resumed with their last token, over lost connections to
// Redis: each event is told once, those of a shard in order.
TEST_F(StreamEventsTest, LosesAndDisordersNothingOverCuts) {
  constexpr int kEvents = 400;
  std::mt19937 random(7);
  std::string token = FromNow()->token;
  const int shards = store_->keys().shards();
  std::map<int, std::vector<std::string>> written, told;
  int count = 0, seen = 0;
  for (int cut = 0; seen < kEvents && cut < 200; ++cut) {
    for (int i = 0; i < 40 && count < kEvents; ++i, ++count) {
      const int shard = static_cast<int>(random() % static_cast<unsigned>(shards));
      const std::string id = absl::StrCat("m0", shard, "-", count);
      written[shard].push_back(id);
      Write(shard, id, v1::Message::QUEUED);
      Write(shard, id, v1::Message::QUEUED, "globex");
    }
    ASSERT_TRUE(On(store_->client().WaitReady(absl::Seconds(20))).ok());
    const auto following = From(token);
    if (cut % 3 == 1) Redis().Call({"CLIENT", "KILL", "TYPE", "normal"});
    for (int left = static_cast<int>(random() % 60) + 1; left > 0 && seen < kEvents; --left) {
      const v1::Event event = following->Next();
      if (following->ended) break;  // Redis was away.
      token = following->token;
      if (event.id().empty()) continue;
      const std::string id = event.message().id();
      told[std::stoi(id.substr(2))].push_back(id);
      ++seen;
    }
    following->context.TryCancel();
  }
  EXPECT_EQ(told, written);
}

TEST_F(StreamEventsTest, AClientThatReadsSlowlyLosesNothing) {
  constexpr int kEvents = 5000;
  const auto following = FromNow();
  std::string batch(200, 'x');
  for (int i = 0; i < kEvents; ++i) Write(i % 2, absl::StrCat("m0", i % 2, batch, i), 1);
  std::map<int, int> last = {{0, -2}, {1, -1}};
  for (int i = 0; i < kEvents; ++i) {
    const std::string id = following->NextEvent().message().id();
    ASSERT_FALSE(id.empty()) << i;
    const int number = std::stoi(id.substr(3 + batch.size()));
    EXPECT_EQ(number, last[number % 2] + 2);
    last[number % 2] = number;
  }
}

TEST_F(StreamEventsTest, RefusesTokensThatAreForgedOrTooOld) {
  const auto forged = From("forged");
  forged->Next();
  EXPECT_EQ(forged->Verdict(), "INVALID_ARGUMENT RESUME_TOKEN_INVALID");
  queue::EventLog log(loop_, store_->client(), store_->keys(), store_->clock());
  queue::EventCursor old = On(log.End()).value();
  old.seen_ms -= absl::ToInt64Milliseconds(queue::kEventsKept) + 60'000;
  const auto expired =
      From(SealCursor(old, "acme", world_.shared.hash_key.Reveal(), world_.random));
  expired->Next();
  EXPECT_EQ(expired->Verdict(), "OUT_OF_RANGE RESUME_TOKEN_EXPIRED");
}

TEST_F(StreamEventsTest, RefusesWhomItDoesNotConcernAndWrongFields) {
  const auto verdict = [&](const v1::StreamEventsRequest& request, const char* key) {
    const auto following = Follow(request, key);
    following->Next();
    return following->Verdict();
  };
  EXPECT_EQ(verdict({}, "Bearer acme-messages-read.s3cret"), "PERMISSION_DENIED SCOPE_MISSING");
  v1::StreamEventsRequest request;
  request.mutable_heartbeat_interval()->set_nanos(1);
  EXPECT_EQ(verdict(request, kAllOfAcme), "INVALID_ARGUMENT FIELD_INVALID");
  EXPECT_EQ(bridge_->calls(), 0);
}

TEST_F(StreamEventsTest, EndsAtAStopWithATokenThatIsGoodElsewhere) {
  auto following = FromNow();
  SendCode();
  EXPECT_EQ(following->NextEvent().message().state(), v1::Message::QUEUED);
  server_->Stop(absl::Seconds(10));
  EXPECT_EQ(following->Next().id(), "");
  EXPECT_EQ(following->Verdict(), "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_EQ(bridge_->calls(), 0);
  Write(1, "m01-after", v1::Message::ACCEPTED);
  Bridge other(*snapshots_);
  const auto server = Server::Start(world_.config.grpc(), other).value();
  const auto stub = v1::EventService::NewStub(
      grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials()));
  Following next;
  next.context.AddMetadata("authorization", kAllOfAcme);
  v1::StreamEventsRequest request;
  request.set_resume_token(following->token);
  next.reader = stub->StreamEvents(&next.context, request);
  EXPECT_EQ(next.Next().id(), "");
  EXPECT_EQ(next.Next().message().id(), "m01-after");
  next.context.TryCancel();
  next.reader->Finish();
  server->Stop(absl::Seconds(5));
}

}  // namespace
}  // namespace posthaste::api

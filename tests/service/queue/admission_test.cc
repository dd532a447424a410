#include "service/queue/admission.h"

#include <set>

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using Kind = AdmitAnswer::Kind;
using ::testing::HasSubstr;

TEST_F(AdmissionTest, TakesAMessageWithAllThatGoesWithIt) {
  AdmitRequest request = Message();
  request.verification = NewVerification(request);
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);

  Record expected = request.record;
  expected.verification = EncodeVerification(request.verification->next);
  EXPECT_EQ(Encode(Stored(request.id), request.id), Encode(expected, request.id));
  const Keys& keys = node_->keys_;
  const std::string score =
      server_.Call({"ZSCORE", keys.Lane(shard_, MailClass::kCode, ""), request.id});
  EXPECT_EQ(std::stoll(score), Pack({.visible_ms = ToMillis(request.visible)}));
  EXPECT_THAT(Remembered(request.mailbox_hash).messages,
              testing::ElementsAre(PastMessage{request.record.head.create_ms, request.id}));
  EXPECT_THAT(server_.Call({"XRANGE", keys.Events(shard_), "-", "+"}),
              HasSubstr("i\n" + request.id + "\ns\n1\nt\nshop\n"));
  const Known known = Reading(request.id);
  EXPECT_EQ(Encode(*known.record, request.id), Encode(expected, request.id));
  EXPECT_EQ(known.current, request.verification->next.id);
  EXPECT_EQ(known.verification->message_id, request.id);
  EXPECT_EQ(known.verification->guesses_left, 5);
  EXPECT_EQ(known.wrong_guesses, 0);
  EXPECT_FALSE(known.suppressed);
}

TEST_F(AdmissionTest, PutsATenantsLaneIntoTheRing) {
  AdmitRequest later = Message(MailClass::kNotice);
  later.visible += absl::Minutes(5);
  AdmitRequest now = Message(MailClass::kNotice);
  ASSERT_EQ(Admit(later).kind, Kind::kAdmitted);
  const std::string ring = node_->keys_.Ring(shard_, MailClass::kNotice);
  EXPECT_EQ(std::stoll(server_.Call({"ZSCORE", ring, "shop"})), ToMillis(later.visible) * 1000);
  ASSERT_EQ(Admit(now).kind, Kind::kAdmitted);
  EXPECT_EQ(std::stoll(server_.Call({"ZSCORE", ring, "shop"})), ToMillis(now.visible) * 1000);
  ASSERT_EQ(Admit(Message(MailClass::kCode)).kind, Kind::kAdmitted);
  EXPECT_EQ(Lane(MailClass::kNotice), 2);
  EXPECT_EQ(Lane(), 1);
}

TEST_F(AdmissionTest, AnswersTheSameToAThousandIdenticalRequests) {
  std::vector<AdmitRequest> requests;
  for (int i = 0; i < 1000; ++i) {
    requests.push_back(Requested("r1"));
    requests.back().verification = NewVerification(requests.back());
  }
  std::vector<Task<absl::StatusOr<AdmitAnswer>>> tasks;
  for (const AdmitRequest& request : requests) tasks.push_back(node_->admission_->Admit(request));
  int admitted = 0;
  for (const auto& answer : RunAll(node_->loop_, std::move(tasks))) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    if (answer->kind == Kind::kAdmitted) {
      ++admitted;
    } else {
      ASSERT_EQ(answer->kind, Kind::kReplay);
      EXPECT_EQ(answer->record->head.state, v1::Message::QUEUED);
    }
  }
  EXPECT_EQ(admitted, 1);
  EXPECT_EQ(Lane(), 1);
  EXPECT_EQ(Count("XLEN", node_->keys_.Events(shard_)), 1);
}

TEST_F(AdmissionTest, RefusesAnIdThatWasUsedForOtherContent) {
  ASSERT_EQ(Admit(Requested("r1", "one")).kind, Kind::kAdmitted);
  const auto before = Dump();
  const AdmitAnswer answer = Admit(Requested("r1", "two"));
  EXPECT_EQ(answer.kind, Kind::kReused);
  EXPECT_FALSE(answer.record.has_value());
  EXPECT_EQ(Dump(), before);
}

TEST_F(AdmissionTest, TakesOneRequestIdOncePerMethod) {
  EXPECT_EQ(Admit(Requested("r1", "one", "SendVerificationCode")).kind, Kind::kAdmitted);
  EXPECT_EQ(Admit(Requested("r1", "one", "ResendVerificationCode")).kind, Kind::kAdmitted);
  EXPECT_EQ(Lane(), 2);
}

TEST_F(AdmissionTest, ReplaysAlsoWhatHasEnded) {
  const AdmitRequest request = Requested("r1");
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  Record ended = request.record;
  ended.head.state = v1::Message::ACCEPTED;
  ended.sealed.clear();
  Store(request.id, ended);
  const AdmitAnswer answer = Admit(Requested("r1"));
  ASSERT_EQ(answer.kind, Kind::kReplay);
  EXPECT_EQ(answer.record->head.state, v1::Message::ACCEPTED);
}

TEST_F(AdmissionTest, RefusesAMessageThatWasSealedWithAnotherTime) {
  for (const int64_t skew_ms : {-1500, 1500}) {
    AdmitRequest request = Message();
    request.record.head.create_ms += skew_ms;
    EXPECT_EQ(Admit(request).kind, Kind::kSkew);
  }
  EXPECT_TRUE(Dump().empty());
  AdmitRequest request = Message();
  request.record.head.create_ms -= 500;
  EXPECT_EQ(Admit(request).kind, Kind::kAdmitted);
}

TEST_F(AdmissionTest, FollowsRedisClockAfterASkew) {
  server_.MoveClock(absl::Minutes(10));
  EXPECT_EQ(Admit(Message()).kind, Kind::kSkew);
  EXPECT_EQ(Admit(Message()).kind, Kind::kAdmitted);
}

TEST_F(AdmissionTest, RefusesASuppressedRecipient) {
  AdmitRequest request = Message();
  server_.Call({"SET", node_->keys_.Suppression(shard_, kTenant, request.mailbox_hash), "bounce"});
  const auto before = Dump();
  EXPECT_EQ(Admit(request).kind, Kind::kSuppressed);
  EXPECT_EQ(Dump(), before);
  EXPECT_TRUE(Reading().suppressed);
  request.check_suppression = false;
  EXPECT_EQ(Admit(request).kind, Kind::kAdmitted);
}

TEST_F(AdmissionTest, RefusesWhenTheLaneIsFull) {
  for (int i = 0; i < 3; ++i) {
    AdmitRequest request = Message();
    request.queued_max = 3;
    ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  }
  const auto before = Dump();
  AdmitRequest request = Message();
  request.queued_max = 3;
  EXPECT_EQ(Admit(request).kind, Kind::kQueueFull);
  EXPECT_EQ(Dump(), before);
  request.queued_max = 0;
  EXPECT_EQ(Admit(request).kind, Kind::kAdmitted);
}

TEST_F(AdmissionTest, SaysExactlyHowLongALimitRefuses) {
  const auto limited = [this] {
    AdmitRequest request = Message();
    request.limits = {{"recipient_day", std::string(16, 'd'), 30, absl::Hours(24)},
                      {"recipient_hour", std::string(16, 'h'), 3, absl::Hours(1)}};
    return Admit(request);
  };
  for (int i = 0; i < 3; ++i) ASSERT_EQ(limited().kind, Kind::kAdmitted);
  const auto before = Dump();
  const AdmitAnswer refused = limited();
  ASSERT_EQ(refused.kind, Kind::kLimited);
  EXPECT_EQ(refused.limit, "recipient_hour");
  EXPECT_LE(refused.wait, absl::Minutes(20));
  EXPECT_GT(refused.wait, absl::Minutes(20) - absl::Seconds(5));
  EXPECT_EQ(Dump(), before);  // The day's limit was not taken either.

  server_.MoveClock(refused.wait - absl::Seconds(5));
  limited();  // Skew: the clock was moved under us.
  EXPECT_EQ(limited().kind, Kind::kLimited);
  server_.MoveClock(limited().wait + absl::Milliseconds(1));
  limited();
  EXPECT_EQ(limited().kind, Kind::kAdmitted);
  const AdmitAnswer next = limited();
  ASSERT_EQ(next.kind, Kind::kLimited);
  EXPECT_GT(next.wait, absl::Minutes(20) - absl::Seconds(5));
}

TEST_F(AdmissionTest, KeepsTheLimitsOfOneRecipientTogetherAndApart) {
  const auto limited = [this] {
    AdmitRequest request = Message();
    request.limits = {{"day", std::string(16, 'r'), 3, absl::Hours(24)},
                      {"hour", std::string(16, 'r'), 2, absl::Hours(1)},
                      {"other", std::string(16, 'o'), 9, absl::Hours(1)}};
    return Admit(request);
  };
  for (int i = 0; i < 2; ++i) ASSERT_EQ(limited().kind, Kind::kAdmitted);
  EXPECT_EQ(limited().limit, "hour");
  server_.MoveClock(absl::Minutes(31));
  limited();  // Skew.
  ASSERT_EQ(limited().kind, Kind::kAdmitted);
  server_.MoveClock(absl::Minutes(31));
  limited();
  const AdmitAnswer refused = limited();
  EXPECT_EQ(refused.limit, "day");
  EXPECT_GT(refused.wait, absl::Hours(6));
  EXPECT_LT(refused.wait, absl::Hours(7));
  EXPECT_GT(Count("PTTL", node_->keys_.Recipient(shard_, std::string(16, 'r'))), 22 * 3'600'000);
}

TEST_F(AdmissionTest, LetsALimitRunOutOfMemory) {
  AdmitRequest request = Message();
  request.limits = {{"recipient_hour", std::string(16, 'h'), 10, absl::Hours(1)}};
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  const std::string key = node_->keys_.Recipient(shard_, request.limits[0].key);
  EXPECT_GT(Count("PTTL", key), 355'000);
  EXPECT_LE(Count("PTTL", key), 360'000);
}

TEST_F(AdmissionTest, WakesASleepingWorkerOnceAndOnlyForWhatIsDue) {
  const std::string armed = node_->keys_.Armed(shard_);
  server_.Call({"SET", armed, ""});
  AdmitRequest later = Message();
  later.visible += absl::Minutes(1);
  ASSERT_EQ(Admit(later).kind, Kind::kAdmitted);
  EXPECT_EQ(Count("EXISTS", armed), 1);
  ASSERT_EQ(Admit(Message()).kind, Kind::kAdmitted);
  EXPECT_EQ(Count("EXISTS", armed), 0);
}

TEST_F(AdmissionTest, KeepsTheNewestTwoHundredOfARecipient) {
  std::vector<AdmitRequest> requests;
  for (int i = 0; i < 210; ++i) requests.push_back(Message());
  std::vector<Task<absl::StatusOr<AdmitAnswer>>> tasks;
  for (const AdmitRequest& request : requests) tasks.push_back(node_->admission_->Admit(request));
  RunAll(node_->loop_, std::move(tasks));
  const Recipient recipient = Remembered(requests[0].mailbox_hash);
  ASSERT_EQ(recipient.messages.size(), 200U);
  EXPECT_EQ(recipient.messages.front().id, requests[10].id);
  EXPECT_EQ(recipient.messages.back().id, requests[209].id);
  const std::string key = node_->keys_.Recipient(shard_, requests[0].mailbox_hash);
  EXPECT_GT(Count("PTTL", key), absl::ToInt64Milliseconds(absl::Hours(72)));
}

TEST_F(AdmissionTest, KeepsLimitsVerificationsAndMessagesOfARecipientInOneKey) {
  AdmitRequest code = Message();
  code.limits = {{"hour", code.mailbox_hash, 1, absl::Hours(1)}};
  code.verification = NewVerification(code);
  ASSERT_EQ(Admit(code).kind, Kind::kAdmitted);
  AdmitRequest other = Message();
  other.verification = NewVerification(other);
  other.verification->group = std::string(16, 'o');
  ASSERT_EQ(Admit(other).kind, Kind::kAdmitted);
  const Recipient recipient = Remembered(code.mailbox_hash);
  EXPECT_EQ(recipient.CurrentOf(kGroup), code.verification->next.id);
  EXPECT_EQ(recipient.CurrentOf(other.verification->group), other.verification->next.id);
  EXPECT_EQ(recipient.CurrentOf(std::string(16, 'x')), "");
  EXPECT_EQ(recipient.messages.size(), 2U);
  AdmitRequest again = Message();
  again.limits = code.limits;
  EXPECT_EQ(Admit(again).kind, Kind::kLimited) << "the other admission left the limit alone";
}

TEST_F(AdmissionTest, ForgetsOfARecipientWhatIsOver) {
  AdmitRequest code = Message();
  code.verification = NewVerification(code);
  ASSERT_EQ(Admit(code).kind, Kind::kAdmitted);
  server_.MoveClock(absl::Hours(25));
  Admit(Message());  // Skew: the clock was moved under us.
  ASSERT_EQ(Admit(Message()).kind, Kind::kAdmitted);
  const Recipient recipient = Remembered(code.mailbox_hash);
  EXPECT_EQ(recipient.CurrentOf(kGroup), "");
  EXPECT_EQ(recipient.messages.size(), 2U);
}

TEST_F(AdmissionTest, RefusesWhatIsNoIdOfThisInstallation) {
  AdmitRequest request = Message();
  request.id = NewId('m', 63, node_->clock_.Now(), random_);
  const auto answer = RunTask(node_->loop_, node_->admission_->Admit(request));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(node_->Run(node_->admission_->GetVerification("nonsense")), std::nullopt);
}

TEST_F(AdmissionTest, RefusesWhenRedisHasNoMemoryLeft) {
  server_.Call({"CONFIG", "SET", "maxmemory", "1"});
  const auto answer = RunTask(node_->loop_, node_->admission_->Admit(Message()));
  server_.Call({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted) << answer.status();
  EXPECT_TRUE(Dump().empty());
}

TEST_F(AdmissionTest, SurvivesAScriptFlush) {
  server_.Call({"SCRIPT", "FLUSH"});
  EXPECT_EQ(Admit(Message()).kind, Kind::kAdmitted);
}

}  // namespace
}  // namespace posthaste::queue

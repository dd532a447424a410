// Checklist 13: with a request id the same content gets the same answer, other content is refused,
// and a repetition is harmless wherever the first try broke off. The connection to Redis is cut
// behind each few bytes of its answers, so that whatever was written or not, answered or not, is
// met; the caller asks again until it is told.
#include "tests/service/api/store_fixture.h"
#include "tests/support/fault_proxy.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

using RequestIdTest = StoreTest;

TEST_F(RequestIdTest, AnswersARepeatedRequestWithWhatBecameOfTheFirst) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_request_id("r1");
  const v1::Verification first = Send(request);
  const auto before = Dump();
  v1::Verification again;
  const Answer answer = Ask(HandleSendVerificationCode, request, again);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_TRUE(answer.replay);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Dump(), before) << "no limit and no cooldown is taken from";
}

TEST_F(RequestIdTest, RefusesARequestIdWithOtherContent) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_request_id("r1");
  Send(request);
  const auto before = Dump();
  request.set_locale("de");
  const absl::Status status = Refused(request);
  EXPECT_EQ(Verdict(status), "ALREADY_EXISTS REQUEST_ID_REUSED");
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(status).resource_name(), "r1");
  EXPECT_EQ(Dump(), before);
}

TEST_F(RequestIdTest, CostsOneGuessHoweverOftenItIsRepeated) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  v1::CheckVerificationCodeRequest request = Guess(sent.id(), Other(code));
  request.set_request_id("r1");
  const Response first = Check(request);
  Response again;
  const Answer answer = Ask(HandleCheckVerificationCode, request, again);
  EXPECT_TRUE(answer.replay);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(again.verification().guesses_remaining(), 4);
  request.set_code(code);
  EXPECT_EQ(Verdict(Ask(HandleCheckVerificationCode, request, again).status),
            "ALREADY_EXISTS REQUEST_ID_REUSED");
  EXPECT_EQ(Result(sent.id(), code), Response::MATCHED) << "it was not looked at";
}

class LostAnswersTest : public StoreTest {
 protected:
  std::unique_ptr<queue::Store> Through(FaultProxy& proxy) {
    redis::ClientOptions options;
    options.host = "127.0.0.1";
    options.port = proxy.port();
    options.backoff_base = absl::Milliseconds(1);
    options.backoff_cap = absl::Milliseconds(2);
    auto store = queue::Store::Make(loop_, options, world_.config.redis().shards(), SystemClock(),
                                    world_.random)
                     .value();
    EXPECT_TRUE(Run(store->client().WaitReady(absl::Seconds(10))).ok());
    return store;
  }

  // Asks until there is an answer; how often it had to.
  template <typename Request, typename Answer>
  int AskUntilTold(queue::Store& store,
                   Task<absl::Status> (*handle)(Call&, const Request&, Answer&),
                   const Request& request, Answer& response) {
    for (int tries = 1; tries < 20; ++tries) {
      Backend backend{&loop_, &store, &world_.shared};
      Call call{backend, world_.CallerOf("acme"), &world_.tenant("acme")};
      response.Clear();
      const absl::Status status = Run(handle(call, request, response));
      if (status.ok()) return tries;
      EXPECT_EQ(Verdict(status), "UNAVAILABLE STORE_UNAVAILABLE");
      EXPECT_TRUE(Run(store.client().WaitReady(absl::Seconds(10))).ok());
    }
    ADD_FAILURE() << "never told";
    return 0;
  }
};

TEST_F(LostAnswersTest, AreMadeGoodByAskingAgain) {
  RedisServer redis{RedisOptions{.appendfsync = "", .tcp = true}};
  FaultProxy proxy(redis.port());
  v1::SendVerificationCodeRequest send = Code();
  send.set_request_id("send-1");
  send.set_custom_code("123456");
  v1::CheckVerificationCodeRequest wrong = Guess("", "654321"), right = Guess("", "123456");
  wrong.set_request_id("check-1");
  right.set_request_id("check-2");
  int cut_sends = 0, cut_checks = 0;
  constexpr int kBytesMost = 4500;  // More than the scripts' names and all answers together.
  for (int bytes = 0; bytes < kBytesMost; bytes += 13) {
    redis.Call({"FLUSHALL"});
    proxy.CutAfter(bytes);
    const std::unique_ptr<queue::Store> store = Through(proxy);
    v1::Verification sent;
    cut_sends += AskUntilTold(*store, HandleSendVerificationCode, send, sent) > 1;
    EXPECT_TRUE(sent.created());
    EXPECT_EQ(sent.sends_remaining(), 4);
    wrong.set_verification_id(sent.id());
    right.set_verification_id(sent.id());
    Response answer, again;
    cut_checks += AskUntilTold(*store, HandleCheckVerificationCode, wrong, answer) > 1;
    EXPECT_EQ(answer.result(), Response::MISMATCHED);
    EXPECT_EQ(answer.verification().guesses_remaining(), 4) << "one guess, cut behind " << bytes;
    cut_checks += AskUntilTold(*store, HandleCheckVerificationCode, right, answer) > 1;
    EXPECT_EQ(answer.result(), Response::MATCHED) << "cut behind " << bytes;
    AskUntilTold(*store, HandleCheckVerificationCode, right, again);
    EXPECT_EQ(again.receipt(), answer.receipt());
    const std::string messages = redis.Call({"KEYS", "ph:{*}:m:*"});
    EXPECT_EQ(messages.find('\n'), messages.empty() ? 0 : messages.rfind('\n')) << messages;
    if (HasFailure()) return;
  }
  std::printf("cut %d sends and %d checks\n", cut_sends, cut_checks);
  EXPECT_GT(cut_sends, 3);
  EXPECT_GT(cut_checks, 3);
}

}  // namespace
}  // namespace posthaste::api

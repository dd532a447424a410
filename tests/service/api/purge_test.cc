// What is sealed leaves Redis in the step that ends its message, whatever it ends in: nobody has to
// come by later and sweep. Only an uncertain mail that is no code keeps its seal, for an operator
// who sends it again, until its record is forgotten.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class PurgeTest : public StoreTest {
 protected:
  static constexpr v1::Message::State kEnds[] = {v1::Message::ACCEPTED,   v1::Message::BOUNCED,
                                                 v1::Message::EXPIRED,    v1::Message::FAILED,
                                                 v1::Message::SUPPRESSED, v1::Message::UNCERTAIN};

  // All values in Redis, whatever their type.
  std::string Everything() const {
    std::string all;
    std::istringstream names(Server().Call({"KEYS", "*"}));
    for (std::string name; std::getline(names, name);) {
      const std::string type = Server().Call({"TYPE", name});
      if (type == "string") all += Server().Call({"GET", name});
      if (type == "hash") all += Server().Call({"HGETALL", name});
      if (type == "set") all += Server().Call({"SMEMBERS", name});
      if (type == "list") all += Server().Call({"LRANGE", name, "0", "-1"});
      if (type == "zset") all += Server().Call({"ZRANGE", name, "0", "-1"});
      if (type == "stream") all += Server().Call({"XRANGE", name, "-", "+"});
    }
    return all;
  }
  // Whether any sixteen bytes of it are there.
  bool Lies(const std::string& sealed) const {
    const std::string all = Everything();
    for (size_t at = 0; at + 16 <= sealed.size(); ++at) {
      if (all.find(sealed.substr(at, 16)) != std::string::npos) return true;
    }
    return false;
  }
  // The seal of a message that still has it.
  std::string SealOf(const std::string& message_id) {
    const std::string sealed = Stored(message_id).sealed;
    EXPECT_GT(sealed.size(), 100u);
    EXPECT_TRUE(Lies(sealed));
    return sealed;
  }
  void ExpectGone(const std::string& sealed, const std::string& message_id,
                  v1::Message::State state) {
    EXPECT_EQ(Stored(message_id).head.state, state);
    EXPECT_FALSE(Lies(sealed)) << v1::Message::State_Name(state);
  }

  static v1::SendVerificationCodeRequest CodeTo(const std::string& recipient) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    return request;
  }
  std::string Notice(const std::string& recipient) {
    v1::SendPasswordChangedRequest request;
    request.set_recipient(recipient);
    v1::Message message;
    EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, request, message).status), "OK");
    return message.id();
  }
  void Cancel(const std::string& message_id) {
    v1::CancelMessageRequest request;
    request.set_id(message_id);
    v1::Message message;
    EXPECT_EQ(Verdict(Ask(HandleCancelMessage, request, message).status), "OK");
  }
};

TEST_F(PurgeTest, OfACodeComesWithEveryEndThatAWorkerGivesIt) {
  for (const v1::Message::State end : kEnds) {
    const std::string id = Send(CodeTo("u" + std::to_string(end) + "@example.com")).message_id();
    const std::string sealed = SealOf(id);
    End(Claimed(id), end, end == v1::Message::UNCERTAIN ? 1 : 0);
    ExpectGone(sealed, id, end);
  }
}

TEST_F(PurgeTest, OfOtherMailComesWithEveryEndButTheUncertainOne) {
  for (const v1::Message::State end : kEnds) {
    const std::string id = Notice("u" + std::to_string(end) + "@example.com");
    const std::string sealed = SealOf(id);
    const bool uncertain = end == v1::Message::UNCERTAIN;
    End(Claimed(id, queue::MailClass::kNotice), end, uncertain ? 1 : 0);
    if (!uncertain) {
      ExpectGone(sealed, id, end);
      continue;
    }
    EXPECT_EQ(Stored(id).head.state, v1::Message::UNCERTAIN);
    EXPECT_TRUE(Lies(sealed)) << "an operator may send it again";
    MoveClock(queue::kRetention + absl::Seconds(1));
    EXPECT_FALSE(Lies(sealed)) << "but not for ever";
  }
}

TEST_F(PurgeTest, ComesWithACancellation) {
  for (const bool code : {true, false}) {
    const std::string id = code ? Send().message_id() : Notice("ana@example.com");
    const std::string sealed = SealOf(id);
    Cancel(id);
    ExpectGone(sealed, id, v1::Message::CANCELLED);
  }
  const v1::Verification sent = Send(CodeTo("bob@example.com"));
  const std::string sealed = SealOf(sent.message_id());
  v1::CancelVerificationRequest request;
  request.set_verification_id(sent.id());
  v1::Verification cancelled;
  EXPECT_EQ(Verdict(Ask(HandleCancelVerification, request, cancelled).status), "OK");
  ExpectGone(sealed, sent.message_id(), v1::Message::CANCELLED);
}

TEST_F(PurgeTest, ComesWithTheRightCodeWhileItsMailStillWaits) {
  const v1::Verification sent = Send();
  const std::string sealed = SealOf(sent.message_id());
  EXPECT_EQ(Result(sent.id(), CodeIn(sent.message_id())),
            v1::CheckVerificationCodeResponse::MATCHED);
  ExpectGone(sealed, sent.message_id(), v1::Message::CANCELLED);
}

TEST_F(PurgeTest, ComesWithANewerMail) {
  const v1::Verification first = Send();
  const std::string sealed = SealOf(first.message_id());
  MoveClock(absl::Seconds(31));
  const v1::Verification second = Send();
  ExpectGone(sealed, first.message_id(), v1::Message::SUPERSEDED);
  const std::string newer = SealOf(second.message_id());
  v1::SendVerificationCodeRequest anew = Code();
  anew.set_force_new(true);
  Send(anew);
  ExpectGone(newer, second.message_id(), v1::Message::SUPERSEDED);
}

TEST_F(PurgeTest, OfWhatAWorkerHoldsComesWhenItIsGivenBackCancelled) {
  const v1::Verification sent = Send();
  const std::string sealed = SealOf(sent.message_id());
  queue::Settlement release;
  release.lease = Claimed(sent.message_id()).lease;
  Cancel(sent.message_id());
  EXPECT_TRUE(Lies(sealed)) << "it is being sent, perhaps";
  release.kind = queue::Settlement::Kind::kRelease;
  release.visible = store_->clock().Now();
  std::vector<queue::Settlement> batch(1, release);
  ASSERT_TRUE(Run(store_->leases().Settle(std::move(batch))).ok());
  ExpectGone(sealed, sent.message_id(), v1::Message::CANCELLED);
}

}  // namespace
}  // namespace posthaste::api

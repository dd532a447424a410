#include "service/api/report_bounce.h"

#include "service/api/suppressions.h"
#include "smtp/verp.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

std::string Read(std::string_view status_code, std::string_view diagnostic) {
  const std::optional<smtp::Reply> reply = ReadReport(status_code, diagnostic);
  return reply ? reply->Printable() : "";
}

TEST(ReadReport, TakesWhatTheNextHopSaid) {
  EXPECT_EQ(Read("", "smtp; 550 5.1.1 No such user"), "550 5.1.1 No such user");
  EXPECT_EQ(Read("5.1.1", ""), "550 5.1.1");
  EXPECT_EQ(Read("5.1.1", "smtp; 550 gone"), "550 gone");
  EXPECT_EQ(ReadReport("5.1.1", "smtp; 550 gone")->enhanced, (smtp::EnhancedCode{5, 1, 1}));
  EXPECT_EQ(ReadReport("4.4.7", "smtp; 550 gone")->code, 450) << "the status code wins";
  EXPECT_EQ(Read("5.2.2", "X-Postfix; mailbox full"), "550 5.2.2 / mailbox full");
}

TEST(ReadReport, TakesNothingThatIsNoRefusal) {
  EXPECT_EQ(Read("", ""), "");
  EXPECT_EQ(Read("", "smtp; 250 2.0.0 Ok"), "");
  EXPECT_EQ(Read("", "the mailbox is gone"), "");
  for (const char* odd : {"2.0.0", "5", "5.1", "6.1.1", "5.1.1111", "5.1.1 x", "five"}) {
    EXPECT_EQ(Read(odd, "smtp; 550 gone"), "") << odd;
  }
}

TEST(ToLateBounce, SuppressesOnlyWhatIsSureOfTheRecipient) {
  const auto judged = [](std::string_view code, std::string_view text) {
    return ToLateBounce(ReadReport(code, text).value());
  };
  EXPECT_EQ(judged("5.1.1", "").failure_class, v1::INVALID_RECIPIENT);
  EXPECT_EQ(judged("5.1.1", "").suppress->strength, queue::Strength::kHard);
  EXPECT_EQ(judged("4.2.2", "").suppress->strength, queue::Strength::kSoft);
  EXPECT_FALSE(judged("4.1.1", "").suppress) << "the relay gave up waiting";
  EXPECT_FALSE(judged("", "550 no").suppress);
  EXPECT_FALSE(judged("5.7.1", "550 5.7.1 spam").suppress);
  EXPECT_EQ(judged("5.7.26", "").failure_class, v1::POLICY_AUTH);
  EXPECT_EQ(judged("", "550 5.1.1 <ana@example.com> unknown").reply,
            "550 5.1.1 <***@example.com> unknown");
}

class ReportBounceTest : public StoreTest {
 protected:
  Answer Report(const v1::ReportBounceRequest& request, const std::string& tenant = "acme") {
    return Ask(HandleReportBounce, request, message_, tenant);
  }
  static v1::ReportBounceRequest Of(const std::string& id) {
    v1::ReportBounceRequest request;
    request.set_id(id);
    request.set_status_code("5.1.1");
    request.set_diagnostic("smtp; 550 5.1.1 <ana@example.com>: unknown");
    return request;
  }
  // As its relay took it.
  void Accept(const std::string& id) {
    const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
    std::vector<queue::LeasedJob> jobs;
    for (int i = 0; i < 5 && jobs.empty();
         ++i) {  // Our estimate of Redis' clock may be ahead of it.
      MoveClock(absl::Milliseconds(100));
      jobs = Run(store_->leases().Claim(shard, queue::MailClass::kCode, 1, false)).value().jobs;
    }
    ASSERT_EQ(jobs.size(), 1u);
    queue::Settlement end;
    end.lease = jobs[0].lease;
    end.kind = queue::Settlement::Kind::kEnd;
    end.state = v1::Message::ACCEPTED;
    std::vector<queue::Settlement> batch(1, end);
    ASSERT_EQ(Run(store_->leases().Settle(std::move(batch))).value().front(),
              queue::Settled::kDone);
  }
  v1::Verification::State StateOf(const std::string& verification) {
    v1::GetVerificationRequest request;
    request.set_verification_id(verification);
    v1::Verification response;
    EXPECT_TRUE(Ask(HandleGetVerification, request, response).status.ok());
    return response.state();
  }

  v1::Message message_;
};

TEST_F(ReportBounceTest, EndsMessageVerificationAndTheRecipientsMail) {
  const v1::Verification sent = Send();
  Accept(sent.message_id());
  const Answer first = Report(Of(sent.message_id()));
  ASSERT_EQ(Verdict(first.status), "OK");
  EXPECT_FALSE(first.replay);
  EXPECT_EQ(message_.state(), v1::Message::BOUNCED);
  EXPECT_TRUE(message_.late());
  EXPECT_EQ(message_.failure_class(), v1::INVALID_RECIPIENT);
  EXPECT_EQ(message_.last_reply(), "550 5.1.1 <***@example.com>: unknown");
  EXPECT_EQ(StateOf(sent.id()), v1::Verification::UNDELIVERABLE);
  v1::GetSuppressionRequest get;
  get.set_recipient("ana@example.com");
  v1::Suppression suppression;
  ASSERT_EQ(Verdict(Ask(HandleGetSuppression, get, suppression).status), "OK");
  EXPECT_EQ(suppression.message_id(), sent.message_id());
  EXPECT_EQ(suppression.cause(), v1::Suppression::INVALID_RECIPIENT);
  const Answer again = Report(Of(sent.message_id()));
  ASSERT_EQ(Verdict(again.status), "OK");
  EXPECT_TRUE(again.replay);
  EXPECT_EQ(message_.state(), v1::Message::BOUNCED);
}

TEST_F(ReportBounceTest, KnowsOurReturnPathsAndNoOthers) {
  const std::string id = Send().message_id();
  Accept(id);
  v1::ReportBounceRequest request = Of("");
  const std::string path = smtp::MakeReturnPath(Secret(kHashKey), id, "acme.test").value();
  request.set_return_path("x" + path.substr(1));
  EXPECT_EQ(Verdict(Report(request).status), "INVALID_ARGUMENT RETURN_PATH_INVALID");
  request.set_return_path(
      smtp::MakeReturnPath(Secret(std::string(32, 'k')), id, "acme.test").value());
  EXPECT_EQ(FieldsOf(Report(request).status), std::vector<std::string>{"return_path"});
  request.set_return_path(path);
  EXPECT_EQ(Verdict(Report(request, "globex").status), "NOT_FOUND MESSAGE_NOT_FOUND");
  ASSERT_EQ(Verdict(Report(request).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::BOUNCED);
}

TEST_F(ReportBounceTest, AsksToComeAgainWhileTheMessageIsSent) {
  const std::string id = Send().message_id();
  const absl::Status status = Report(Of(id)).status;
  EXPECT_EQ(Verdict(status), "FAILED_PRECONDITION MESSAGE_NOT_ENDED");
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(30));
  v1::CancelMessageRequest cancel;
  cancel.set_id(id);
  ASSERT_EQ(Verdict(Ask(HandleCancelMessage, cancel, message_).status), "OK");
  EXPECT_EQ(Verdict(Report(Of(id)).status), "FAILED_PRECONDITION MESSAGE_NEVER_SENT");
}

TEST_F(ReportBounceTest, RefusesWhatIsWrongByItsName) {
  const std::string id = Send().message_id();
  Accept(id);
  const auto wrong = [&](const std::function<void(v1::ReportBounceRequest&)>& edit) {
    v1::ReportBounceRequest request = Of(id);
    edit(request);
    return FieldsOf(Report(request).status);
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(wrong([](auto& r) { r.clear_id(); }), Names{"id"});
  EXPECT_EQ(wrong([](auto& r) { r.set_return_path("bounces+x.y@acme.test"); }), Names{"id"});
  EXPECT_EQ(wrong([](auto& r) { r.set_id("nonsense"); }), Names{"id"});
  EXPECT_EQ(wrong([](auto& r) { r.set_status_code("2.0.0"); }), Names{"status_code"});
  EXPECT_EQ(wrong([](auto& r) { r.set_diagnostic("a\nb"); }), Names{"diagnostic"});
  EXPECT_EQ(wrong([](auto& r) { r.set_diagnostic(std::string(1001, 'x')); }), Names{"diagnostic"});
  EXPECT_EQ(wrong([](auto& r) {
              r.clear_status_code();
              r.clear_diagnostic();
            }),
            Names{"diagnostic"});
  EXPECT_EQ(Stored(id).head.state, v1::Message::ACCEPTED);
}

}  // namespace
}  // namespace posthaste::api

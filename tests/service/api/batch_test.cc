// Many mails in one call, on a real Redis.
#include "service/api/batch.h"

#include "absl/strings/str_cat.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class BatchTest : public StoreTest {
 protected:
  void Add(const std::string& recipient, const std::string& request_id = "r1") {
    v1::SendTemplateRequest& item = *request_.add_requests();
    item.set_recipient(recipient);
    item.set_template_name("greeting");
    item.set_request_id(request_id);
    Variable(item, "name").set_string_value("Ana");
  }
  Answer Send() { return Ask(HandleBatchSendTemplates, request_, response_); }
  std::string ErrorOf(int at) const { return response_.results(at).error().reason(); }

  v1::BatchSendTemplatesRequest request_;
  v1::BatchSendTemplatesResponse response_;
};

TEST_F(BatchTest, AnswersEachItemInItsPlace) {
  Add("ana@example.com");
  Add("nobody");
  Add("bea@example.com");
  request_.mutable_requests(2)->set_template_name("nothing");
  Add("cleo@example.com");
  ASSERT_EQ(Verdict(Send().status), "OK");
  ASSERT_EQ(response_.results_size(), 4);
  EXPECT_EQ(response_.results(0).message().masked_recipient(), "a***@example.com");
  EXPECT_FALSE(response_.results(0).has_error());
  EXPECT_EQ(ErrorOf(1), "RECIPIENT_INVALID");
  EXPECT_FALSE(response_.results(1).has_message());
  EXPECT_EQ(ErrorOf(2), "TEMPLATE_NOT_FOUND");
  EXPECT_EQ(response_.results(3).message().masked_recipient(), "c***@example.com");
  EXPECT_EQ(Opened(response_.results(3).message().id()).to_mailbox(), "cleo@example.com");
}

TEST_F(BatchTest, SendsEachItemOnceHoweverOftenItIsAsked) {
  for (int i = 0; i < 300; ++i) Add(absl::StrCat("u", i, "@example.com"));
  ASSERT_EQ(Verdict(Send().status), "OK");
  std::set<std::string> ids;
  for (const v1::SendResult& result : response_.results()) {
    EXPECT_FALSE(result.has_error()) << result.ShortDebugString();
    EXPECT_FALSE(result.replay());
    ids.insert(result.message().id());
  }
  EXPECT_EQ(ids.size(), 300u);
  Add("more@example.com");
  ASSERT_EQ(Verdict(Send().status), "OK");
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(response_.results(i).replay());
    EXPECT_TRUE(ids.contains(response_.results(i).message().id()));
  }
  EXPECT_FALSE(response_.results(300).replay());
}

TEST_F(BatchTest, TakesTheSameItemOfOneBatchOnce) {
  for (int i = 0; i < 20; ++i) Add("ana@example.com");
  ASSERT_EQ(Verdict(Send().status), "OK");
  int fresh = 0;
  for (const v1::SendResult& result : response_.results()) {
    EXPECT_EQ(result.message().id(), response_.results(0).message().id());
    fresh += result.replay() ? 0 : 1;
  }
  EXPECT_EQ(fresh, 1);
}

TEST_F(BatchTest, NeedsFewTripsToRedis) {
  for (int i = 0; i < 100; ++i) Add(absl::StrCat("u", i, "@example.com"));
  ASSERT_TRUE(Send().status.ok());  // Scripts and skeletons are there now.
  for (v1::SendTemplateRequest& item : *request_.mutable_requests()) item.set_request_id("r2");
  const auto reads = [this] {
    const std::string info = Server().Call({"INFO", "stats"});
    const std::string name = "total_reads_processed:";
    return std::stoll(info.substr(info.find(name) + name.size()));
  };
  const int64_t before = reads();
  ASSERT_TRUE(Send().status.ok());
  const int64_t alone = reads() - before;
  EXPECT_LT(alone, 40) << "reads of Redis from its sockets for 100 mails; one by one they are 200";
}

TEST_F(BatchTest, RefusesNoneAndTooMany) {
  EXPECT_EQ(FirstWrong(Send().status), "requests FIELD_INVALID");
  for (int i = 0; i < kBatchMax; ++i) Add("nobody");
  EXPECT_EQ(Verdict(Send().status), "OK");
  Add("nobody");
  EXPECT_EQ(FirstWrong(Send().status), "requests FIELD_INVALID");
  EXPECT_EQ(response_.results_size(), 0);
}

}  // namespace
}  // namespace posthaste::api

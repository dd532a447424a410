// SuppressionService through the handlers, on a real Redis.
#include "service/api/suppressions.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class SuppressionsTest : public StoreTest {
 protected:
  Answer Create(const v1::CreateSuppressionRequest& request, const std::string& tenant = "acme") {
    return Ask(HandleCreateSuppression, request, suppression_, tenant);
  }
  static v1::CreateSuppressionRequest Of(const std::string& recipient = "ana@example.com") {
    v1::CreateSuppressionRequest request;
    request.set_recipient(recipient);
    return request;
  }
  Answer Get(const std::string& recipient, const std::string& id = "",
             const std::string& tenant = "acme") {
    v1::GetSuppressionRequest request;
    request.set_recipient(recipient);
    request.set_id(id);
    return Ask(HandleGetSuppression, request, suppression_, tenant);
  }
  Answer Delete(const std::string& recipient, const std::string& id = "",
                const std::string& tenant = "acme") {
    v1::DeleteSuppressionRequest request;
    request.set_recipient(recipient);
    request.set_id(id);
    google::protobuf::Empty nothing;
    return Ask(HandleDeleteSuppression, request, nothing, tenant);
  }
  absl::Status Notify(const std::string& recipient = "ana@example.com",
                      const std::string& tenant = "acme") {
    v1::SendPasswordChangedRequest request;
    request.set_recipient(recipient);
    v1::Message message;
    return Ask(HandleSendPasswordChanged, request, message, tenant).status;
  }

  v1::Suppression suppression_;
};

TEST_F(SuppressionsTest, KeepNoticesBackUntilTheyAreDeleted) {
  v1::CreateSuppressionRequest request = Of();
  request.set_reason("asked bob@example.com by phone");
  ASSERT_EQ(Verdict(Create(request).status), "OK");
  EXPECT_EQ(suppression_.id().size(), queue::kIdSize);
  EXPECT_EQ(suppression_.masked_recipient(), "a***@example.com");
  EXPECT_EQ(suppression_.cause(), v1::Suppression::REQUESTED);
  EXPECT_FALSE(suppression_.soft());
  EXPECT_FALSE(suppression_.has_expire_time());
  EXPECT_EQ(suppression_.creator(), "acme-all");
  EXPECT_EQ(suppression_.reason(), "asked ***@example.com by phone");
  const std::string id = suppression_.id();
  EXPECT_EQ(Verdict(Notify()), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  EXPECT_EQ(Verdict(Notify("ANA@Example.com")), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  EXPECT_EQ(Verdict(Notify("bob@example.com")), "OK");
  ASSERT_EQ(Verdict(Get("Ana@example.com").status), "OK");
  EXPECT_EQ(suppression_.id(), id);
  ASSERT_EQ(Verdict(Get("", id).status), "OK");
  EXPECT_EQ(Verdict(Delete("ana@example.com").status), "OK");
  EXPECT_EQ(Verdict(Delete("ana@example.com").status), "NOT_FOUND SUPPRESSION_NOT_FOUND");
  EXPECT_EQ(Verdict(Get("", id).status), "NOT_FOUND SUPPRESSION_NOT_FOUND");
  EXPECT_EQ(Verdict(Notify()), "OK");
}

TEST_F(SuppressionsTest, AreATenantsOwn) {
  ASSERT_EQ(Verdict(Create(Of()).status), "OK");
  const std::string id = suppression_.id();
  EXPECT_EQ(Verdict(Notify("ana@example.com", "globex")), "OK");
  EXPECT_EQ(Verdict(Get("ana@example.com", "", "globex").status),
            "NOT_FOUND SUPPRESSION_NOT_FOUND");
  EXPECT_EQ(Verdict(Get("", id, "globex").status), "NOT_FOUND SUPPRESSION_NOT_FOUND");
  EXPECT_EQ(Verdict(Delete("", id, "globex").status), "NOT_FOUND SUPPRESSION_NOT_FOUND");
  v1::ListSuppressionsRequest request;
  v1::ListSuppressionsResponse response;
  ASSERT_EQ(Verdict(Ask(HandleListSuppressions, request, response, "globex").status), "OK");
  EXPECT_EQ(response.suppressions_size(), 0);
  EXPECT_EQ(Verdict(Notify()), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
}

TEST_F(SuppressionsTest, KeepNoAddress) {
  v1::CreateSuppressionRequest request = Of("marker-7f3a@example.com");
  request.set_reason("marker-7f3a@example.com asked");
  ASSERT_EQ(Verdict(Create(request).status), "OK");
  for (const auto& [key, value] : Dump()) {
    EXPECT_EQ(key.find("marker-7f3a"), std::string::npos) << key;
    EXPECT_EQ(value.find("marker-7f3a"), std::string::npos) << key;
  }
}

TEST_F(SuppressionsTest, LastAsLongAsTheyWereMadeFor) {
  v1::CreateSuppressionRequest request = Of();
  request.mutable_ttl()->set_seconds(3600);
  request.set_cause(v1::Suppression::COMPLAINT);
  ASSERT_EQ(Verdict(Create(request).status), "OK");
  EXPECT_EQ(suppression_.cause(), v1::Suppression::COMPLAINT);
  EXPECT_EQ(suppression_.expire_time().seconds() - suppression_.create_time().seconds(), 3600);
  MoveClock(absl::Seconds(3601));
  EXPECT_EQ(Verdict(Get("ana@example.com").status), "NOT_FOUND SUPPRESSION_NOT_FOUND");
  EXPECT_EQ(Verdict(Notify()), "OK");
}

TEST_F(SuppressionsTest, AreListedPageByPage) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(Verdict(Create(Of("u" + std::to_string(i) + "@example.com")).status), "OK");
  }
  v1::ListSuppressionsRequest request;
  request.set_page_size(2);
  std::set<std::string> ids;
  for (int page = 0; page < 3; ++page) {
    v1::ListSuppressionsResponse response;
    ASSERT_EQ(Verdict(Ask(HandleListSuppressions, request, response).status), "OK");
    for (const v1::Suppression& one : response.suppressions()) ids.insert(one.id());
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_EQ(request.page_token(), "");
}

TEST_F(SuppressionsTest, RefuseWhatIsWrongByItsName) {
  const auto wrong = [this](const std::function<void(v1::CreateSuppressionRequest&)>& edit) {
    v1::CreateSuppressionRequest request = Of();
    edit(request);
    const absl::Status status = Create(request).status;
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return FieldsOf(status);
  };
  using Fields = std::vector<std::string>;
  EXPECT_EQ(wrong([](auto& r) { r.clear_recipient(); }), Fields{"recipient"});
  EXPECT_EQ(wrong([](auto& r) { r.set_recipient("no address"); }), Fields{"recipient"});
  EXPECT_EQ(wrong([](auto& r) { r.set_cause(static_cast<v1::Suppression::Cause>(99)); }),
            Fields{"cause"});
  EXPECT_EQ(wrong([](auto& r) { r.mutable_ttl()->set_seconds(59); }), Fields{"ttl"});
  EXPECT_EQ(wrong([](auto& r) { r.mutable_ttl()->set_seconds(86400LL * 3651); }), Fields{"ttl"});
  EXPECT_EQ(wrong([](auto& r) { r.set_reason("two\nlines"); }), Fields{"reason"});
  EXPECT_EQ(wrong([](auto& r) { r.set_reason(std::string(201, 'x')); }), Fields{"reason"});
  EXPECT_EQ(FieldsOf(Get("", "").status), Fields{"recipient"});
  EXPECT_EQ(FieldsOf(Get("ana@example.com", "s").status), Fields{"recipient"});
  EXPECT_EQ(FieldsOf(Get("", "m00").status), Fields{"id"});
  EXPECT_EQ(FieldsOf(Delete("no address").status), Fields{"recipient"});
  v1::ListSuppressionsRequest list;
  v1::ListSuppressionsResponse response;
  list.set_page_size(201);
  list.set_page_token("nonsense");
  EXPECT_EQ(FieldsOf(Ask(HandleListSuppressions, list, response).status),
            (Fields{"page_size", "page_token"}));
  EXPECT_TRUE(Dump().empty()) << "a refused request leaves nothing";
}

TEST_F(SuppressionsTest, DoNotKeepCodesBackAndNoteTheSoftOnes) {
  ASSERT_EQ(Verdict(Create(Of()).status), "OK");
  EXPECT_EQ(Stored(Send().message_id()).head.flags & queue::kFlagOverride, 0)
      << "what a caller chose stays";
  ASSERT_EQ(Verdict(Delete("ana@example.com").status), "OK");
  const Person person =
      PersonOf(ParseMailbox("ana@example.com").value(), "acme", kHashKey, store_->keys().shards());
  queue::NewSuppression soft = *queue::SuppressionFor(v1::MAILBOX_FULL, true);
  soft.mailbox_hash = person.mailbox_hash;
  ASSERT_TRUE(Run(store_->suppressions().Create("acme", person.shard, soft)).ok());
  EXPECT_EQ(Verdict(Notify()), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  v1::SendVerificationCodeRequest other = Code();
  other.set_purpose("email_verification");
  EXPECT_NE(Stored(Send(other).message_id()).head.flags & queue::kFlagOverride, 0);
}

}  // namespace
}  // namespace posthaste::api

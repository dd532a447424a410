// SuppressionService as a client of its generated stub sees it.
#include "service/api/suppression_service.h"

#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

class SuppressionServiceTest : public GrpcTest {
 protected:
  using Stub = v1::SuppressionService::Stub;

  template <typename Request, typename Response>
  grpc::Status Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response, const std::string& key = kAllOfAcme) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", key);
    return (*stub_.*method)(&context, request, &response);
  }

  const std::unique_ptr<Stub> stub_ = v1::SuppressionService::NewStub(channel_);
};

TEST_F(SuppressionServiceTest, AnswersEachOfItsMethods) {
  v1::CreateSuppressionRequest create;
  create.set_recipient("ana@example.com");
  v1::Suppression made, read;
  ASSERT_TRUE(Do(&Stub::CreateSuppression, create, made).ok());
  v1::GetSuppressionRequest get;
  get.set_id(made.id());
  ASSERT_TRUE(Do(&Stub::GetSuppression, get, read).ok());
  EXPECT_EQ(read.id(), made.id());
  v1::ListSuppressionsRequest list;
  v1::ListSuppressionsResponse listed;
  ASSERT_TRUE(Do(&Stub::ListSuppressions, list, listed).ok());
  ASSERT_EQ(listed.suppressions_size(), 1);
  v1::DeleteSuppressionRequest remove;
  remove.set_recipient("ana@example.com");
  google::protobuf::Empty nothing;
  ASSERT_TRUE(Do(&Stub::DeleteSuppression, remove, nothing).ok());
  EXPECT_EQ(Do(&Stub::GetSuppression, get, read).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(SuppressionServiceTest, AsksForItsScopes) {
  v1::CreateSuppressionRequest create;
  create.set_recipient("ana@example.com");
  v1::Suppression made;
  EXPECT_EQ(Do(&Stub::CreateSuppression, create, made, "Bearer acme-suppressions-read.s3cret")
                .error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  v1::ListSuppressionsRequest list;
  v1::ListSuppressionsResponse listed;
  EXPECT_TRUE(
      Do(&Stub::ListSuppressions, list, listed, "Bearer acme-suppressions-read.s3cret").ok());
  EXPECT_EQ(listed.suppressions_size(), 0);
}

}  // namespace
}  // namespace posthaste::api

#include "service/api/template_order.h"

#include <gtest/gtest.h>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

const OrderContext kTemplateContext{absl::FromUnixSeconds(1'800'000'000), kHashKey};

absl::StatusOr<SendOrder> CheckTemplate(const v1::SendTemplateRequest& request,
                                        std::string_view tenant = "acme") {
  return CheckOrder(request, TheWorld().tenant(tenant), kTemplateContext);
}
std::string WrongTemplate(const v1::SendTemplateRequest& request) {
  return FirstWrong(CheckTemplate(request).status());
}

v1::SendTemplateRequest GreetingRequest() {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  Variable(request, "name").set_string_value("Ana");
  return request;
}

TEST(TemplateOrder, ChecksTheVariablesOfATemplateByTheirPath) {
  ASSERT_TRUE(CheckTemplate(GreetingRequest()).ok()) << CheckTemplate(GreetingRequest()).status();
  v1::SendTemplateRequest request = GreetingRequest();
  request.clear_variables();
  EXPECT_EQ(WrongTemplate(request), "variables.name VARIABLE_MISSING");
  request = GreetingRequest();
  Variable(request, "nme").set_string_value("x");
  EXPECT_EQ(WrongTemplate(request), "variables.nme VARIABLE_UNDECLARED");
  request = GreetingRequest();
  Variable(request, "count").set_string_value("three");
  EXPECT_EQ(WrongTemplate(request), "variables.count VARIABLE_TYPE");
  request = GreetingRequest();
  google::protobuf::ListValue& items = *Variable(request, "items").mutable_list_value();
  (*items.add_values()->mutable_struct_value()->mutable_fields())["title"].set_string_value("Tea");
  EXPECT_EQ(WrongTemplate(request), "");
  items.add_values()->mutable_struct_value();
  EXPECT_EQ(WrongTemplate(request), "variables.items[1].title VARIABLE_MISSING");
  request = GreetingRequest();
  Variable(request, "name").set_string_value("Ana\r\nBcc: bob@example.com");
  EXPECT_EQ(WrongTemplate(request), "variables.name HEADER_INJECTION");
}

TEST(TemplateOrder, NamesTheWrongFieldOfATemplate) {
  v1::SendTemplateRequest request = GreetingRequest();
  request.clear_template_name();
  EXPECT_EQ(WrongTemplate(request), "template_name FIELD_INVALID");
  request.set_template_name("verification_code");
  EXPECT_EQ(WrongTemplate(request), "template_name FIELD_INVALID")
      << "codes have a method of their own";
  request = GreetingRequest();
  request.set_supersede_key(std::string(65, 'k'));
  EXPECT_EQ(WrongTemplate(request), "supersede_key FIELD_INVALID");
  request = GreetingRequest();
  request.mutable_ttl()->set_seconds(72 * 3600 + 1);
  EXPECT_EQ(WrongTemplate(request), "ttl TTL_OUT_OF_RANGE");
  request.mutable_ttl()->set_seconds(72 * 3600);
  EXPECT_EQ(CheckTemplate(request)->ttl, absl::Hours(72));
  EXPECT_EQ(CheckTemplate(GreetingRequest())->ttl, absl::Hours(72));
}

TEST(TemplateOrder, IsNotSentBeforeItsTime) {
  v1::SendTemplateRequest request = GreetingRequest();
  EXPECT_EQ(CheckTemplate(request)->send_time, std::nullopt);
  request.mutable_send_time()->set_seconds(1'800'000'000 + 3600);
  EXPECT_EQ(CheckTemplate(request)->send_time, kTemplateContext.now + absl::Hours(1));
  request.mutable_send_time()->set_seconds(1'799'999'999);
  EXPECT_EQ(CheckTemplate(request)->send_time, std::nullopt) << "a time that has passed is now";
  request.mutable_send_time()->set_seconds(1'800'000'000 + 30 * 86400);
  EXPECT_EQ(WrongTemplate(request), "");
  request.mutable_send_time()->set_seconds(1'800'000'001 + 30 * 86400);
  EXPECT_EQ(WrongTemplate(request), "send_time FIELD_INVALID");
  request.mutable_send_time()->set_nanos(-1);
  EXPECT_EQ(WrongTemplate(request), "send_time FIELD_INVALID");
}

TEST(TemplateOrder, TakesHeaderFieldsAndThePlaceToUnsubscribe) {
  v1::SendTemplateRequest request = GreetingRequest();
  request.set_list_unsubscribe_url("https://acme.test/u");
  (*request.mutable_headers())["Comments"] = "For Ana";
  const absl::StatusOr<SendOrder> order = CheckTemplate(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->list_unsubscribe_url, "https://acme.test/u");
  ASSERT_EQ(order->headers.size(), 1U);
  EXPECT_EQ(order->headers[0].value, "For Ana");
  request.set_list_unsubscribe_url("ftp://acme.test/u");
  EXPECT_EQ(WrongTemplate(request), "list_unsubscribe_url FIELD_INVALID");
  request = GreetingRequest();
  (*request.mutable_headers())["Bcc"] = "eve@example.com";
  EXPECT_EQ(WrongTemplate(request), "headers[Bcc] FIELD_INVALID");
}

TEST(TemplateOrder, TakesAttachmentsAndNamesTheWrongOne) {
  v1::SendTemplateRequest request = GreetingRequest();
  for (const char* name : {"a.pdf", "b.pdf"}) {
    v1::Attachment& attachment = *request.add_attachments();
    attachment.set_filename(name);
    attachment.set_content_type("application/pdf");
    attachment.set_content("%PDF");
  }
  const absl::StatusOr<SendOrder> order = CheckTemplate(request);
  ASSERT_TRUE(order.ok()) << order.status();
  ASSERT_EQ(order->attachments.size(), 2U);
  EXPECT_EQ(order->attachments[1].file_name, "b.pdf");
  request.mutable_attachments(1)->set_filename("../b.pdf");
  EXPECT_EQ(WrongTemplate(request), "attachments[1].filename FIELD_INVALID");
  request.set_template_name("password_changed");
  request.clear_variables();
  EXPECT_EQ(WrongTemplate(request), "attachments FIELD_INVALID") << "only general mail has any";
}

TEST(TemplateOrder, KnowsNothingOfAnotherTenantsTemplates) {
  const absl::Status status = CheckTemplate(GreetingRequest(), "globex").status();
  EXPECT_EQ(Verdict(status), "NOT_FOUND TEMPLATE_NOT_FOUND");
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(status).resource_name(), "greeting");
}

}  // namespace
}  // namespace posthaste::api

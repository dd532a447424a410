// TemplateService as a client of its generated stub sees it.
#include "service/api/template_service.h"

#include "posthaste/v1/template_service.grpc.pb.h"
#include "tests/service/api/grpc_fixture.h"

namespace posthaste::api {
namespace {

using TemplateServiceTest = GrpcTest;

TEST_F(TemplateServiceTest, AnswersEachOfItsMethods) {
  v1::ListTemplatesRequest list;
  v1::ListTemplatesResponse listed;
  ASSERT_EQ(Call("TemplateService/ListTemplates", list, listed).verdict(), "OK");
  EXPECT_GE(listed.templates_size(), 3);

  v1::PublishTemplateRequest publish;
  publish.set_name("greeting");
  (*publish.mutable_files())["en/subject.txt"] = "Good day {{name}}\n";
  v1::Template shown;
  ASSERT_EQ(Call("TemplateService/PublishTemplate", publish, shown).verdict(), "OK");

  v1::GetTemplateRequest get;
  get.set_name("greeting");
  ASSERT_EQ(Call("TemplateService/GetTemplate", get, shown).verdict(), "OK");
  EXPECT_EQ(shown.files().at("en/subject.txt"), "Good day {{name}}\n");

  v1::PreviewTemplateRequest preview;
  preview.set_name("greeting");
  v1::PreviewTemplateResponse previewed;
  ASSERT_EQ(Call("TemplateService/PreviewTemplate", preview, previewed).verdict(), "OK");
  EXPECT_EQ(previewed.subject(), "Good day Ana");

  v1::LintTemplateRequest lint;
  lint.set_name("greeting");
  v1::LintTemplateResponse linted;
  EXPECT_EQ(Call("TemplateService/LintTemplate", lint, linted).verdict(), "OK");

  v1::RollbackTemplateRequest rollback;
  rollback.set_name("greeting");
  ASSERT_EQ(Call("TemplateService/RollbackTemplate", rollback, shown).verdict(), "OK");
  EXPECT_EQ(shown.files().at("en/subject.txt"), "Hello {{name}}\n");
}

TEST_F(TemplateServiceTest, AsksForItsOwnScopes) {
  v1::PublishTemplateRequest publish;
  v1::Template shown;
  EXPECT_EQ(Call("TemplateService/PublishTemplate", publish, shown,
                 {{"authorization", "Bearer acme-templates-read.s3cret"}})
                .verdict(),
            "PERMISSION_DENIED SCOPE_MISSING");
  v1::ListTemplatesRequest list;
  v1::ListTemplatesResponse listed;
  EXPECT_EQ(Call("TemplateService/ListTemplates", list, listed,
                 {{"authorization", "Bearer acme-messages-send.s3cret"}})
                .verdict(),
            "PERMISSION_DENIED SCOPE_MISSING");
}

}  // namespace
}  // namespace posthaste::api

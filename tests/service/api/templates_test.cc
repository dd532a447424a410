// Listing, showing, previewing and linting templates, on a real Redis.
#include "service/api/templates.h"

#include "base/encoding.h"
#include "tests/service/api/template_fixture.h"
#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;

class TemplatesTest : public TemplateTest {
 protected:
  using TemplateTest::TemplateTest;
  std::string Preview(const v1::PreviewTemplateRequest& request) {
    const absl::Status status = Ask(HandlePreviewTemplate, request, preview_).status;
    return status.ok() ? "OK" : FirstWrong(status);
  }
  std::string LintIt(const v1::LintTemplateRequest& request) {
    return Verdict(Ask(HandleLintTemplate, request, lint_).status);
  }

  v1::PreviewTemplateResponse preview_;
  v1::LintTemplateResponse lint_;
};

TEST_F(TemplatesTest, AreListedByNamePageByPage) {
  ASSERT_TRUE(Publish(Welcome()).status.ok());
  v1::ListTemplatesRequest request;
  v1::ListTemplatesResponse page;
  std::vector<std::string> names;
  request.set_page_size(2);
  do {
    ASSERT_EQ(Verdict(Ask(HandleListTemplates, request, page).status), "OK");
    ASSERT_LE(page.templates_size(), 2);
    for (const v1::Template& each : page.templates()) {
      names.push_back(each.name());
      EXPECT_EQ(each.publication().empty(), each.name() != "welcome_ada");
      EXPECT_TRUE(each.files().empty());
    }
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  EXPECT_EQ(names, world_.tenant().shelf->Now()->Names("acme"));
  request.set_page_token("x");
  EXPECT_EQ(FirstWrong(Ask(HandleListTemplates, request, page).status), "page_token FIELD_INVALID");
  request.clear_page_token();
  request.set_page_size(201);
  EXPECT_EQ(FirstWrong(Ask(HandleListTemplates, request, page).status), "page_size FIELD_INVALID");
}

TEST_F(TemplatesTest, ShowTheirVariablesAndFiles) {
  ASSERT_EQ(Get("greeting"), "OK");
  EXPECT_EQ(template_.mail_class(), v1::GENERAL);
  EXPECT_EQ(template_.description(), "Says hello.");
  ASSERT_EQ(template_.variables_size(), 3);
  EXPECT_EQ(template_.variables(2).name(), "name");
  EXPECT_EQ(template_.variables(2).type(), "string");
  EXPECT_TRUE(template_.variables(2).required());
  EXPECT_EQ(template_.variables(2).sample().string_value(), "Ana");
  EXPECT_EQ(template_.variables(0).sample().number_value(), 3);
  EXPECT_EQ(template_.files().at("en/subject.txt"), "Hello {{name}}\n");
  EXPECT_EQ(Get("nothing"), "NOT_FOUND TEMPLATE_NOT_FOUND");
  EXPECT_EQ(Get("greeting", "globex"), "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST_F(TemplatesTest, ArePreviewedAsTheyWouldBeSent) {
  v1::PreviewTemplateRequest request;
  request.set_name("greeting");
  Variable(request, "name").set_string_value("Bea");
  const auto before = Dump();
  ASSERT_EQ(Preview(request), "OK");
  EXPECT_EQ(preview_.subject(), "Hello Bea");
  EXPECT_THAT(preview_.text(), HasSubstr("Hello Bea, 3\n"));
  EXPECT_THAT(preview_.html(), HasSubstr(">Hello Bea, 3</h1>"));
  EXPECT_THAT(preview_.eml(), HasSubstr("\r\nSubject: Hello Bea\r\n"));
  EXPECT_THAT(preview_.eml(), HasSubstr("\r\nMIME-Version: 1.0\r\n"));
  EXPECT_EQ(Dump(), before);
  request.set_name("verification_code");
  request.clear_variables();
  request.set_locale("de");
  ASSERT_EQ(Preview(request), "OK");
  EXPECT_EQ(preview_.locale(), "de");
  EXPECT_THAT(preview_.text(), HasSubstr("123456")) << "a code that is nobody's";
}

class TemplatesWithLogo : public TemplatesTest {
 protected:
  TemplatesWithLogo()
      : TemplatesTest([](config::v1::Config& config) {
          static const TempDir dir;
          config.mutable_tenants(0)->mutable_brand()->set_logo_file(
              dir.Write("logo.png", PngOf(300, 80)));
        }) {}
};

TEST_F(TemplatesWithLogo, ArePreviewedWithIt) {
  v1::PreviewTemplateRequest request;
  request.set_name("verification_code");
  ASSERT_EQ(Preview(request), "OK");
  EXPECT_THAT(preview_.html(), HasSubstr("<img class=\"logo\" src=\"cid:logo-"));
  EXPECT_THAT(preview_.eml(), HasSubstr("\r\nContent-ID: <logo-"));
  EXPECT_THAT(preview_.eml(), HasSubstr("\r\n\r\n" + Base64(PngOf(300, 80)) + "\r\n"));
}

TEST_F(TemplatesTest, ArePreviewedBeforeTheyArePublished) {
  v1::PreviewTemplateRequest request;
  request.set_name("welcome_ada");
  EXPECT_EQ(Preview(request), "NOT_FOUND TEMPLATE_NOT_FOUND");
  FillWelcome("New, {{name}}\n", *request.mutable_files());
  ASSERT_EQ(Preview(request), "OK");
  EXPECT_EQ(preview_.text(), "New, Ada\n");
  FillWelcome("{{nmae}}\n", *request.mutable_files());
  EXPECT_EQ(Preview(request), "welcome_ada/en/body.txt:1:1 TEMPLATE_INVALID");
  EXPECT_EQ(Sent(), "NOT_FOUND TEMPLATE_NOT_FOUND") << "a preview publishes nothing";
}

TEST_F(TemplatesTest, NameTheWrongFieldOfAPreview) {
  const auto wrong = [&](auto edit) {
    v1::PreviewTemplateRequest request;
    request.set_name("greeting");
    edit(request);
    return Preview(request);
  };
  using Request = v1::PreviewTemplateRequest;
  EXPECT_EQ(wrong([](Request& r) { r.set_locale("e"); }), "locale LOCALE_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_time_zone("Mars"); }), "time_zone TIME_ZONE_INVALID");
  EXPECT_EQ(wrong([](Request& r) { Variable(r, "nme").set_string_value("x"); }),
            "variables.nme VARIABLE_UNDECLARED");
  EXPECT_EQ(wrong([](Request& r) { Variable(r, "name").set_string_value("a\nb"); }),
            "variables.name HEADER_INJECTION");
}

TEST_F(TemplatesTest, AreLintedAsTheyAreAndBeforeTheyArePublished) {
  v1::LintTemplateRequest request;
  request.set_name("greeting");
  ASSERT_EQ(LintIt(request), "OK");
  EXPECT_EQ(lint_.findings_size(), 0) << lint_.ShortDebugString();
  request.set_name("welcome_ada");
  EXPECT_EQ(LintIt(request), "NOT_FOUND TEMPLATE_NOT_FOUND");
  FillWelcome("Hello {{{name}}}\n", *request.mutable_files());
  (*request.mutable_files())["en/body.html"] = "<p>{{{name}}}</p>";
  ASSERT_EQ(LintIt(request), "OK");
  ASSERT_GE(lint_.findings_size(), 1);
  EXPECT_EQ(lint_.findings(0).rule(), "compile");
  EXPECT_THAT(lint_.findings(0).place(), HasSubstr("welcome_ada/en/body.html:1:4"));
}

}  // namespace
}  // namespace posthaste::api

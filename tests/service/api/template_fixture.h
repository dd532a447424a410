// What the tests of TemplateService share: files of a template "welcome", and calls on a real
// Redis.
#pragma once

#include <string>

#include "service/api/publish.h"
#include "service/api/templates.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {

class TemplateTest : public StoreTest {
 protected:
  using StoreTest::StoreTest;
  using StringMap = google::protobuf::Map<std::string, std::string>;

  static void FillWelcome(const std::string& text, StringMap& files) {
    files["template.yaml"] =
        "mail_class: general\ndescription: Hello.\nvariables:\n  name:\n"
        "    type: string\n    required: true\n    sample: Ada\n"
        "    description: Who.\n";
    files["en/subject.txt"] = "Welcome {{name}}\n";
    files["en/body.txt"] = text;
    files["en/body.html"] =
        "<!doctype html><html lang=\"{{lang}}\" dir=\"{{dir}}\"><head><title>{{name}}</title>"
        "<meta name=\"color-scheme\" content=\"light dark\"></head><body>"
        "<div style=\"display:none\">" +
        text + "</div><h1 style=\"font-size:24px\">" + text + "</h1></body></html>\n";
  }
  static v1::PublishTemplateRequest Welcome(const std::string& text = "Hello {{name}}\n") {
    v1::PublishTemplateRequest request;
    request.set_name("welcome_ada");
    FillWelcome(text, *request.mutable_files());
    return request;
  }
  Answer Publish(const v1::PublishTemplateRequest& request, const std::string& tenant = "acme") {
    return Ask(HandlePublishTemplate, request, template_, tenant);
  }
  Answer RollBack(const std::string& publication, const std::string& tenant = "acme") {
    v1::RollbackTemplateRequest request;
    request.set_name("welcome_ada");
    request.set_publication(publication);
    return Ask(HandleRollbackTemplate, request, template_, tenant);
  }
  std::string Get(const std::string& name = "welcome_ada", const std::string& tenant = "acme") {
    v1::GetTemplateRequest request;
    request.set_name(name);
    return Verdict(Ask(HandleGetTemplate, request, template_, tenant).status);
  }
  // The text of a mail that is sent now; the verdict if it is refused.
  std::string Sent(const std::string& tenant = "acme") {
    v1::SendTemplateRequest request;
    request.set_recipient("ana@example.com");
    request.set_template_name("welcome_ada");
    Variable(request, "name").set_string_value("Ana");
    v1::Message message;
    const Answer answer = Ask(HandleSendTemplate, request, message, tenant);
    return answer.status.ok() ? Opened(message.id()).text() : Verdict(answer.status);
  }

  v1::Template template_;
};

}  // namespace posthaste::api

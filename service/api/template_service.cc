#include "service/api/template_service.h"

#include "service/api/publish.h"
#include "service/api/templates.h"

namespace posthaste::api {

grpc::ServerUnaryReactor* TemplateService::ListTemplates(grpc::CallbackServerContext* context,
                                                         const v1::ListTemplatesRequest* request,
                                                         v1::ListTemplatesResponse* response) {
  return bridge_.Unary(context, "ListTemplates", request, response, HandleListTemplates);
}

grpc::ServerUnaryReactor* TemplateService::GetTemplate(grpc::CallbackServerContext* context,
                                                       const v1::GetTemplateRequest* request,
                                                       v1::Template* response) {
  return bridge_.Unary(context, "GetTemplate", request, response, HandleGetTemplate);
}

grpc::ServerUnaryReactor* TemplateService::PreviewTemplate(
    grpc::CallbackServerContext* context, const v1::PreviewTemplateRequest* request,
    v1::PreviewTemplateResponse* response) {
  return bridge_.Unary(context, "PreviewTemplate", request, response, HandlePreviewTemplate);
}

grpc::ServerUnaryReactor* TemplateService::LintTemplate(grpc::CallbackServerContext* context,
                                                        const v1::LintTemplateRequest* request,
                                                        v1::LintTemplateResponse* response) {
  return bridge_.Unary(context, "LintTemplate", request, response, HandleLintTemplate);
}

grpc::ServerUnaryReactor* TemplateService::PublishTemplate(
    grpc::CallbackServerContext* context, const v1::PublishTemplateRequest* request,
    v1::Template* response) {
  return bridge_.Unary(context, "PublishTemplate", request, response, HandlePublishTemplate);
}

grpc::ServerUnaryReactor* TemplateService::RollbackTemplate(
    grpc::CallbackServerContext* context, const v1::RollbackTemplateRequest* request,
    v1::Template* response) {
  return bridge_.Unary(context, "RollbackTemplate", request, response, HandleRollbackTemplate);
}

}  // namespace posthaste::api

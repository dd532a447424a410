// TemplateService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/template_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class TemplateService final : public v1::TemplateService::CallbackService {
 public:
  explicit TemplateService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerUnaryReactor* ListTemplates(grpc::CallbackServerContext* context,
                                          const v1::ListTemplatesRequest* request,
                                          v1::ListTemplatesResponse* response) override;
  grpc::ServerUnaryReactor* GetTemplate(grpc::CallbackServerContext* context,
                                        const v1::GetTemplateRequest* request,
                                        v1::Template* response) override;
  grpc::ServerUnaryReactor* PreviewTemplate(grpc::CallbackServerContext* context,
                                            const v1::PreviewTemplateRequest* request,
                                            v1::PreviewTemplateResponse* response) override;
  grpc::ServerUnaryReactor* LintTemplate(grpc::CallbackServerContext* context,
                                         const v1::LintTemplateRequest* request,
                                         v1::LintTemplateResponse* response) override;
  grpc::ServerUnaryReactor* PublishTemplate(grpc::CallbackServerContext* context,
                                            const v1::PublishTemplateRequest* request,
                                            v1::Template* response) override;
  grpc::ServerUnaryReactor* RollbackTemplate(grpc::CallbackServerContext* context,
                                             const v1::RollbackTemplateRequest* request,
                                             v1::Template* response) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api

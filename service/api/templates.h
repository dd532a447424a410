// What TemplateService answers about templates. REQUIRES of each handler: the call was authorised.
#pragma once

#include "posthaste/v1/template_service.pb.h"
#include "service/api/backend.h"
#include "service/queue/publications.h"
#include "templates/engine/finding.h"

namespace posthaste::api {

Task<absl::Status> HandleListTemplates(Call& call, const v1::ListTemplatesRequest& request,
                                       v1::ListTemplatesResponse& response);
Task<absl::Status> HandleGetTemplate(Call& call, const v1::GetTemplateRequest& request,
                                     v1::Template& response);
Task<absl::Status> HandlePreviewTemplate(Call& call, const v1::PreviewTemplateRequest& request,
                                         v1::PreviewTemplateResponse& response);
Task<absl::Status> HandleLintTemplate(Call& call, const v1::LintTemplateRequest& request,
                                      v1::LintTemplateResponse& response);

// As callers see it, with its files and what was published of it. `mail` is null for the layout.
v1::Template ToTemplate(const std::string& name, const templates::Template* mail,
                        const templates::Files& sources, const queue::PublicationState& state);

// NOT_FOUND TEMPLATE_NOT_FOUND.
absl::Status NoTemplate(const std::string& name);

// INVALID_ARGUMENT TEMPLATE_INVALID with every finding, its place as the field. REQUIRES: not
// empty.
absl::Status RefuseFindings(const std::vector<templates::Finding>& findings);

v1::TemplateFinding ToFinding(const templates::Finding& finding);

}  // namespace posthaste::api

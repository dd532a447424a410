#include "service/api/template_lint.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/events.h"
#include "service/api/template_files.h"
#include "templates/engine/files.h"

namespace posthaste::api {
namespace {

// Whether the folder `name` holds what is built in, and nothing else.
bool IsBuiltIn(const templates::Files& files, const std::string& name) {
  return OfFolder(files, name) == OfFolder(templates::BuiltIn(), name);
}

std::vector<templates::Finding> FindingsOf(const TenantView& tenant) {
  const std::shared_ptr<const templates::Catalogue> catalogue = tenant.shelf->Now();
  const templates::Files& files = catalogue->SourcesOf(tenant.config->id());
  if (!IsBuiltIn(files, kLayout)) return Lint(tenant, *catalogue, kLayout);
  std::vector<templates::Finding> findings;
  for (const std::string& name : catalogue->Names(tenant.config->id())) {
    if (IsBuiltIn(files, name)) continue;
    std::vector<templates::Finding> some = Lint(tenant, *catalogue, name);
    std::move(some.begin(), some.end(), std::back_inserter(findings));
  }
  return findings;
}

std::string Sentence(const templates::Finding& finding) {
  return absl::StrCat(finding.place, finding.place.empty() ? "" : ": ", finding.rule, ": ",
                      finding.message);
}

}  // namespace

absl::Status LintFolders(const config::v1::Config& config, const Tenants& tenants) {
  const bool warn = config.templates_lint() == config::v1::Config::WARN;
  for (const config::v1::Tenant& tenant : config.tenants()) {
    const std::vector<templates::Finding> findings = FindingsOf(*tenants.Find(tenant.id()));
    if (findings.empty()) continue;
    if (!warn) {
      const std::string more =
          findings.size() == 1 ? "" : absl::StrCat(" (and ", findings.size() - 1, " more)");
      return absl::InvalidArgumentError(
          absl::StrCat("tenant ", tenant.id(), ": ", Sentence(findings[0]), more));
    }
    for (const templates::Finding& finding : findings) TemplateFinding(tenant.id(), finding);
  }
  return absl::OkStatus();
}

}  // namespace posthaste::api

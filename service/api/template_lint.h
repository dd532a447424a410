// Lint of the templates that lie in folders: at start, by check-config, and before a reload takes
// their place. What tenants publish is linted when it is published (publish.h).
#pragma once

#include "absl/status/status.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/api/tenants.h"

namespace posthaste::api {

// Lints every template of which a file is not the built-in one, as its tenant's readers would see
// it. INVALID_ARGUMENT names the tenant, the place and the rule of the first finding, and says how
// many there are; with `templates_lint: WARN` each is an event of the log instead. Takes
// milliseconds a template.
absl::Status LintFolders(const config::v1::Config& config, const Tenants& tenants);

}  // namespace posthaste::api

// template.yaml: what a template is for and which variables it takes. The one file here that reads
// YAML.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "templates/engine/schema.h"

namespace posthaste::templates {

enum class MailClass { kCode, kNotice, kGeneral };

struct Metadata {
  MailClass mail_class = MailClass::kGeneral;
  std::string description;
  std::string default_locale =
      "en";  // What a reader gets whose language the template does not speak.
  bool code_in_subject =
      false;  // Whether {{code}} may stand in the subject: it is read on locked screens.
  Schema variables;
};

// Unknown keys and types, a variable without a sample, a sample that is not of its type:
// INVALID_ARGUMENT "file:line:column: …".
absl::StatusOr<Metadata> ParseMetadata(std::string_view file, std::string_view yaml);

std::string_view MailClassName(MailClass mail_class);

}  // namespace posthaste::templates

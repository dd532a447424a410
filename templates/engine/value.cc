#include "templates/engine/value.h"

#include "absl/strings/str_format.h"

namespace posthaste::templates {

std::string NumberText(double number) { return absl::StrFormat("%.15g", number); }

}  // namespace posthaste::templates

#include "templates/engine/finding.h"

namespace posthaste::templates {

Finding CompileFinding(const absl::Status& error) {
  Finding finding{"compile", "", std::string(error.message().data(), error.message().size())};
  const size_t end = finding.message.find(": ");
  const std::string place = finding.message.substr(0, end);
  // A place is a path; "tenant x" and what else a message may begin with has spaces or no slash.
  const bool is_place = end != std::string::npos && place.find('/') != std::string::npos &&
                        place.find(' ') == std::string::npos;
  if (!is_place) return finding;
  finding.place = place;
  finding.message.erase(0, end + 2);
  return finding;
}

}  // namespace posthaste::templates

// Files of a template as a request brings them: checked, and laid over what the tenant published.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/map.h"
#include "service/api/fields.h"
#include "service/api/tenants.h"
#include "service/queue/publications.h"
#include "templates/engine/finding.h"

namespace posthaste::api {

// "layout" is a name too, but no template.
inline constexpr char kLayout[] = "layout";

// Checks a name and the files for its folder; limits as queue/publications.h. No files are good
// unless `required`.
queue::PublishedFiles CheckFiles(const std::string& name, const Fields::Strings& files,
                                 bool required, Fields& fields);

// `files` with their folder before each path.
templates::Files InFolder(const std::string& name, const queue::PublishedFiles& files);

// `all` without what is in that folder.
templates::Files Without(templates::Files all, const std::string& name);

// The files of the folder, by their path within it.
queue::PublishedFiles OfFolder(const templates::Files& all, const std::string& name);

// What would be sent if `published` were all that the tenant has published, and what is wrong with
// the template `name` then, or with all if it is the layout. The catalogue is null where it does
// not compile.
struct Candidate {
  std::shared_ptr<const templates::Catalogue> catalogue;
  std::vector<templates::Finding> findings;
};
Candidate Try(const TenantView& tenant, const templates::Files& published, const std::string& name);

// What is wrong with a template that compiles.
std::vector<templates::Finding> Lint(const TenantView& tenant,
                                     const templates::Catalogue& catalogue,
                                     const std::string& name);

}  // namespace posthaste::api

#include "service/api/template_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "templates/engine/lint.h"

namespace posthaste::api {
namespace {

constexpr size_t kPathBytesMax = 128;

bool IsPathCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/';
}

bool IsPath(const std::string& path) {
  if (path.empty() || path.size() > kPathBytesMax || path.front() == '/' || path.back() == '/')
    return false;
  for (const char c : path) {
    if (!IsPathCharacter(c)) return false;
  }
  return path.front() != '.' && !absl::StrContains(path, "/.") && !absl::StrContains(path, "//");
}

}  // namespace

queue::PublishedFiles CheckFiles(const std::string& name, const Fields::Strings& files,
                                 bool required, Fields& fields) {
  if (!templates::IsVariableName(name)) {
    fields.Add("name", "FIELD_INVALID",
               "must be lower case letters, digits and _, at most 64, beginning with a letter");
  }
  if (required && files.empty()) fields.Add("files", "FIELD_INVALID", "is required");
  if (files.size() > queue::kPublicationFilesMax) {
    fields.Add("files", "FIELD_INVALID",
               absl::StrCat("are more than ", queue::kPublicationFilesMax));
  }
  queue::PublishedFiles checked;
  size_t bytes = 0;
  for (const auto& [path, text] : files) {
    if (!IsPath(path)) {
      fields.Add("files", "FIELD_INVALID", "have a path that is none, like \"en/body.html\"");
    } else if (!IsUtf8(text)) {
      fields.Add(absl::StrCat("files[", path, "]"), "FIELD_INVALID", "is not UTF-8");
    }
    bytes += path.size() + text.size();
    checked.emplace(path, text);
  }
  if (bytes > queue::kPublicationBytesMax)
    fields.Add("files", "FIELD_INVALID", "are larger than 256 KiB together");
  return checked;
}

templates::Files InFolder(const std::string& name, const queue::PublishedFiles& files) {
  templates::Files in_folder;
  for (const auto& [path, text] : files) in_folder.emplace(absl::StrCat(name, "/", path), text);
  return in_folder;
}

templates::Files Without(templates::Files all, const std::string& name) {
  const std::string folder = name + "/";
  std::erase_if(all, [&](const auto& file) { return absl::StartsWith(file.first, folder); });
  return all;
}

queue::PublishedFiles OfFolder(const templates::Files& all, const std::string& name) {
  const std::string folder = name + "/";
  queue::PublishedFiles files;
  for (auto at = all.lower_bound(folder); at != all.end(); ++at) {
    if (!absl::StartsWith(at->first, folder)) break;
    files.emplace(at->first.substr(folder.size()), at->second);
  }
  return files;
}

Candidate Try(const TenantView& tenant, const templates::Files& published,
              const std::string& name) {
  Candidate candidate;
  absl::StatusOr<std::shared_ptr<const templates::Catalogue>> tried =
      tenant.shelf->TryPublished(tenant.config->id(), published);
  if (!tried.ok()) {
    candidate.findings.push_back(templates::CompileFinding(tried.status()));
    return candidate;
  }
  candidate.catalogue = *std::move(tried);
  candidate.findings = Lint(tenant, *candidate.catalogue, name);
  return candidate;
}

std::vector<templates::Finding> Lint(const TenantView& tenant,
                                     const templates::Catalogue& catalogue,
                                     const std::string& name) {
  std::vector<templates::Finding> findings;
  for (const std::string& each : catalogue.Names(tenant.config->id())) {
    if (name != kLayout && each != name) continue;
    const templates::Template& mail = *catalogue.Find(tenant.config->id(), each);
    // As the tenant's own readers would see it: the samples were proved with a brand of samples.
    for (const std::string& locale : mail.Locales()) {
      const auto rendered = mail.Render(mail.Samples(), tenant.brand, locale, "");
      if (rendered.ok()) continue;
      findings.push_back(
          {"renders", absl::StrCat(each, "/", locale), std::string(rendered.status().message())});
    }
    std::vector<templates::Finding> broken = templates::Lint(mail);
    std::move(broken.begin(), broken.end(), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace posthaste::api

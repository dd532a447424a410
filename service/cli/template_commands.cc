// template list, publish, rollback: what asks the service.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"
#include "service/cli/workshop.h"

namespace posthaste::cli {
namespace {

constexpr int kPage = 200;

// What is in force of a template: a publication, or the folders.
std::string OriginOf(const v1::Template& each) {
  return each.publication().empty() ? "folders" : each.publication().substr(0, 12);
}

void PrintTemplate(const v1::Template& shown, Terminal& terminal) {
  terminal.Row("template", shown.name());
  terminal.Row("revision", shown.revision());
  terminal.Row("publication", shown.publication().empty() ? "none" : shown.publication());
  const absl::Time now = SystemClock().Now();
  for (const v1::Publication& each : shown.publications()) {
    terminal.Row(&each == &shown.publications(0) ? "published" : "before",
                 absl::StrCat(each.id().empty() ? "taken back" : each.id(), "  ",
                              Words(each.create_time(), now), "  ", each.publisher()));
  }
}

}  // namespace

int ListTemplates(const AccessOptions& access, const TemplateOptions&, Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::ListTemplatesRequest request;
  request.set_page_size(kPage);
  v1::ListTemplatesResponse page;
  do {
    if (const auto refusal = client->List(request, &page))
      return Explain(*refusal, client->address(), access.json, terminal);
    for (const v1::Template& each : page.templates()) {
      if (access.json) {
        terminal.Json(each);
        continue;
      }
      const std::vector<std::string> locales(each.locales().begin(), each.locales().end());
      terminal.Line(absl::StrCat(terminal.Bold(each.name()), "  ",
                                 v1::MailClass_Name(each.mail_class()), "  ", each.revision(), "  ",
                                 OriginOf(each), "  ", absl::StrJoin(locales, " ")));
    }
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  return kOk;
}

int PublishTemplate(const AccessOptions& access, const TemplateOptions& options,
                    Terminal& terminal) {
  const absl::StatusOr<Workpiece> piece = ReadWorkpiece(options.folder);
  if (!piece.ok()) {
    terminal.Error(std::string(piece.status().message()));
    return kUsage;
  }
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::PublishTemplateRequest request;
  request.set_name(piece->name);
  for (const auto& [path, bytes] : piece->files) (*request.mutable_files())[path] = bytes;
  request.set_validate_only(options.validate_only);
  request.set_expected_publication(options.publication);
  v1::Template shown;
  if (const auto refusal = client->Publish(request, &shown))
    return Explain(*refusal, client->address(), access.json, terminal);
  if (access.json) {
    terminal.Json(shown);
    return kOk;
  }
  terminal.Line(absl::StrCat(terminal.Bold(piece->name),
                             options.validate_only ? " may be published." : " is published."));
  terminal.Line();
  PrintTemplate(shown, terminal);
  return kOk;
}

int RollbackTemplate(const AccessOptions& access, const TemplateOptions& options,
                     Terminal& terminal) {
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::RollbackTemplateRequest request;
  request.set_name(options.name);
  request.set_publication(options.publication);
  v1::Template shown;
  if (const auto refusal = client->Rollback(request, &shown))
    return Explain(*refusal, client->address(), access.json, terminal);
  if (access.json) {
    terminal.Json(shown);
    return kOk;
  }
  terminal.Line(absl::StrCat(terminal.Bold(options.name), " is what it was before."));
  terminal.Line();
  PrintTemplate(shown, terminal);
  return kOk;
}

}  // namespace posthaste::cli

#include "service/sandbox/draft_console.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "service/cli/draft.h"
#include "service/ops/console/form.h"
#include "service/ops/console/frame.h"

namespace posthaste::sandbox {
namespace {

using cli::Draft;
using cli::DraftMail;

std::string TimeOf(const Draft& draft) {
  return absl::FormatTime(absl::RFC3339_full, draft.time, absl::UTCTimeZone());
}

std::string JsonOf(const Draft& draft) {
  std::vector<std::string> findings, mails;
  for (const std::string& finding : draft.findings)
    AppendJsonString(finding, findings.emplace_back());
  for (const DraftMail& mail : draft.mails)
    mails.push_back(JsonObject().Text("locale", mail.locale).Text("subject", mail.subject).Done());
  return JsonObject()
      .Text("name", draft.name)
      .Text("time", TimeOf(draft))
      .Raw("findings", JsonArray(findings))
      .Raw("mails", JsonArray(mails))
      .Done();
}

Task<absl::StatusOr<std::string>> ListDrafts(std::string folder, ops::Order) {
  std::vector<std::string> drafts;
  for (const Draft& draft : cli::ReadDrafts(folder)) drafts.push_back(JsonOf(draft));
  co_return JsonObject().Raw("drafts", JsonArray(drafts)).Done();
}

absl::StatusOr<std::string> ShowDraft(const std::string& folder, std::string_view query) {
  const auto field = [query](std::string_view name) {
    return ops::FormField(query, name).value_or("");
  };
  for (const Draft& draft : cli::ReadDrafts(folder)) {
    if (draft.name != field("name")) continue;
    for (const DraftMail& mail : draft.mails) {
      if (mail.locale != field("locale")) continue;
      if (field("part") == "text") return ops::TextPage(mail.text);
      return ops::InScheme(mail.html, field("scheme") == "dark");
    }
  }
  return absl::NotFoundError("there is no such draft");
}

}  // namespace

void AddDrafts(const std::string& folder, ops::ConsoleParts& parts) {
  parts.calls["ListDrafts"].run = [folder](ops::Order order) {
    return ListDrafts(folder, std::move(order));
  };
  parts.previews["draft"] = [folder](std::string_view query) { return ShowDraft(folder, query); };
  parts.beats["draft"] = [folder] {
    const std::vector<Draft> drafts = cli::ReadDrafts(folder);
    std::string json;
    AppendJsonString(drafts.empty() ? "" : TimeOf(drafts.front()), json);
    return json;
  };
}

}  // namespace posthaste::sandbox

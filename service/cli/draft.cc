#include "service/cli/draft.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/json.h"
#include "service/cli/access.h"

namespace posthaste::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDraftBytesMax = size_t{16} << 20;

using google::protobuf::Struct;

std::string JsonOf(const Draft& draft) {
  std::vector<std::string> findings, mails;
  for (const std::string& finding : draft.findings)
    AppendJsonString(finding, findings.emplace_back());
  for (const DraftMail& mail : draft.mails) {
    mails.push_back(JsonObject()
                        .Text("locale", mail.locale)
                        .Text("subject", mail.subject)
                        .Text("text", mail.text)
                        .Text("html", mail.html)
                        .Done());
  }
  return JsonObject()
      .Text("name", draft.name)
      .Text("time", absl::FormatTime(absl::RFC3339_full, draft.time, absl::UTCTimeZone()))
      .Raw("findings", JsonArray(findings))
      .Raw("mails", JsonArray(mails))
      .Done();
}

const google::protobuf::Value& Field(const Struct& fields, const char* name) {
  const auto found = fields.fields().find(name);
  return found == fields.fields().end() ? google::protobuf::Value::default_instance()
                                        : found->second;
}

std::optional<Draft> ReadDraft(const fs::path& file) {
  const absl::StatusOr<std::string> json = ReadFile(file, kDraftBytesMax);
  Struct read;
  if (!json.ok() || !google::protobuf::util::JsonStringToMessage(*json, &read).ok())
    return std::nullopt;
  Draft draft;
  draft.name = Field(read, "name").string_value();
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, Field(read, "time").string_value(), &draft.time, &error))
    return std::nullopt;
  for (const auto& finding : Field(read, "findings").list_value().values())
    draft.findings.push_back(finding.string_value());
  for (const auto& value : Field(read, "mails").list_value().values()) {
    const Struct& mail = value.struct_value();
    draft.mails.push_back({Field(mail, "locale").string_value(),
                           Field(mail, "subject").string_value(),
                           Field(mail, "text").string_value(), Field(mail, "html").string_value()});
  }
  return draft;
}

}  // namespace

std::string DraftsFolder(const std::string& data_dir) {
  return absl::StrCat(DataDirOf(data_dir), "/drafts");
}

bool ShowsDrafts(const std::string& data_dir) {
  std::error_code error;
  return fs::exists(DataDirOf(data_dir) + kClientFile, error);
}

absl::Status WriteDraft(const std::string& folder, const Draft& draft) {
  std::error_code error;
  fs::create_directories(folder, error);
  return WritePrivateFile(absl::StrCat(folder, "/", draft.name, ".json"), JsonOf(draft), true);
}

std::vector<Draft> ReadDrafts(const std::string& folder) {
  std::vector<Draft> drafts;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".json") continue;
    if (std::optional<Draft> draft = ReadDraft(at->path())) drafts.push_back(*std::move(draft));
  }
  std::sort(drafts.begin(), drafts.end(),
            [](const Draft& a, const Draft& b) { return a.time > b.time; });
  return drafts;
}

}  // namespace posthaste::cli

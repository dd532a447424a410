#include "service/cli/workshop.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "smtp/message.h"
#include "templates/engine/brand.h"
#include "templates/engine/lint.h"
#include "templates/engine/marks.h"
#include "templates/engine/overlay.h"
#include "templates/engine/schema.h"

namespace posthaste::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kSampleCode[] = "123456";

void PutInto(const std::string& folder, const templates::Files& own, templates::Files& files) {
  for (const auto& [path, bytes] : own) files[absl::StrCat(folder, "/", path)] = bytes;
}

}  // namespace

absl::StatusOr<Workpiece> ReadWorkpiece(const std::string& folder) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(folder, error);
  if (error || !fs::is_directory(path, error))
    return absl::NotFoundError(absl::StrCat(folder, ": no such folder"));
  Workpiece piece;
  piece.name = path.filename().string();
  if (!templates::IsVariableName(piece.name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(piece.name, ": a template is named with a-z, 0-9 and _"));
  }
  absl::StatusOr<templates::Files> own = templates::ReadFolder(path.string());
  if (!own.ok()) return own.status();
  piece.files = *std::move(own);
  templates::Files over;
  const fs::path layout = path.parent_path() / "layout";
  if (fs::is_directory(layout, error)) {
    const absl::StatusOr<templates::Files> shared = templates::ReadFolder(layout.string());
    if (!shared.ok()) return shared.status();
    PutInto("layout", *shared, over);
  }
  PutInto(piece.name, piece.files, over);
  piece.with_all = templates::Overlaid(std::move(over), templates::BuiltIn());
  return piece;
}

Worked Work(const Workpiece& piece) {
  Worked worked;
  absl::StatusOr<std::unique_ptr<const templates::Template>> mail =
      templates::Template::Load(piece.name, piece.with_all);
  if (mail.ok()) {
    worked.mail = *std::move(mail);
    worked.findings = templates::Lint(*worked.mail);
  } else {
    worked.findings.push_back(templates::CompileFinding(mail.status()));
  }
  return worked;
}

absl::StatusOr<Sample> MakeSample(const templates::Template& mail,
                                  const templates::Value& variables, const std::string& locale) {
  templates::Value::Fields fields = *mail.Samples().object();
  for (const auto& [name, value] : *variables.object()) fields.insert_or_assign(name, value);
  const absl::StatusOr<templates::Rendered> rendered = mail.Render(
      templates::Value::Object(std::move(fields)), templates::SampleBrand(), locale, "");
  if (!rendered.ok()) return rendered.status();
  smtp::Message message;
  message.from = {"Example", "no-reply@example.com"};
  message.to = {"Ada", "ada@example.com"};
  message.date = absl::FromUnixSeconds(1'795'357'320);  // 2026-11-22T14:22:00Z, as the samples.
  message.message_id = "preview@example.com";
  message.subject = templates::FillCode(rendered->subject, kSampleCode);
  message.text = templates::FillCode(rendered->text, kSampleCode);
  message.html = templates::FillCode(rendered->html, kSampleCode);
  message.content_language = rendered->locale;
  absl::StatusOr<std::string> eml = smtp::Compose(message);
  if (!eml.ok()) return eml.status();
  return Sample{message.subject, message.text, message.html, *std::move(eml)};
}

absl::StatusOr<templates::Files> Scaffold(const std::string& name, const std::string& mail_class) {
  if (!templates::IsVariableName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": a template is named with a-z, 0-9 and _"));
  }
  if (mail_class != "notice" && mail_class != "general") {
    return absl::InvalidArgumentError(
        absl::StrCat(mail_class, ": the class of a new template is notice or general"));
  }
  // Ours are written by the rules.
  const std::string model = mail_class == "notice" ? "new_sign_in/" : "welcome/";
  templates::Files files;
  for (const auto& [path, bytes] : templates::BuiltIn()) {
    if (!absl::StartsWith(path, model)) continue;
    const std::string within = path.substr(model.size());
    if (within == "template.yaml" || absl::StartsWith(within, "en/")) files.emplace(within, bytes);
  }
  return files;
}

}  // namespace posthaste::cli

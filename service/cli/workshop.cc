#include "service/cli/workshop.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "smtp/message.h"
#include "templates/engine/brand.h"
#include "templates/engine/marks.h"
#include "templates/engine/schema.h"

namespace posthaste::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kSampleCode[] = "123456";

void Overlay(const std::string& folder, const templates::Files& over, templates::Files& files) {
  for (const auto& [path, bytes] : over) files[absl::StrCat(folder, "/", path)] = bytes;
}

constexpr char kYaml[] = R"(mail_class: CLASS
description: What this mail is for, in one sentence.
variables:
  first_name:
    type: string
    required: true
    sample: Ada
    description: How the reader is greeted.
  action_url:
    type: url
    sample: https://example.com/start
    description: Where the button leads. Opening it must change nothing.
)";

constexpr char kText[] = R"(Hello {{first_name}},

this is what we have to say.
{{#action_url}}

Go on:
{{action_url}}
{{/action_url}}

{{> foot}}
)";

constexpr char kHtml[] = R"({{> head}}
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">This is what we have to say.</div>
{{> open}}
<h1 style="margin:0 0 12px;font-size:24px;line-height:32px;font-weight:600">Hello {{first_name}}</h1>
<p style="margin:0 0 24px">this is what we have to say.</p>
{{#action_url}}
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="background:{{accent_color}};border-radius:8px"><a href="{{action_url}}" style="display:inline-block;padding:12px 24px;color:{{accent_color | readable}};font-weight:600;text-decoration:none">Go on</a></td></tr></table>
{{/action_url}}
{{> close}}
)";

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
  piece.with_all = templates::BuiltIn();
  const fs::path layout = path.parent_path() / "layout";
  if (fs::is_directory(layout, error)) {
    const absl::StatusOr<templates::Files> shared = templates::ReadFolder(layout.string());
    if (!shared.ok()) return shared.status();
    Overlay("layout", *shared, piece.with_all);
  }
  Overlay(piece.name, piece.files, piece.with_all);
  return piece;
}

Worked Work(const Workpiece& piece) {
  Worked worked;
  absl::StatusOr<std::unique_ptr<const templates::Template>> mail =
      templates::Template::Load(piece.name, piece.with_all);
  if (mail.ok()) {
    worked.mail = *std::move(mail);
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
  return templates::Files{{"template.yaml", absl::StrReplaceAll(kYaml, {{"CLASS", mail_class}})},
                          {"en/subject.txt", "A word from {{product_name}}\n"},
                          {"en/body.txt", kText},
                          {"en/body.html", kHtml}};
}

}  // namespace posthaste::cli

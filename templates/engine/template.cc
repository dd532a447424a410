#include "templates/engine/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/crypto.h"
#include "templates/engine/brand.h"
#include "templates/engine/escape.h"
#include "templates/engine/render.h"

namespace posthaste::templates {
namespace {

// Part of every revision. Raised when the engine renders the same template differently.
constexpr std::string_view kEngineVersion = "posthaste/templates/3";

// What a designer made a body.html of (docs/TEMPLATES.md). It decides nothing of what is rendered.
constexpr std::string_view kSource = "template.mjml";

std::string_view TrimEnd(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool IsPart(std::string_view file) {
  return file == "subject.txt" || file == "body.txt" || file == "body.html";
}

// Files whose path begins with `prefix`, each as length-prefixed path and bytes: no two sets
// collide.
void AppendFiles(const Files& files, const std::string& prefix, std::string& out) {
  for (const auto& [path, bytes] : files) {
    if (path.starts_with(prefix) && !path.ends_with(kSource))
      out += fmt::format("{}:{}{}:{}", path.size(), path, bytes.size(), bytes);
  }
}

// Sections that were left out leave blank lines behind; one is enough.
std::string WithoutBlankRuns(std::string text) {
  size_t ends = 0;
  std::erase_if(text, [&ends](char c) {
    ends = c == '\n' ? ends + 1 : 0;
    return ends > 2;
  });
  return text;
}

bool IsOurs(const std::string& name) {
  return BrandSchema().contains(name) || SystemSchema().contains(name);
}

absl::Status CheckNames(const std::string& file, const Schema& variables) {
  for (const auto& [name, variable] : variables) {
    if (IsOurs(name)) {
      return ErrorAt(file, {}, fmt::format("'{}' is a variable of the brand already", name));
    }
    for (const auto& [field, unused] : variable.fields) {
      if (variables.contains(field) || IsOurs(field)) {
        return ErrorAt(file, {}, fmt::format("'{}.{}' has the name of a variable", name, field));
      }
    }
  }
  return absl::OkStatus();
}

Value SystemValues(const std::string& locale) {
  return Value::Object({{"lang", locale}, {"dir", Direction(locale)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Template>> Template::Load(std::string_view name,
                                                               const Files& files) {
  std::unique_ptr<Template> loaded(new Template);
  loaded->name_ = std::string(name);
  const std::string folder = loaded->name_ + "/";
  const auto yaml = files.find(folder + "template.yaml");
  if (yaml == files.end())
    return absl::InvalidArgumentError(fmt::format("{}template.yaml is missing", folder));
  absl::StatusOr<Metadata> metadata = ParseMetadata(yaml->first, yaml->second);
  if (!metadata.ok()) return metadata.status();
  loaded->metadata_ = *std::move(metadata);
  if (absl::Status status = CheckNames(yaml->first, loaded->metadata_.variables); !status.ok())
    return status;

  std::string content = fmt::format("{}\n{}\n", kEngineVersion, name);
  AppendFiles(files, folder, content);
  AppendFiles(files, "layout/", content);
  loaded->revision_ = crypto::Sha256(content);

  std::set<std::string> locales;
  for (auto at = files.lower_bound(folder); at != files.end() && at->first.starts_with(folder);
       ++at) {
    const std::string rest = at->first.substr(folder.size());
    if (rest == "template.yaml") continue;
    const size_t slash = rest.find('/');
    const std::string locale = rest.substr(0, slash);
    const std::string part = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (NormalLocale(locale) != locale || (!IsPart(part) && part != kSource)) {
      return absl::InvalidArgumentError(
          fmt::format("{}: not expected here; a template has template.yaml and "
                      "<locale>/subject.txt, body.txt, body.html",
                      at->first));
    }
    if (part != kSource) locales.insert(locale);
  }
  if (!locales.contains(loaded->metadata_.default_locale)) {
    return absl::InvalidArgumentError(fmt::format("{}: no folder for the default locale '{}'", name,
                                                  loaded->metadata_.default_locale));
  }
  for (const std::string& locale : locales) {
    if (absl::Status status = loaded->LoadLocale(locale, files); !status.ok()) return status;
  }
  return std::unique_ptr<const Template>(std::move(loaded));
}

absl::Status Template::LoadLocale(const std::string& locale, const Files& files) {
  absl::StatusOr<Program> subject = CompilePart(locale, "subject.txt", Medium::kSubject, files);
  if (!subject.ok()) return subject.status();
  absl::StatusOr<Program> text = CompilePart(locale, "body.txt", Medium::kText, files);
  if (!text.ok()) return text.status();
  absl::StatusOr<Program> html = CompilePart(locale, "body.html", Medium::kHtml, files);
  if (!html.ok()) return html.status();
  in_subject_.insert(subject->used.begin(), subject->used.end());
  Parts parts{*std::move(subject), *std::move(text), *std::move(html)};
  if (absl::Status status = Prove(locale, parts); !status.ok()) return status;
  locales_.emplace(locale, std::move(parts));
  return absl::OkStatus();
}

absl::StatusOr<Program> Template::CompilePart(const std::string& locale, const char* part,
                                              Medium medium, const Files& files) const {
  const std::string path = fmt::format("{}/{}/{}", name_, locale, part);
  const auto found = files.find(path);
  if (found == files.end()) return absl::InvalidArgumentError(fmt::format("{} is missing", path));
  SourceFile file{path, found->second};
  if (medium == Medium::kSubject) {
    file.bytes = std::string(TrimEnd(file.bytes));
    if (file.bytes.empty()) return ErrorAt(path, {}, "the subject is empty");
    if (file.bytes.find('\n') != std::string::npos)
      return ErrorAt(path, {2, 1}, "a subject is one line");
  }
  CompileOptions options;
  options.medium = medium;
  options.scopes = {&SystemSchema(), &BrandSchema(), &metadata_.variables};
  const bool code = metadata_.mail_class == MailClass::kCode;
  options.allow_code = code && (medium != Medium::kSubject || metadata_.code_in_subject);
  // layout/<locale>/<name>, its parent locales, the default locale, then layout/<name>; the
  // extension is the part's.
  SourceFile partial;
  options.partials = [&](std::string_view name) -> const SourceFile* {
    std::vector<std::string> folders = LocaleChain(locale);
    folders.push_back(metadata_.default_locale);
    for (std::string& folder : folders) folder = "layout/" + folder + "/";
    folders.push_back("layout/");
    for (const std::string& folder : folders) {
      const auto at = files.find(
          fmt::format("{}{}.{}", folder, name, medium == Medium::kHtml ? "html" : "txt"));
      if (at == files.end()) continue;
      partial = {at->first, at->second};
      return &partial;
    }
    return nullptr;
  };
  absl::StatusOr<Program> program = Compile(file, options);
  if (program.ok() && code && medium != Medium::kSubject && !program->used.contains("code")) {
    return ErrorAt(path, {}, "a mail of class code needs {{code}} here");
  }
  return program;
}

// Renders what the samples say, with and without the optional ones: what cannot be rendered is
// found now.
absl::Status Template::Prove(const std::string& locale, const Parts& parts) const {
  Reader reader;
  reader.locale = &FindLocale(locale);
  const Value none;
  for (const Value* given : {&none, &SampleBrand(), &SampleBrandWithLogo()}) {
    absl::StatusOr<Rendered> sample =
        RenderParts(parts, locale, Samples(given == &none), CompleteBrand(*given), reader);
    if (!sample.ok()) {
      return absl::InvalidArgumentError(fmt::format("{}/{}: with the sample values: {}", name_,
                                                    locale,
                                                    std::string(sample.status().message())));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> Template::Locales() const {
  std::vector<std::string> names;
  for (const auto& [locale, parts] : locales_) names.push_back(locale);
  return names;
}

const std::set<std::string>& Template::Used(std::string_view locale, Medium part) const {
  const Parts& parts = locales_.find(Resolve(locale))->second;
  if (part == Medium::kSubject) return parts.subject.used;
  return part == Medium::kText ? parts.text.used : parts.html.used;
}

Value Template::Samples(bool required_only) const {
  Value::Fields fields;
  for (const auto& [name, variable] : metadata_.variables) {
    if (variable.required || !required_only) fields[name] = variable.sample;
  }
  return Value::Object(std::move(fields));
}

std::vector<Problem> Template::Check(const Value& variables) const {
  std::vector<Problem> problems = templates::Check(metadata_.variables, variables);
  for (const std::string& name : in_subject_) {
    const Value* value = variables.Find(name);
    if (value == nullptr || value->string() == nullptr || !BreaksLine(*value->string())) continue;
    std::erase_if(problems, [&name](const Problem& problem) { return problem.path == name; });
    problems.push_back({name, Problem::Reason::kHeaderInjection,
                        "has a line break or a control, which cannot enter a subject"});
  }
  return problems;
}

const std::string& Template::Resolve(std::string_view locale) const {
  for (const std::string& candidate : LocaleChain(locale)) {
    if (const auto found = locales_.find(candidate); found != locales_.end()) return found->first;
  }
  return locales_.find(metadata_.default_locale)->first;
}

absl::StatusOr<Rendered> Template::Render(const Value& variables, const Value& brand,
                                          std::string_view locale,
                                          std::string_view time_zone) const {
  if (const std::vector<Problem> problems = Check(variables); !problems.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}", problems[0].path, problems[0].description));
  }
  if (const std::vector<Problem> problems = templates::Check(BrandSchema(), brand);
      !problems.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("brand.{}: {}", problems[0].path, problems[0].description));
  }
  const absl::StatusOr<absl::TimeZone> zone = LoadZone(time_zone);
  if (!zone.ok()) return absl::InvalidArgumentError("time_zone: unknown time zone");
  const std::string& resolved = Resolve(locale);
  // "en-US" read in "en" keeps its own clock; "fr" read in "en" gets the English one.
  const std::vector<std::string> asked = LocaleChain(locale);
  const bool same_language = !asked.empty() && asked.back() == LocaleChain(resolved).back();
  Reader reader;
  reader.locale = &FindLocale(same_language ? asked.front() : resolved);
  reader.zone = *zone;
  return RenderParts(locales_.find(resolved)->second, resolved, variables, CompleteBrand(brand),
                     reader);
}

absl::StatusOr<Rendered> Template::RenderParts(const Parts& parts, const std::string& resolved,
                                               const Value& variables, const Value& brand,
                                               const Reader& reader) const {
  const Value system = SystemValues(resolved);
  const std::vector<const Value*> contexts = {&system, &brand, &variables};
  Writer writer(reader);
  absl::StatusOr<std::string> subject = templates::Render(parts.subject, contexts, writer);
  if (!subject.ok()) return subject.status();
  absl::StatusOr<std::string> text = templates::Render(parts.text, contexts, writer);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::string> html = templates::Render(parts.html, contexts, writer);
  if (!html.ok()) return html.status();
  if (TrimEnd(*subject).empty()) return absl::InvalidArgumentError("the subject is empty");
  return Rendered{*std::move(subject), WithoutBlankRuns(*std::move(text)), *std::move(html),
                  resolved};
}

}  // namespace posthaste::templates

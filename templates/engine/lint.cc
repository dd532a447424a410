#include "templates/engine/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "templates/engine/brand.h"
#include "templates/engine/lint_case.h"
#include "templates/engine/marks.h"

namespace posthaste::templates {
namespace {

constexpr std::string_view kRules[] = {"missing-locale",  "unused-variable", "asks-for-secret",
                                       "code-in-subject", "same-in-both",    "code-first",
                                       "expiry",          "autofill",        "never-ask",
                                       "notice-facts",    "urgency",         "preheader",
                                       "link-acts",       "link-shortener",  "link-text",
                                       "tracker",         "remote-asset",    "size",
                                       "structure",       "text-size",       "contrast",
                                       "code-direction"};

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// --- What the metadata says -------------------------------------------------------------------

void LintLocales(const Template& mail, const LintOptions& options, std::vector<Finding>& out) {
  const std::vector<std::string> spoken = mail.Locales();
  for (const std::string& locale : options.locales) {
    if (std::find(spoken.begin(), spoken.end(), locale) == spoken.end())
      out.push_back({"missing-locale", mail.name(), fmt::format("there is no '{}'", locale)});
  }
}

void LintSecrets(const Template& mail, std::vector<Finding>& out) {
  for (const auto& [name, variable] : mail.variables()) {
    const std::vector<std::string> words = absl::StrSplit(name, '_');
    if (variable.type == Type::kString &&
        IsOneOf(words.back(), {"password", "passwd", "passphrase", "secret", "pin"})) {
      out.push_back({"asks-for-secret", mail.name() + "/template.yaml",
                     fmt::format("'{}': a secret has no place in a mail", name)});
    }
  }
}

// A code that recovers an account is worth more than one that confirms an address, and subjects are
// read on locked screens.
void LintCodeInSubject(const Template& mail, std::vector<Finding>& out) {
  if (!mail.code_in_subject()) return;
  const auto recovers = [](std::string_view text) {
    return text.find("reset") != std::string_view::npos ||
           text.find("recover") != std::string_view::npos;
  };
  bool found = recovers(mail.name());
  for (const auto& [name, variable] : mail.variables()) {
    found = found || std::any_of(variable.choices.begin(), variable.choices.end(), recovers);
  }
  if (found)
    out.push_back({"code-in-subject", mail.name() + "/template.yaml",
                   "a code that recovers an account may not stand in the subject"});
}

// --- What the parts use -----------------------------------------------------------------------

void LintUse(const Template& mail, const std::string& locale, std::vector<Finding>& out) {
  const std::set<std::string>& text = mail.Used(locale, Medium::kText);
  const std::set<std::string>& html = mail.Used(locale, Medium::kHtml);
  const std::set<std::string>& subject = mail.Used(locale, Medium::kSubject);
  const std::string place = fmt::format("{}/{}", mail.name(), locale);
  for (const auto& [name, variable] : mail.variables()) {
    if (!text.contains(name) && !html.contains(name) && !subject.contains(name)) {
      out.push_back({"unused-variable", place, fmt::format("'{}' is never used", name)});
    }
  }
  // What is layout, and what is for machines, need not be said twice.
  static constexpr std::string_view kOnce[] = {
      "lang",        "dir",        "accent_color", "logo_text",  "product_url",
      "site_domain", "logo_image", "logo_url",     "logo_width", "logo_height"};
  const auto compare = [&](const std::set<std::string>& one, const std::set<std::string>& other,
                           const char* part) {
    for (const std::string& name : one) {
      if (other.contains(name) ||
          std::find(std::begin(kOnce), std::end(kOnce), name) != std::end(kOnce))
        continue;
      out.push_back({"same-in-both", fmt::format("{}/{}", place, part),
                     fmt::format("does not say '{}', which the other part says", name)});
    }
  };
  compare(html, text, "body.txt");
  compare(text, html, "body.html");
}

// --- What is rendered -------------------------------------------------------------------------

void LintRendering(const Template& mail, const std::string& locale, const Value& brand,
                   const Value& variables, std::vector<Finding>& out) {
  const absl::StatusOr<Rendered> rendered = mail.Render(variables, brand, locale, "");
  if (!rendered.ok()) return;  // Samples always render: Template::Load has proved it.
  LintCase one{mail,
               locale,
               !brand.is_null(),
               FillCode(rendered->subject, kLintCode),
               FillCode(rendered->text, kLintCode),
               FillCode(rendered->html, kLintCode),
               Page(),
               out};
  one.page = ReadPage(one.html);
  LintWords(one);
  LintPage(one);
}

void LintRenderings(const Template& mail, const std::string& locale, std::vector<Finding>& out) {
  LintRendering(mail, locale, SampleBrand(), mail.Samples(), out);
  LintRendering(mail, locale, Value(), mail.Samples(true), out);
  if (mail.Used(locale, Medium::kHtml).contains("logo_image"))
    LintRendering(mail, locale, SampleBrandWithLogo(), mail.Samples(), out);
  for (const auto& [name, variable] : mail.variables()) {
    for (const std::string& choice : variable.choices) {
      Value::Fields fields = *mail.Samples().object();
      fields[name] = choice;
      LintRendering(mail, locale, SampleBrand(), Value::Object(std::move(fields)), out);
    }
  }
}

size_t RankOf(const Finding& finding) {
  return static_cast<size_t>(std::find(std::begin(kRules), std::end(kRules), finding.rule) -
                             std::begin(kRules));
}

}  // namespace

void LintCase::Find(std::string_view rule, std::string_view part, std::string message) const {
  Finding finding{std::string(rule), fmt::format("{}/{}/{}", mail.name(), locale, part),
                  std::move(message)};
  if (std::find(findings.begin(), findings.end(), finding) == findings.end())
    findings.push_back(std::move(finding));
}

std::vector<Finding> Lint(const Template& mail, const LintOptions& options) {
  std::vector<Finding> findings;
  LintLocales(mail, options, findings);
  LintSecrets(mail, findings);
  LintCodeInSubject(mail, findings);
  for (const std::string& locale : mail.Locales()) {
    LintUse(mail, locale, findings);
    LintRenderings(mail, locale, findings);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return RankOf(a) < RankOf(b); });
  return findings;
}

std::span<const std::string_view> LintRules() { return kRules; }

}  // namespace posthaste::templates

#include "templates/engine/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "templates/engine/catalogue.h"

namespace posthaste::templates {
namespace {

using testing::Contains;
using testing::IsEmpty;

std::string Told(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& one : findings) all += one.rule + " " + one.place + ": " + one.message + "\n";
  return all;
}

std::vector<Finding> LintOf(const Files& files, const std::string& name,
                            const LintOptions& options = {}) {
  const auto loaded = Template::Load(name, files);
  if (!loaded.ok()) return {{"compile", "", std::string(loaded.status().message())}};
  return Lint(**loaded, options);
}

TEST(Lint, FindsNothingInTheBuiltInTemplates) {
  const Files files = BuiltIn();
  for (const std::string& name : (*Catalogue::Load(files))->Names()) {
    const auto findings = LintOf(files, name, {{"ar", "de", "en", "es", "fr", "ja", "pt"}});
    EXPECT_THAT(findings, IsEmpty()) << Told(findings);
  }
}

// A good template is broken in one place, and that is found.
struct Breakage {
  std::string rule;
  std::string file;
  std::string from, to;  // Every `from` in the file becomes `to`.
  std::string also;      // A second rule that the same fault breaks.
};

constexpr char kCodeText[] = "verification_code/en/body.txt";
constexpr char kCodeHtml[] = "verification_code/en/body.html";
constexpr char kNoticeText[] = "new_sign_in/en/body.txt";
constexpr char kNoticeHtml[] = "new_sign_in/en/body.html";
constexpr char kArabicHtml[] = "verification_code/ar/body.html";
constexpr char kGrey[] = "<p style=\"color:#999999\">Grey on white</p>\n{{> close}}";

const Breakage kBreakages[] = {
    {"unused-variable", "new_sign_in/template.yaml",
     "variables:", "variables:\n  spare:\n    type: string\n    sample: x\n    description: x"},
    {"asks-for-secret", "new_sign_in/template.yaml", "variables:",
     "variables:\n  new_password:\n    type: string\n    sample: x\n    description: x",
     "unused-variable"},
    {"code-in-subject", "verification_code/template.yaml", "code_in_subject: false",
     "code_in_subject: true"},
    {"same-in-both", kNoticeText, "When: {{sign_in_time | date}}, {{sign_in_time | time}}", "Now.",
     "notice-facts"},
    {"same-in-both", kNoticeHtml, "{{> not_me}}", ""},
    {"code-first", kCodeText, "\n{{code}}\n", "\n{{code}} is it.\n"},
    {"code-first", kCodeText, "Your code:",
     "Your code is below. It is below since we had so much to say that it did not fit here, and "
     "so"},
    {"expiry", kCodeText, "Valid until {{expire_time | time}}",
     "Valid until {{expire_time | clock}}"},
    {"expiry", kCodeHtml, "{{ttl | duration}} from&nbsp;", "from ", "same-in-both"},
    {"autofill", kCodeText, "@{{site_domain}} #", "{{site_domain}} #"},
    {"never-ask", kCodeText, "We will never ask you for this code.", ""},
    {"never-ask", kCodeHtml, "We will never ask you for this code.", ""},
    {"notice-facts", kNoticeText, "{{> where}}", "", "same-in-both"},
    {"notice-facts", kNoticeHtml, "{{> account}}", "", "same-in-both"},
    {"urgency", kNoticeText, "If this was you, there is nothing to do.", "Act now."},
    {"urgency", "new_sign_in/de/subject.txt", "Neue", "Dringend: neue"},
    {"urgency", "new_sign_in/ja/subject.txt", "新しい", "至急"},
    {"urgency", kCodeHtml, "Do not give it to anyone.", "<b>Hurry</b>"},
    {"preheader", kNoticeHtml,
     ">{{sign_in_time | date}}, {{sign_in_time | time}}. If this was not you, tell us.<", "><"},
    {"link-acts", kNoticeHtml, "{{> close}}",
     "<a href=\"https://example.com/sign-in/revoke\">Sign them out</a>\n{{> close}}",
     "same-in-both"},
    {"link-acts", "new_sign_in/template.yaml", "https://example.com/account/not-me",
     "https://example.com/not-me?token=5b1d"},
    {"link-shortener", kNoticeHtml, "{{> close}}",
     "<a href=\"https://bit.ly/x\">x</a>\n{{> close}}", "same-in-both"},
    {"link-text", kNoticeHtml, "{{> close}}",
     "<a href=\"https://example.net/\">www.example.com</a>\n{{> close}}", "same-in-both"},
    {"tracker", "welcome/en/body.html", "{{> close}}",
     "<img src=\"https://example.com/o.gif\" width=\"1\" height=\"1\" alt=\"\">\n{{> close}}"},
    {"remote-asset", kCodeHtml, "{{> close}}",
     "<img src=\"https://example.com/logo.png\" width=\"90\" alt=\"Acme\">\n{{> close}}"},
    // Of a picture that nobody could send with it; of the logo, in place of the one that is sent.
    {"remote-asset", kNoticeHtml, "{{> close}}",
     "<img src=\"cid:chart\" width=\"90\" alt=\"A chart\">\n{{> close}}"},
    {"remote-asset", "layout/open.html", "{{logo_url}}", "cid:logo"},
    {"remote-asset", "layout/open.html", "{{logo_url}}", "https://example.com/logo.png"},
    {"tracker", "layout/open.html", "width=\"{{logo_width}}\"", "width=\"1\""},
    {"structure", "layout/open.html", " alt=\"{{logo_text}}\"", ""},
    {"remote-asset", "layout/head.html", "<style>", "<style>@import 'https://example.com/f.css';"},
    {"structure", kNoticeHtml, "<table role=\"presentation\" width", "<table width"},
    {"structure", kNoticeHtml, "h1", "h2"},
    {"structure", "layout/head.html", " dir=\"{{dir}}\"", ""},
    {"text-size", kNoticeHtml, "<p style=\"margin:0 0 16px\">",
     "<p style=\"margin:0 0 16px;font-size:13px\">"},
    {"contrast", kNoticeHtml, "{{> close}}", kGrey},
    {"contrast", "layout/head.html", ".t{color:#eceef1!important}", ""},
    {"contrast", kNoticeHtml, "{{> close}}",
     "<p style=\"color:tomato\">What colour?</p>\n{{> close}}"},
    {"code-direction", kArabicHtml, "<p class=\"code\" dir=\"ltr\"", "<p class=\"code\""},
    {"code-direction", kArabicHtml, "{{code}}، ", "{{code | grouped}}، "},
    {"size", kNoticeHtml, "{{> close}}", "<p>" + std::string(100'000, 'x') + "</p>\n{{> close}}"},
};

void PrintTo(const Breakage& one, std::ostream* out) { *out << one.rule << " in " << one.file; }

class LintRule : public testing::TestWithParam<Breakage> {};

TEST_P(LintRule, FindsWhatBreaksIt) {
  const Breakage& breakage = GetParam();
  Files files = BuiltIn();
  std::string& bytes = files[breakage.file];
  size_t at = bytes.find(breakage.from);
  ASSERT_NE(at, std::string::npos) << breakage.file << " has no " << breakage.from;
  for (; at != std::string::npos; at = bytes.find(breakage.from, at + breakage.to.size()))
    bytes.replace(at, breakage.from.size(), breakage.to);
  const std::string folder = breakage.file.substr(0, breakage.file.find('/'));
  const auto findings = LintOf(files, folder == "layout" ? "new_sign_in" : folder);
  EXPECT_THAT(findings, Contains(testing::Field(&Finding::rule, breakage.rule))) << Told(findings);
  for (const Finding& one : findings) {
    EXPECT_TRUE(one.rule == breakage.rule || one.rule == breakage.also) << Told({one});
  }
}

INSTANTIATE_TEST_SUITE_P(All, LintRule, testing::ValuesIn(kBreakages));

TEST(Lint, NamesTheLanguageThatIsMissing) {
  Files files = BuiltIn();
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("welcome/fr/"); });
  const auto findings = LintOf(files, "welcome", {{"en", "fr"}});
  EXPECT_EQ(Told(findings), "missing-locale welcome: there is no 'fr'\n");
  EXPECT_THAT(LintOf(files, "welcome"), IsEmpty());
}

TEST(Lint, HasAnExampleOfEachRule) {
  for (const std::string_view rule : LintRules()) {
    const bool shown = rule == "missing-locale" ||
                       std::any_of(std::begin(kBreakages), std::end(kBreakages),
                                   [rule](const Breakage& one) { return one.rule == rule; });
    EXPECT_TRUE(shown) << rule;
  }
}

TEST(Lint, LooksAtWhatOnlySomeReadersSee) {
  Files files = BuiltIn();
  std::string& text = files["mfa_changed/en/body.txt"];
  const std::string off = "Two-step sign-in is now off";
  text.replace(text.find(off), off.size(), "Act now: two-step sign-in is off");
  EXPECT_EQ(Told(LintOf(files, "mfa_changed")),
            "urgency mfa_changed/en/body.txt: 'act now' makes haste\n");
}

TEST(Lint, SaysWhatIsTooFaint) {
  Files files = BuiltIn();
  std::string& html = files[kNoticeHtml];
  html.replace(html.find("{{> close}}"), 11, kGrey);
  EXPECT_EQ(Told(LintOf(files, "new_sign_in")),
            "contrast new_sign_in/en/body.html: #999999 on #ffffff is 2.8:1 in light, less than "
            "4.5:1: 'Grey on white'\n");
}

TEST(Lint, LeavesToTheCompilerWhatTheCompilerRefuses) {
  Files files = BuiltIn();
  files[kNoticeHtml] += "{{{account_label}}}";
  EXPECT_EQ(LintOf(files, "new_sign_in").front().rule, "compile");
}

}  // namespace
}  // namespace posthaste::templates

#include "templates/engine/template.h"

#include <gtest/gtest.h>

#include <thread>

#include "templates/engine/brand.h"

namespace posthaste::templates {
namespace {

constexpr char kYaml[] = R"(mail_class: notice
description: A greeting.
variables:
  name: {type: string, required: true, sample: Ada, description: Who is greeted.}
  when: {type: time, required: true, sample: 2026-11-22T14:32:00Z, description: When.}
  nick: {type: string, sample: A., description: How friends call them.}
)";

Files Greeting() {
  return {
      {"greeting/template.yaml", kYaml},
      {"greeting/en/subject.txt", "Hello {{name}}\n"},
      {"greeting/en/body.txt", "{{#nick}}\n{{nick}}\n{{/nick}}\n\n{{when | time}}\n{{> foot}}\n"},
      {"greeting/en/body.html", "<p>{{name}} {{> foot}}</p>"},
      {"greeting/pt/subject.txt", "Ola {{name}}"},
      {"greeting/pt/body.txt", "{{when | time}}"},
      {"greeting/pt/body.html", "<p lang=\"{{lang}}\">{{name}} {{> foot}}</p>"},
      {"layout/foot.html", "bye"},
      {"layout/foot.txt", "bye"},
      {"layout/pt/foot.html", "adeus"}};
}

Value Variables() { return Value::Object({{"name", "Bob"}, {"when", "2026-11-22T14:32:00Z"}}); }

std::unique_ptr<const Template> Loaded(const Files& files = Greeting()) {
  auto loaded = Template::Load("greeting", files);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *std::move(loaded);
}

std::string LoadError(const std::string& path, const std::string& bytes) {
  Files files = Greeting();
  files[path] = bytes;
  const auto loaded = Template::Load("greeting", files);
  return loaded.ok() ? "ok" : std::string(loaded.status().message());
}

TEST(Template, RendersAllThreeParts) {
  const auto greeting = Loaded();
  const auto mail = greeting->Render(Variables(), Value(), "en", "Europe/Berlin");
  ASSERT_TRUE(mail.ok()) << mail.status();
  EXPECT_EQ(mail->subject, "Hello Bob");
  EXPECT_EQ(mail->text, "\n15:32 CET\nbye");
  EXPECT_EQ(mail->html, "<p>Bob bye</p>");
  EXPECT_EQ(mail->locale, "en");
}

TEST(Template, PassesOverWhatABodyWasMadeOf) {
  Files files = Greeting();
  files["greeting/en/template.mjml"] = "<mjml>{{no_such_name}}</mjml>";
  files["greeting/de/template.mjml"] = "<mjml></mjml>";
  EXPECT_EQ(Loaded(files)->revision(), Loaded()->revision());
  EXPECT_EQ(Loaded(files)->Locales(), Loaded()->Locales()) << "a source alone is no language";
}

TEST(Template, FallsBackFromTheRegionToTheLanguageToTheDefault) {
  const auto greeting = Loaded();
  EXPECT_EQ(greeting->Render(Variables(), Value(), "pt-BR", "")->html,
            "<p lang=\"pt\">Bob adeus</p>");
  EXPECT_EQ(greeting->Render(Variables(), Value(), "PT_br", "")->locale, "pt");
  for (const char* locale : {"", "tlh", "not a locale", "../../etc"}) {
    EXPECT_EQ(greeting->Render(Variables(), Value(), locale, "")->locale, "en") << locale;
  }
}

TEST(Template, KeepsTheReadersClockWithinALanguage) {
  const auto greeting = Loaded();
  EXPECT_EQ(greeting->Render(Variables(), Value(), "en-US", "")->text, "\n2:32 PM UTC\nbye");
  EXPECT_EQ(greeting->Render(Variables(), Value(), "de", "")->text, "\n14:32 UTC\nbye");
}

TEST(Template, RefusesVariablesWithTheirPath) {
  const auto greeting = Loaded();
  const auto error = [&greeting](const Value& variables, const Value& brand, const char* zone) {
    return std::string(greeting->Render(variables, brand, "en", zone).status().message());
  };
  EXPECT_EQ(error(Value(), Value(), ""), "name: is required");
  EXPECT_EQ(error(Variables(), Value::Object({{"accent_color", "red"}}), ""),
            "brand.accent_color: must be a colour like #1a73e8");
  EXPECT_EQ(error(Variables(), Value::Object({{"colour", "red"}}), ""),
            "brand.colour: is not declared by the template");
  EXPECT_EQ(error(Variables(), Value(), "Mars/Olympus"), "time_zone: unknown time zone");
}

TEST(Template, CallsALineBreakForTheSubjectAnInjection) {
  const auto greeting = Loaded();
  for (const char* name : {"Bob\nBcc: eve@example.com", "Bob\r\n", "Bob\r"}) {
    Value::Fields fields = *Variables().object();
    fields["name"] = name;
    const std::vector<Problem> problems = greeting->Check(Value::Object(fields));
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].path, "name");
    EXPECT_EQ(problems[0].reason, Problem::Reason::kHeaderInjection);
  }
  Value::Fields fields = *Variables().object();
  fields["nick"] = "two\nlines";
  EXPECT_TRUE(greeting->Check(Value::Object(fields)).empty());
}

TEST(Template, RefusesALineBreakOfTheBrandInTheSubject) {
  Files files = Greeting();
  files["greeting/en/subject.txt"] = "Hello from {{product_name}}";
  const auto mail =
      Loaded(files)->Render(Variables(), Value::Object({{"product_name", "A\nBcc: x"}}), "en", "");
  EXPECT_EQ(mail.status().message(),
            "product_name: has a line break, which cannot enter a subject");
}

TEST(Template, ChangesItsRevisionWithAnyOfItsFiles) {
  const std::string revision = Loaded()->revision();
  EXPECT_EQ(revision.size(), 32u);
  EXPECT_EQ(Loaded()->revision(), revision);
  for (const char* path : {"greeting/template.yaml", "greeting/en/body.html",
                           "greeting/pt/subject.txt", "layout/foot.html"}) {
    Files files = Greeting();
    files[path] += " ";
    EXPECT_NE(Loaded(files)->revision(), revision) << path;
  }
  Files other = Greeting();
  other["other/template.yaml"] = "x";
  EXPECT_EQ(Loaded(other)->revision(), revision);
}

TEST(TemplateLoad, NamesThePlaceOfABrokenFile) {
  EXPECT_EQ(LoadError("greeting/pt/body.html", "<p>\n {{nome}}</p>"),
            "greeting/pt/body.html:2:2: undeclared variable 'nome'");
  EXPECT_EQ(LoadError("layout/foot.html", "{{#x}}"),
            "layout/foot.html:1:1: section 'x' is never closed");
  EXPECT_EQ(LoadError("greeting/en/subject.txt", "a\nb"),
            "greeting/en/subject.txt:2:1: a subject is one line");
  EXPECT_EQ(LoadError("greeting/en/subject.txt", "\n"),
            "greeting/en/subject.txt:1:1: the subject is empty");
  EXPECT_EQ(LoadError("greeting/en/subject.txt", "{{#nick}}{{nick}}{{/nick}}"),
            "greeting/en: with the sample values: the subject is empty");
  EXPECT_EQ(LoadError("greeting/en/body.txt", "{{code}}"),
            "greeting/en/body.txt:1:1: the code may not stand here");
  EXPECT_EQ(LoadError("greeting/fr/subject.txt", "x"), "greeting/fr/body.txt is missing");
  EXPECT_EQ(LoadError("greeting/template.mjml", "x").find("greeting/template.mjml: not expected"),
            0u);
  EXPECT_EQ(LoadError("greeting/en/body.htm", "x").find("greeting/en/body.htm: not expected here"),
            0u);
}

TEST(TemplateLoad, WantsTheDefaultLocale) {
  const std::string yaml = std::string(kYaml) + "default_locale: de\n";
  EXPECT_EQ(LoadError("greeting/template.yaml", yaml),
            "greeting: no folder for the default locale 'de'");
}

TEST(TemplateLoad, KeepsTheBrandsNamesForTheBrand) {
  const std::string yaml =
      std::string(kYaml) + "  product_name: {type: string, sample: x, description: d}\n";
  EXPECT_EQ(LoadError("greeting/template.yaml", yaml),
            "greeting/template.yaml:1:1: 'product_name' is a variable of the brand already");
}

TEST(TemplateLoad, WantsTheCodeInBothPartsOfCodeMail) {
  Files files = Greeting();
  files["greeting/template.yaml"].replace(0, 18, "mail_class: code");
  const auto loaded = Template::Load("greeting", files);
  EXPECT_EQ(loaded.status().message(),
            "greeting/en/body.txt:1:1: a mail of class code needs {{code}} here");
}

TEST(Template, IsRenderedByManyThreadsAtOnce) {
  const auto greeting = Loaded();
  const std::string expected = greeting->Render(Variables(), SampleBrand(), "en", "")->html;
  std::vector<std::thread> threads;
  std::vector<int> same(4, 0);
  for (size_t i = 0; i < same.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 100; ++n)
        same[i] += greeting->Render(Variables(), SampleBrand(), "en", "")->html == expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(4, 100));
}

}  // namespace
}  // namespace posthaste::templates

// The built-in mail, as it is rendered: golden files in tests/golden/templates (UPDATE_GOLDEN=1
// rewrites them), and what every one of them must have.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "templates/engine/brand.h"
#include "templates/engine/catalogue.h"
#include "templates/engine/marks.h"

namespace posthaste::templates {
namespace {

constexpr char kGolden[] = PH_SOURCE_DIR "/tests/golden/templates/";

const Catalogue& BuiltInCatalogue() {
  static const auto* const kCatalogue = new auto(Catalogue::Load(BuiltIn()));
  if (!kCatalogue->ok()) ADD_FAILURE() << kCatalogue->status();
  return ***kCatalogue;
}

const Value& Acme() {
  static const Value* const kBrand =
      new Value(Value::Object({{"product_name", "Acme"},
                               {"product_url", "https://acme.test/"},
                               {"accent_color", "#0b7285"},
                               {"support_contact", "help@acme.test"},
                               {"company_address", "Acme Ltd, 1 High Street, London"},
                               {"site_domain", "acme.test"}}));
  return *kBrand;
}

struct Mail {
  std::string name;   // Of the golden file.
  std::string title;  // Of the template.
  std::string locale;
  std::string zone;
  bool full = true;     // With every optional variable and a full brand; else with none.
  std::string purpose;  // Of a code.
};

const Mail kMails[] = {
    {"verification_code_en", "verification_code", "en", "UTC", true, "password_reset"},
    {"verification_code_en_sign_in", "verification_code", "en-US", "America/New_York", true,
     "sign-in"},
    {"verification_code_en_bare", "verification_code", "en", "", false, ""},
    {"verification_code_de", "verification_code", "de", "Europe/Berlin", true,
     "email_verification"},
    {"verification_code_de_bare", "verification_code", "de-AT", "", false, ""},
    {"verification_code_fr", "verification_code", "fr", "Europe/Paris", true, "sign_in"},
    {"verification_code_fr_bare", "verification_code", "fr-CA", "", false, ""},
    {"verification_code_es", "verification_code", "es", "Europe/Madrid", true, "sign_in"},
    {"verification_code_es_bare", "verification_code", "es-MX", "", false, ""},
    {"password_changed_es", "password_changed", "es", "Europe/Madrid", true, ""},
    {"password_changed_es_bare", "password_changed", "es", "", false, ""},
    {"password_changed_en", "password_changed", "en", "UTC", true, ""},
    {"password_changed_fr", "password_changed", "fr", "Europe/Paris", true, ""},
    {"password_changed_fr_bare", "password_changed", "fr", "", false, ""},
    {"password_changed_en_bare", "password_changed", "en", "", false, ""},
    {"password_changed_de", "password_changed", "de", "Europe/Berlin", true, ""},
    {"password_changed_de_bare", "password_changed", "de", "", false, ""},
};

class BuiltInMail : public testing::TestWithParam<Mail> {
 protected:
  void SetUp() override {
    const Mail& mail = GetParam();
    const Template* found = BuiltInCatalogue().Find("", mail.title);
    ASSERT_NE(found, nullptr);
    code_ = found->mail_class() == MailClass::kCode;
    const Value samples = found->Samples(!mail.full);
    Value::Fields variables = *samples.object();
    if (!mail.purpose.empty()) variables["purpose"] = mail.purpose;
    absl::StatusOr<Rendered> rendered = found->Render(
        Value::Object(variables), mail.full ? Acme() : Value(), mail.locale, mail.zone);
    ASSERT_TRUE(rendered.ok()) << rendered.status();
    EXPECT_FALSE(HasCode(rendered->subject));
    EXPECT_EQ(HasCode(rendered->text), code_);
    EXPECT_EQ(HasCode(rendered->html), code_);
    text_ = FillCode(rendered->text, "123456");
    html_ = FillCode(rendered->html, "123456");
    subject_ = rendered->subject;
  }

  bool code_ = false;
  std::string subject_, text_, html_;
};

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void ExpectGolden(const std::string& name, const std::string& bytes) {
  const std::string path = kGolden + name;
  const char* const update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(kGolden);
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string golden((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes, golden) << path << ": UPDATE_GOLDEN=1 rewrites it";
}

TEST_P(BuiltInMail, IsWhatItWas) {
  ExpectGolden(GetParam().name + ".txt", "Subject: " + subject_ + "\n\n" + text_);
  ExpectGolden(GetParam().name + ".html", html_);
}

TEST_P(BuiltInMail, IsReadableEverywhere) {
  EXPECT_LT(html_.size(), 6'500u);
  EXPECT_LE(subject_.size(), 70u);
  EXPECT_EQ(Count(html_, "<h1"), 1u);
  EXPECT_EQ(Count(html_, "<html lang=\"" + GetParam().locale.substr(0, 2) + "\" dir=\"ltr\">"), 1u);
  EXPECT_EQ(Count(html_, "<table"), Count(html_, "<table role=\"presentation\""));
  EXPECT_EQ(Count(html_, "name=\"color-scheme\""), 1u);
  EXPECT_EQ(Count(html_, "prefers-color-scheme:dark"), 1u);
  EXPECT_EQ(Count(html_, "display:none"), 1u) << "one preheader";
}

TEST_P(BuiltInMail, FetchesNothing) {
  for (const char* word : {"<img", "<link", "<script", "url(", "@import", "src="})
    EXPECT_EQ(Count(html_, word), 0u) << word;
  EXPECT_EQ(Count(html_, "http"), Count(html_, "href=\"https://"));
}

TEST_P(BuiltInMail, HasNoTextSmallerThanSixteenPixels) {
  for (const char* property : {"font-size:", "font:600 ", "font:"}) {
    for (size_t at = html_.find(property); at != std::string::npos;
         at = html_.find(property, at + 1)) {
      const int pixels = std::atoi(html_.c_str() + at + std::string(property).size());
      EXPECT_GE(pixels, 16) << html_.substr(at, 30);
    }
  }
}

// WCAG 2.1: the ratio of two colours like "#1c2024".
double Contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const std::string& color) {
    double sum = 0;
    for (const auto& [at, weight] :
         {std::pair{1, 0.2126}, std::pair{3, 0.7152}, std::pair{5, 0.0722}}) {
      const double part = std::stoi(color.substr(static_cast<size_t>(at), 2), nullptr, 16) / 255.0;
      sum += weight * (part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
  };
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

// The first colour of `property` after `anchor`.
std::string ColorAfter(const std::string& html, const std::string& anchor,
                       const std::string& property) {
  const size_t at = html.find(property + ":#", html.find(anchor));
  return at == std::string::npos ? "" : html.substr(at + property.size() + 1, 7);
}

TEST_P(BuiltInMail, HasContrastInLightAndInDark) {
  const std::string light_page = ColorAfter(html_, "<body", "background");
  const std::string light_card = ColorAfter(html_, "class=\"card", "background");
  const std::string dark_page = ColorAfter(html_, ".bg{", "background");
  const std::string dark_card = ColorAfter(html_, ".card{", "background");
  const std::string light_text = ColorAfter(html_, "class=\"card", ";color");
  const std::string light_muted = ColorAfter(html_, "class=\"m\"", "color");
  for (const std::string& back : {light_page, light_card}) {
    EXPECT_GE(Contrast(back, light_text), 4.5);
    EXPECT_GE(Contrast(back, light_muted), 4.5);
  }
  for (const std::string& back : {dark_page, dark_card}) {
    EXPECT_GE(Contrast(back, ColorAfter(html_, ".t{", "color")), 4.5);
    EXPECT_GE(Contrast(back, ColorAfter(html_, ".m{", "color")), 4.5);
  }
  if (!code_) return;
  EXPECT_GE(Contrast(ColorAfter(html_, "class=\"code", "background"),
                     ColorAfter(html_, "class=\"code", ";color")),
            4.5);
  EXPECT_GE(
      Contrast(ColorAfter(html_, ".code{", "background"), ColorAfter(html_, ".code{", ";color")),
      4.5);
}

TEST_P(BuiltInMail, ShowsTheCodeEarlyAndAlone) {
  if (!code_) {
    EXPECT_EQ(Count(text_, "123456"), 0u);
    return;
  }
  EXPECT_LT(text_.find("\n123456\n"), 90u);
  EXPECT_NE(html_.find(">123456</p>"), std::string::npos);
  static const std::map<std::string, std::string> kPromises = {
      {"en", "We will never ask you for this code"},
      {"de", "Wir werden Sie nie nach diesem Code fragen"},
      {"es", "Nunca te pediremos este código"},
      {"fr", "Nous ne vous demanderons jamais ce code"}};
  const std::string& promise = kPromises.at(GetParam().locale.substr(0, 2));
  EXPECT_EQ(Count(text_, promise), 1u);
  EXPECT_EQ(Count(html_, promise), 1u);
  if (GetParam().full) {
    EXPECT_TRUE(text_.ends_with("\n@acme.test #123456\n"));
  } else {
    EXPECT_EQ(Count(text_, "#"), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(All, BuiltInMail, testing::ValuesIn(kMails),
                         [](const auto& info) { return info.param.name; });

TEST(VerificationCode, SaysUntilWhenAndFromWhen) {
  const Template* code = BuiltInCatalogue().Find("", "verification_code");
  const auto english = code->Render(code->Samples(true), Acme(), "en", "");
  ASSERT_TRUE(english.ok());
  EXPECT_NE(english->text.find("Valid until 14:32 UTC (10 minutes from 14:22)."), std::string::npos)
      << english->text;
  const auto german = code->Render(code->Samples(true), Acme(), "de", "Europe/Berlin");
  EXPECT_NE(german->text.find("Gültig bis 15:32 Uhr (MEZ) (10 Minuten ab 15:22)."),
            std::string::npos)
      << german->text;
}

TEST(PasswordChanged, SaysWhoWhenWhereAndWhatToDo) {
  const Template* changed = BuiltInCatalogue().Find("", "password_changed");
  const auto mail = changed->Render(changed->Samples(), Acme(), "en", "");
  ASSERT_TRUE(mail.ok());
  for (const char* said :
       {"ada@example.com", "22 November 2026, 14:32 UTC", "Berlin, Germany", "Chrome on macOS",
        "203.0.113.7", "Not you?", "https://example.com/account/not-me", "help@acme.test"}) {
    EXPECT_NE(mail->text.find(said), std::string::npos) << said;
    EXPECT_NE(mail->html.find(said), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace posthaste::templates

// The built-in mail, as it is rendered: golden files in tests/golden/templates (UPDATE_GOLDEN=1
// rewrites them), and what every one of them must have.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

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

struct Language {
  const char* locale;
  const char* asked;  // A locale whose nearest language that we have is `locale`.
  const char* zone;
  const char* purpose;
  const char* promise;  // What every code mail says.
};

const Language kLanguages[] = {
    {"ar", "ar-EG", "Asia/Riyadh", "sign_in", "لن نطلب منك هذا الرمز أبدًا"},
    {"de", "de-AT", "Europe/Berlin", "email_verification",
     "Wir werden Sie nie nach diesem Code fragen"},
    {"en", "en", "UTC", "password_reset", "We will never ask you for this code"},
    {"es", "es-MX", "Europe/Madrid", "sign_in", "Nunca te pediremos este código"},
    {"fr", "fr-CA", "Europe/Paris", "sign_in", "Nous ne vous demanderons jamais ce code"},
    {"ja", "ja", "Asia/Tokyo", "email_verification",
     "このコードをお尋ねすることは決してありません"},
    {"pt", "pt-PT", "America/Sao_Paulo", "password_reset", "Nunca pediremos este código a você"},
};

const char* const kTitles[] = {"email_changed_new", "email_changed_old", "guesses_exhausted",
                               "mfa_changed",       "new_sign_in",       "password_changed",
                               "receipt",           "verification_code", "welcome"};

std::vector<Mail> AllMails() {
  std::vector<Mail> mails = {{"verification_code_en_sign_in", "verification_code", "en-US",
                              "America/New_York", true, "sign-in"}};
  for (const std::string title : kTitles) {
    for (const Language& language : kLanguages) {
      const std::string name = title + "_" + language.locale;
      const std::string purpose = title == "verification_code" ? language.purpose : "";
      mails.push_back({name, title, language.locale, language.zone, true, purpose});
      mails.push_back({name + "_bare", title, language.asked, "", false, ""});
    }
  }
  return mails;
}

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

// Of UTF-8.
size_t Characters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
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
  // The pages of the bare ones differ from language to language no more than the full ones do.
  if (GetParam().full || GetParam().locale == "en") ExpectGolden(GetParam().name + ".html", html_);
}

TEST_P(BuiltInMail, IsReadableEverywhere) {
  EXPECT_LT(html_.size(), 10'000u);
  EXPECT_LE(Characters(subject_), 70u);
  EXPECT_EQ(Count(html_, "<h1"), 1u);
  const std::string lang = GetParam().locale.substr(0, 2);
  const std::string dir = lang == "ar" ? "rtl" : "ltr";
  EXPECT_EQ(Count(html_, "<html lang=\"" + lang + "\" dir=\"" + dir + "\">"), 1u);
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

// And differs in nothing else from the mail without one.
TEST_P(BuiltInMail, ShowsTheLogoInThePlaceOfTheName) {
  const Template& mail = *BuiltInCatalogue().Find("", GetParam().title);
  Value::Fields brand = *Acme().object();
  const auto html = [&] {
    return mail.Render(mail.Samples(), Value::Object(brand), GetParam().locale, "")->html;
  };
  std::string without = html();
  brand["logo_image"] = LogoImage("cid:logo-1", 120, 32);
  std::string with = html();
  const std::string image =
      "<img class=\"logo\" src=\"cid:logo-1\" alt=\"Acme\" width=\"120\" height=\"32\" "
      "style=\"display:block;border:0\">";
  ASSERT_EQ(Count(with, image), 1u);
  with.replace(with.find(image), image.size(), "Acme");
  const size_t rule = with.find(".logo{");
  EXPECT_LT(with.find("@media (prefers-color-scheme:dark)"), rule);
  with.erase(rule, with.find('\n', rule) + 1 - rule);
  EXPECT_EQ(with, without);
}

TEST_P(BuiltInMail, ShowsTheCodeEarlyAndAlone) {
  if (!code_) {
    EXPECT_EQ(Count(text_, "123456"), 0u);
    return;
  }
  EXPECT_LT(text_.find("\n123456\n"), 90u);
  EXPECT_NE(html_.find(">123456</p>"), std::string::npos);
  const std::string lang = GetParam().locale.substr(0, 2);
  const std::string promise =
      std::find_if(std::begin(kLanguages), std::end(kLanguages), [&lang](const Language& language) {
        return language.locale == lang;
      })->promise;
  EXPECT_EQ(Count(text_, promise), 1u);
  EXPECT_EQ(Count(html_, promise), 1u);
  if (GetParam().full) {
    EXPECT_TRUE(text_.ends_with("\n@acme.test #123456\n"));
  } else {
    EXPECT_EQ(Count(text_, "#"), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(All, BuiltInMail, testing::ValuesIn(AllMails()),
                         [](const auto& info) { return info.param.name; });

// What a file says between its tags: no markup, no variables, no style.
std::set<std::string> Phrases(const std::string& source) {
  std::string text = source;
  for (const auto& [open, close] :
       {std::pair("{{", "}}"), std::pair("<style>", "</style>"), std::pair("<", ">")}) {
    for (size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
      const size_t end = text.find(close, at);
      if (end == std::string::npos) break;
      text.replace(at, end + std::string_view(close).size() - at, "\n");
    }
  }
  std::set<std::string> phrases;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.find_first_not_of(" :.,()\t");
    if (begin == std::string::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" :.,()\t") - begin + 1);
    const auto letters = std::count_if(line.begin(), line.end(), [](char c) {
      return std::isalpha(static_cast<unsigned char>(c)) != 0;
    });
    if (letters >= 3) phrases.insert(line);
  }
  return phrases;
}

// So that ./dev gallery draws them too.
TEST(Examples, AreWhatTheyWere) {
  const std::string name = "order_shipped";
  Files files = BuiltIn();
  const auto own = ReadFolder(std::string(PH_SOURCE_DIR "/docs/examples/templates/") + name);
  ASSERT_TRUE(own.ok()) << own.status();
  for (const auto& [path, bytes] : *own) files[name + "/" + path] = bytes;
  const auto mail = Template::Load(name, files);
  ASSERT_TRUE(mail.ok()) << mail.status();
  for (const std::string& locale : (*mail)->Locales()) {
    const Rendered rendered = (*mail)->Render((*mail)->Samples(), Acme(), locale, "").value();
    ExpectGolden(name + "_" + locale + ".txt",
                 "Subject: " + rendered.subject + "\n\n" + rendered.text);
    ExpectGolden(name + "_" + locale + ".html", rendered.html);
  }
}

TEST(BuiltInFiles, LeaveNothingInEnglish) {
  const std::set<std::string> shared = {"Subtotal", "Total"};  // As in Spanish and Portuguese.
  const Files files = BuiltIn();
  size_t compared = 0;
  for (const auto& [path, bytes] : files) {
    for (const Language& language : kLanguages) {
      const std::string folder = std::string("/") + language.locale + "/";
      const size_t at = path.find(folder);
      if (at == std::string::npos || folder == "/en/") continue;
      const auto english = files.find(path.substr(0, at) + "/en/" + path.substr(at + 4));
      ASSERT_NE(english, files.end()) << path << " has no English original";
      const std::set<std::string> said = Phrases(english->second);
      for (const std::string& phrase : Phrases(bytes)) {
        EXPECT_FALSE(said.contains(phrase) && !shared.contains(phrase)) << path << ": " << phrase;
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 6u * (std::size(kTitles) * 3 + 8));
}

TEST(VerificationCode, KeepsTheCodeLeftToRight) {
  const Template* code = BuiltInCatalogue().Find("", "verification_code");
  const auto mail = code->Render(code->Samples(), Acme(), "ar", "");
  ASSERT_TRUE(mail.ok());
  const size_t at = mail->html.rfind(kCodeMark);
  const size_t tag = mail->html.rfind('<', at);
  EXPECT_NE(mail->html.substr(tag, at - tag).find(" dir=\"ltr\""), std::string::npos);
  // "123 456" would be read as "456 123" between Arabic words.
  EXPECT_EQ(mail->html.find(kGroupedCodeMark), std::string::npos);
}

TEST(Receipt, AddsUpForTheReader) {
  const Template* receipt = BuiltInCatalogue().Find("", "receipt");
  const auto mail = receipt->Render(receipt->Samples(), Acme(), "de", "Europe/Berlin");
  ASSERT_TRUE(mail.ok());
  for (const char* said : {"Team plan, November", "87,00\u00a0€", "18,91\u00a0€", "118,41\u00a0€",
                           "22. November 2026", "R-2026-00142"}) {
    EXPECT_NE(mail->text.find(said), std::string::npos) << said;
    EXPECT_NE(mail->html.find(said), std::string::npos) << said;
  }
}

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

// Every built-in mail in every language as it leaves, byte by byte: tests/golden/mail
// (UPDATE_GOLDEN=1 rewrites it).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "smtp/message.h"
#include "templates/engine/brand.h"
#include "templates/engine/catalogue.h"
#include "templates/engine/marks.h"
#include "tests/support/temp.h"

namespace posthaste {
namespace {

constexpr char kGolden[] = PH_SOURCE_DIR "/tests/golden/mail/";

// As the service fills it in (service/worker): what differs from mail to mail is fixed here.
smtp::Message MessageOf(const templates::Rendered& rendered, const std::string& name) {
  smtp::Message message;
  message.from = {"Acme", "no-reply@acme.test"};
  message.to = {"", "ada@example.com"};
  message.date = absl::FromUnixSeconds(1'795'357'920);  // 2026-11-22T14:32:00Z, as the samples.
  message.message_id = name + "@acme.test";
  message.subject = templates::FillCode(rendered.subject, "482913");
  message.text = templates::FillCode(rendered.text, "482913");
  message.html = templates::FillCode(rendered.html, "482913");
  message.entity_ref_id = name;
  message.content_language = rendered.locale;
  return message;
}

void ExpectGolden(const std::string& name, const std::string& bytes) {
  const std::string path = kGolden + name + ".eml";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(kGolden);
    std::ofstream(path, std::ios::binary) << bytes;
  }
  EXPECT_EQ(bytes, ReadFile(path)) << "UPDATE_GOLDEN=1 rewrites " << path;
}

// A chequered PNG of 240 x 64 pixels.
constexpr char kLogo[] =
    "iVBORw0KGgoAAAANSUhEUgAAAPAAAABAAQAAAAAM5MdKAAAAJUlEQVR42mPg/4APMgxbabyy/MNXejS+R+N7"
    "NL5H43s0voeFNABY5rxuzKXijQAAAABJRU5ErkJggg==";

// The mail of `mail` in `locale`, held against its file.
void Keep(const templates::Template& mail, const std::string& locale, bool logo) {
  const templates::Value& brand =
      logo ? templates::SampleBrandWithLogo() : templates::SampleBrand();
  const auto rendered = mail.Render(mail.Samples(), brand, locale, "");
  ASSERT_TRUE(rendered.ok()) << rendered.status();
  const std::string name = mail.name() + "_" + locale + (logo ? "_logo" : "");
  smtp::Message message = MessageOf(*rendered, name);
  if (logo)
    message.attachments.push_back(
        {"logo.png", "image/png", FromBase64(kLogo).value(), "logo-of-the-sample"});
  const auto composed = smtp::Compose(message);
  ASSERT_TRUE(composed.ok()) << composed.status();
  EXPECT_LT(composed->size(), 100'000u) << name;
  ExpectGolden(name, *composed);
}

TEST(GoldenMail, IsEveryBuiltInMailInEveryLanguage) {
  const auto catalogue = templates::Catalogue::Load(templates::BuiltIn());
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  size_t mails = 0;
  for (const std::string& title : (*catalogue)->Names()) {
    const templates::Template* mail = (*catalogue)->Find("", title);
    for (const std::string& locale : mail->Locales()) {
      Keep(*mail, locale, false);
      ++mails;
    }
  }
  for (const char* title : {"verification_code", "new_sign_in"}) {
    Keep(*(*catalogue)->Find("", title), "en", true);
    ++mails;
  }
  const auto kept = std::filesystem::directory_iterator(kGolden);
  EXPECT_EQ(std::distance(begin(kept), end(kept)), static_cast<ptrdiff_t>(mails))
      << "a golden mail without a template";
}

}  // namespace
}  // namespace posthaste

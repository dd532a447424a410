// Microseconds of CPU to render and to compose one verification mail, beside ctemplate and GMime
// doing the same work in the same run.
//
// ctemplate fills in the same bytes from ready strings: our engine formats three times, asks twenty
// sections and checks every value against the schema on top. GMime writes the same headers and the
// same two parts, both quoted-printable.
#include <ctemplate/template.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "smtp/message.h"
#include "templates/engine/brand.h"
#include "templates/engine/catalogue.h"
#include "templates/engine/marks.h"

namespace posthaste {
namespace {

constexpr int kMessages = 5'000;
constexpr int kRounds = 7;

void Require(bool good) {
  if (!good) std::abort();
}

// The median of the rounds; `work` answers how many bytes it made.
void Report(const char* name, double goal, const std::function<size_t()>& work) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const std::clock_t begin = std::clock();
    size_t bytes = 0;
    for (int i = 0; i < kMessages; ++i) bytes += work();
    const std::clock_t took = std::clock() - begin;
    Require(bytes > 0);
    rounds.push_back(1e6 * static_cast<double>(took) / CLOCKS_PER_SEC / kMessages);
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-24s %6zu bytes %7.1f us (median of %d", name, work(), rounds[kRounds / 2],
              kRounds);
  std::printf(goal > 0 ? ", goal %.0f)\n" : ")\n", goal);
}

// The rendered mail with the values of its variables as ctemplate's tags.
std::string AsCtemplate(std::string text, const templates::Value& values, bool html) {
  for (const auto& [name, value] : *values.object()) {
    const std::string* said = value.string();
    if (said == nullptr || said->size() < 4) continue;
    const std::string tag = "{{" + name + (html ? ":html_escape}}" : "}}");
    for (size_t at = text.find(*said); at != std::string::npos; at = text.find(*said, at))
      text.replace(at, said->size(), tag), at += tag.size();
  }
  return text;
}

void BenchCtemplate(const templates::Rendered& rendered, const templates::Value& samples) {
  const std::string parts[] = {AsCtemplate(rendered.subject, samples, false),
                               AsCtemplate(rendered.text, samples, false),
                               AsCtemplate(rendered.html, samples, true)};
  for (size_t i = 0; i < 3; ++i) {
    ctemplate::StringToTemplateCache("part" + std::to_string(i), parts[i], ctemplate::DO_NOT_STRIP);
  }
  Report("render, ctemplate", 0, [&samples] {
    ctemplate::TemplateDictionary dictionary("mail");
    for (const auto& [name, value] : *samples.object()) {
      if (value.string() != nullptr) dictionary.SetValue(name, *value.string());
    }
    size_t bytes = 0;
    for (const char* part : {"part0", "part1", "part2"}) {
      std::string out;
      Require(ctemplate::ExpandTemplate(part, ctemplate::DO_NOT_STRIP, &dictionary, &out));
      bytes += out.size();
    }
    return bytes;
  });
}

GMimeObject* GmimePart(const char* subtype, const std::string& text) {
  GMimeTextPart* const part = g_mime_text_part_new_with_subtype(subtype);
  g_mime_text_part_set_charset(part, "utf-8");
  g_mime_text_part_set_text(part, text.c_str());
  g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  return GMIME_OBJECT(part);
}

size_t ComposeWithGmime(const smtp::Message& mail) {
  GMimeMessage* const message = g_mime_message_new(TRUE);
  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, mail.from.name.c_str(),
                             mail.from.mailbox.c_str());
  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, nullptr, mail.to.mailbox.c_str());
  g_mime_message_set_subject(message, mail.subject.c_str(), "utf-8");
  GDateTime* const date = g_date_time_new_from_unix_utc(absl::ToUnixSeconds(mail.date));
  g_mime_message_set_date(message, date);
  g_date_time_unref(date);
  g_mime_message_set_message_id(message, mail.message_id.c_str());
  GMimeObject* const root = GMIME_OBJECT(message);
  g_mime_object_set_header(root, "Auto-Submitted", "auto-generated", nullptr);
  g_mime_object_set_header(root, "X-Entity-Ref-ID", mail.entity_ref_id.c_str(), nullptr);
  g_mime_object_set_header(root, "Content-Language", mail.content_language.c_str(), nullptr);
  GMimeMultipart* const both = g_mime_multipart_new_with_subtype("alternative");
  for (GMimeObject* part : {GmimePart("plain", mail.text), GmimePart("html", mail.html)}) {
    g_mime_multipart_add(both, part);
    g_object_unref(part);
  }
  g_mime_message_set_mime_part(message, GMIME_OBJECT(both));
  g_object_unref(both);
  GMimeStream* const stream = g_mime_stream_mem_new();
  const ssize_t bytes = g_mime_object_write_to_stream(root, nullptr, stream);
  g_object_unref(stream);
  g_object_unref(message);
  Require(bytes > 0);
  return static_cast<size_t>(bytes);
}

void Run() {
  const auto catalogue = templates::Catalogue::Load(templates::BuiltIn());
  Require(catalogue.ok());
  const templates::Template* code = (*catalogue)->Find("", "verification_code");
  const templates::Value samples = code->Samples();
  const templates::Value& brand = templates::SampleBrand();
  const auto render = [&](const char* locale, const char* zone) {
    auto rendered = code->Render(samples, brand, locale, zone);
    Require(rendered.ok());
    return *std::move(rendered);
  };
  for (const auto& [locale, zone] : {std::pair("en", "UTC"), std::pair("ar", "Asia/Riyadh")}) {
    Report((std::string("render, Posthaste, ") + locale).c_str(), 20, [&, l = locale, z = zone] {
      const templates::Rendered one = render(l, z);
      return one.subject.size() + one.text.size() + one.html.size();
    });
  }
  BenchCtemplate(render("en", "UTC"), samples);

  for (const char* locale : {"en", "ar"}) {
    const templates::Rendered rendered = render(locale, "UTC");
    smtp::Message mail;
    mail.from = {"Acme", "no-reply@acme.test"};
    mail.to = {"", "ada@example.com"};
    mail.subject = rendered.subject;
    mail.date = absl::FromUnixSeconds(1'795'357'920);
    mail.message_id = "0123456789abcdef@acme.test";
    mail.text = templates::FillCode(rendered.text, "482913");
    mail.html = templates::FillCode(rendered.html, "482913");
    mail.entity_ref_id = "0123456789abcdef";
    mail.content_language = locale;
    Report((std::string("compose, Posthaste, ") + locale).c_str(), 40, [&mail] {
      const auto composed = smtp::Compose(mail);
      Require(composed.ok());
      return composed->size();
    });
    Report((std::string("compose, GMime, ") + locale).c_str(), 0,
           [&mail] { return ComposeWithGmime(mail); });
  }
}

}  // namespace
}  // namespace posthaste

int main() {
  g_mime_init();
  posthaste::Run();
  g_mime_shutdown();
  return 0;
}

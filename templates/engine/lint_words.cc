#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "templates/engine/formatters.h"
#include "templates/engine/lint_case.h"

namespace posthaste::templates {
namespace {

constexpr size_t kCodeWithin = 90;

// By language: how it is said that nobody will ask for the code. Any of the words will do; a
// language that has none here is not checked.
constexpr std::pair<std::string_view, std::string_view> kNeverAsk[] = {
    {"en", "never ask"}, {"en", "will not ask"},     {"de", "nie nach"},
    {"de", "niemals"},   {"fr", "jamais"},           {"es", "nunca"},
    {"pt", "nunca"},     {"ja", "お尋ねすることは"}, {"ja", "お聞きすることは"},
    {"ar", "لن نطلب"},   {"ar", "لا نطلب منك أبدًا"}};

// Haste is what a thief wants.
constexpr std::pair<std::string_view, std::string_view> kUrgent[] = {
    {"en", "urgent"},      {"en", "immediately"},   {"en", "act now"},
    {"en", "right away"},  {"en", "hurry"},         {"en", "final notice"},
    {"en", "last chance"}, {"de", "dringend"},      {"de", "sofort"},
    {"de", "umgehend"},    {"de", "unverzüglich"},  {"fr", "urgent"},
    {"fr", "urgence"},     {"fr", "immédiatement"}, {"fr", "sans attendre"},
    {"es", "urgente"},     {"es", "de inmediato"},  {"es", "inmediatamente"},
    {"pt", "urgente"},     {"pt", "imediatamente"}, {"ja", "至急"},
    {"ja", "緊急"},        {"ja", "今すぐ"},        {"ar", "عاجل"},
    {"ar", "فورًا"},        {"ar", "على الفور"}};

std::string Language(const std::string& locale) {
  const std::vector<std::string> chain = LocaleChain(locale);
  return chain.empty() ? "" : chain.back();
}

std::string Lower(std::string text) {
  absl::AsciiStrToLower(&text);
  return text;
}

// Whether `word` stands in `text` as a word of its own; languages without blanks: anywhere.
bool HasWord(std::string_view text, std::string_view word) {
  const auto letter = [&text](size_t at) {
    return at < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[at]));
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (!(at > 0 && letter(at - 1)) && !letter(at + word.size())) return true;
  }
  return false;
}

void LintCodeFirst(const LintCase& one) {
  const std::string line = fmt::format("\n{}\n", kLintCode);
  const size_t at = ("\n" + one.text).find(line);
  if (at == std::string::npos) {
    one.Find("code-first", "body.txt", "the code stands alone on no line");
  } else if (static_cast<size_t>(std::count_if(one.text.begin(),
                                               one.text.begin() + static_cast<ptrdiff_t>(at),
                                               [](char c) { return (c & 0xc0) != 0x80; })) +
                 kLintCode.size() >
             kCodeWithin) {
    one.Find("code-first", "body.txt",
             fmt::format("the code does not stand in the first {} characters", kCodeWithin));
  }
}

// The samples as a reader of this language sees them; "" if the template declares no such thing.
std::string Shown(const LintCase& one, const char* name, Type type, Formatter formatter) {
  const auto found = one.mail.variables().find(name);
  if (found == one.mail.variables().end() || found->second.type != type) return "";
  Reader reader;
  reader.locale = &FindLocale(one.locale);
  const absl::StatusOr<std::string> text = Format(formatter, found->second.sample, reader);
  return text.ok() ? *text : "";
}

void LintExpiry(const LintCase& one) {
  const std::string time = Shown(one, "expire_time", Type::kTime, Formatter::kTime);
  const std::string span = Shown(one, "ttl", Type::kDuration, Formatter::kDuration);
  const std::string minutes = Shown(one, "ttl", Type::kDuration, Formatter::kMinutes);
  const std::pair<const char*, std::string> parts[] = {{"body.txt", one.text},
                                                       {"body.html", one.page.Visible()}};
  for (const auto& [part, text] : parts) {
    if (time.empty() || text.find(time) == std::string::npos)
      one.Find("expiry", part, "does not say {{expire_time | time}}, which a reader can check");
    if (span.empty() ||
        (text.find(span) == std::string::npos && text.find(minutes) == std::string::npos))
      one.Find("expiry", part, "does not say {{ttl | duration}}");
  }
}

void LintAutofill(const LintCase& one) {
  if (!one.full) return;  // Without a site there is nothing to bind the code to.
  std::string text = one.text;
  absl::StripTrailingAsciiWhitespace(&text);
  const std::string last = text.substr(text.rfind('\n') + 1);
  if (last != fmt::format("@example.com #{}", kLintCode))
    one.Find("autofill", "body.txt", "the last line is not '@{{site_domain}} #{{code}}'");
}

void LintNeverAsk(const LintCase& one) {
  const std::string language = Language(one.locale);
  const std::pair<const char*, std::string> parts[] = {{"body.txt", Lower(one.text)},
                                                       {"body.html", Lower(one.page.Visible())}};
  for (const auto& [part, text] : parts) {
    bool known = false, said = false;
    for (const auto& [tongue, words] : kNeverAsk) {
      known = known || tongue == language;
      said = said || (tongue == language && text.find(words) != std::string::npos);
    }
    if (known && !said)
      one.Find("never-ask", part, "does not say that nobody will ask for the code");
  }
}

void LintUrgency(const LintCase& one) {
  const std::string language = Language(one.locale);
  const std::pair<const char*, std::string> parts[] = {{"subject.txt", Lower(one.subject)},
                                                       {"body.txt", Lower(one.text)},
                                                       {"body.html", Lower(one.page.Visible())}};
  for (const auto& [part, text] : parts) {
    for (const auto& [tongue, word] : kUrgent) {
      if (tongue == language && HasWord(text, word))
        one.Find("urgency", part, fmt::format("'{}' makes haste", word));
    }
  }
}

// Who, when, where, and whom to tell.
void LintNoticeFacts(const LintCase& one) {
  if (!one.full) return;
  const std::pair<const char*, Medium> parts[] = {{"body.txt", Medium::kText},
                                                  {"body.html", Medium::kHtml}};
  for (const auto& [part, medium] : parts) {
    const std::set<std::string>& used = one.mail.Used(one.locale, medium);
    const auto any = [&used](std::initializer_list<const char*> names) {
      return std::any_of(names.begin(), names.end(),
                         [&used](const char* name) { return used.contains(name); });
    };
    bool when = false;
    for (const auto& [name, variable] : one.mail.variables())
      when = when || (variable.type == Type::kTime && used.contains(name));
    if (!any({"account_label", "first_name", "old_email", "new_email"}))
      one.Find("notice-facts", part, "does not say whose account it is about (account_label)");
    if (!when) one.Find("notice-facts", part, "does not say when it happened");
    if (!any({"device_label", "location_label", "ip_address"}))
      one.Find("notice-facts", part,
               "does not say where from (device_label, location_label, ip_address)");
    if (!any({"not_me_url", "support_contact"}))
      one.Find("notice-facts", part, "does not say whom to tell (not_me_url, support_contact)");
  }
}

}  // namespace

void LintWords(const LintCase& one) {
  if (one.mail.mail_class() == MailClass::kCode) {
    LintCodeFirst(one);
    LintExpiry(one);
    LintAutofill(one);
    LintNeverAsk(one);
  }
  if (one.mail.mail_class() == MailClass::kNotice) LintNoticeFacts(one);
  LintUrgency(one);
}

}  // namespace posthaste::templates

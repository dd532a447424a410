#include "templates/engine/locales.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace posthaste::templates {
namespace {

Plural OneOrOther(int64_t n) { return n == 1 ? Plural::kOne : Plural::kOther; }

Plural OneUpToOne(int64_t n) { return n <= 1 ? Plural::kOne : Plural::kOther; }
Plural AlwaysOther(int64_t) { return Plural::kOther; }
Plural ArabicPlural(int64_t n) {
  if (n == 1) return Plural::kOne;
  if (n == 2) return Plural::kTwo;
  if (n % 100 >= 3 && n % 100 <= 10) return Plural::kFew;
  return n % 100 >= 11 ? Plural::kMany : Plural::kOther;
}

constexpr std::array<std::string_view, 12> kEnglishMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> kGermanMonths = {
    "Januar", "Februar", "März",      "April",   "Mai",      "Juni",
    "Juli",   "August",  "September", "Oktober", "November", "Dezember"};

constexpr std::array<std::string_view, 12> kFrenchMonths = {
    "janvier", "février", "mars",      "avril",   "mai",      "juin",
    "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
constexpr std::array<std::string_view, 12> kSpanishMonths = {
    "enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
    "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};
constexpr std::array<std::string_view, 12> kPortugueseMonths = {
    "janeiro", "fevereiro", "março",    "abril",   "maio",     "junho",
    "julho",   "agosto",    "setembro", "outubro", "novembro", "dezembro"};
constexpr std::array<std::string_view, 12> kJapaneseMonths = {
    "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"};
constexpr std::array<std::string_view, 12> kArabicMonths = {"يناير",  "فبراير", "مارس",   "أبريل",
                                                            "مايو",   "يونيو",  "يوليو",  "أغسطس",
                                                            "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"};

constexpr std::pair<std::string_view, std::string_view> kJapaneseZones[] = {{"JST", "日本時間"}};
constexpr std::pair<std::string_view, std::string_view> kGermanZones[] = {
    {"CET", "MEZ"},   {"CEST", "MESZ"}, {"EET", "OEZ"},
    {"EEST", "OESZ"}, {"WET", "WEZ"},   {"WEST", "WESZ"}};

// The dollar of the others is told from one's own.
constexpr std::pair<std::string_view, std::string_view> kFrenchSigns[] = {
    {"USD", "$US"}, {"CAD", "$CA"}, {"AUD", "$AU"}, {"NZD", "$NZ"}, {"MXN", "$MX"}, {"GBP", "£"}};
constexpr std::pair<std::string_view, std::string_view> kIberianSigns[] = {{"USD", "US$"}};
constexpr std::pair<std::string_view, std::string_view> kJapaneseSigns[] = {{"JPY", "￥"},
                                                                            {"CNY", "元"}};
constexpr std::pair<std::string_view, std::string_view> kArabicSigns[] = {{"USD", "US$"}};

constexpr NumberShape kEnglishNumber = {".", ",", 1, true, false, ""};
constexpr NumberShape kGermanNumber = {",", ".", 1, false, true, ""};
constexpr NumberShape kFrenchNumber = {",", "\u202f", 1, false, true, ""};
constexpr NumberShape kSpanishNumber = {",", ".", 2, false, true, ""};
constexpr NumberShape kPortugueseNumber = {",", ".", 1, true, true, ""};
constexpr NumberShape kArabicNumber = {".", ",", 1, false, true, "\u200f"};

constexpr Unit OneOther(std::string_view one, std::string_view other) {
  return Unit{{one, "", "", "", other}};
}

const LocaleData kLocales[] = {
    {"en",
     OneOrOther,
     kEnglishMonths,
     "{d} {m} {y}",
     "%H:%M",
     "{c} {z}",
     OneOther("{} second", "{} seconds"),
     OneOther("{} minute", "{} minutes"),
     OneOther("{} hour", "{} hours"),
     OneOther("{} day", "{} days"),
     {},
     kEnglishNumber},
    {"en-US",
     OneOrOther,
     kEnglishMonths,
     "{m} {d}, {y}",
     "%-I:%M %p",
     "{c} {z}",
     OneOther("{} second", "{} seconds"),
     OneOther("{} minute", "{} minutes"),
     OneOther("{} hour", "{} hours"),
     OneOther("{} day", "{} days"),
     {},
     kEnglishNumber},
    {"de", OneOrOther, kGermanMonths, "{d}. {m} {y}", "%H:%M", "{c} Uhr ({z})",
     OneOther("{} Sekunde", "{} Sekunden"), OneOther("{} Minute", "{} Minuten"),
     OneOther("{} Stunde", "{} Stunden"), OneOther("{} Tag", "{} Tage"), kGermanZones,
     kGermanNumber},
    {"fr",
     OneUpToOne,
     kFrenchMonths,
     "{d} {m} {y}",
     "%H:%M",
     "{c} {z}",
     OneOther("{} seconde", "{} secondes"),
     OneOther("{} minute", "{} minutes"),
     OneOther("{} heure", "{} heures"),
     OneOther("{} jour", "{} jours"),
     {},
     kFrenchNumber,
     kFrenchSigns},
    {"es",
     OneOrOther,
     kSpanishMonths,
     "{d} de {m} de {y}",
     "%-H:%M",
     "{c} {z}",
     OneOther("{} segundo", "{} segundos"),
     OneOther("{} minuto", "{} minutos"),
     OneOther("{} hora", "{} horas"),
     OneOther("{} día", "{} días"),
     {},
     kSpanishNumber,
     kIberianSigns},
    {"pt",
     OneUpToOne,
     kPortugueseMonths,
     "{d} de {m} de {y}",
     "%H:%M",
     "{c} {z}",
     OneOther("{} segundo", "{} segundos"),
     OneOther("{} minuto", "{} minutos"),
     OneOther("{} hora", "{} horas"),
     OneOther("{} dia", "{} dias"),
     {},
     kPortugueseNumber,
     kIberianSigns},
    {"ja", AlwaysOther, kJapaneseMonths, "{y}年{m}{d}日", "%-H:%M", "{c}（{z}）",
     OneOther("", "{} 秒"), OneOther("", "{} 分"), OneOther("", "{} 時間"), OneOther("", "{} 日"),
     kJapaneseZones, kEnglishNumber, kJapaneseSigns},
    // Digits as in the code; one and two are said without a number.
    {"ar",
     ArabicPlural,
     kArabicMonths,
     "{d} {m} {y}",
     "%H:%M",
     "{c} ({z})",
     Unit{{"ثانية", "ثانيتان", "{} ثوانٍ", "{} ثانية", "{} ثانية"}},
     Unit{{"دقيقة", "دقيقتان", "{} دقائق", "{} دقيقة", "{} دقيقة"}},
     Unit{{"ساعة", "ساعتان", "{} ساعات", "{} ساعة", "{} ساعة"}},
     Unit{{"يوم", "يومان", "{} أيام", "{} يومًا", "{} يوم"}},
     {},
     kArabicNumber,
     kArabicSigns},
};

bool IsTag(std::string_view tag) {
  if (tag.empty() || tag.size() > 35) return false;
  size_t run = 0;
  for (const char c : tag) {
    if (c == '-' || c == '_') {
      if (run == 0) return false;
      run = 0;
    } else if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) || ++run > 8) {
      return false;
    }
  }
  return run > 0 && absl::ascii_isalpha(static_cast<unsigned char>(tag[0]));
}

}  // namespace

std::string NormalLocale(std::string_view tag) {
  if (!IsTag(tag)) return "";
  std::string normal(tag);
  absl::AsciiStrToLower(&normal);
  std::replace(normal.begin(), normal.end(), '_', '-');
  // RFC 5646 2.1.1: regions upper case, scripts title case, the rest lower case.
  for (size_t begin = normal.find('-'); begin != std::string::npos;) {
    const size_t end = normal.find('-', begin + 1);
    const size_t size = (end == std::string::npos ? normal.size() : end) - begin - 1;
    const size_t upper = size == 2 ? 2 : size == 4 ? 1 : 0;
    for (size_t i = 0; i < upper; ++i) {
      normal[begin + 1 + i] =
          absl::ascii_toupper(static_cast<unsigned char>(normal[begin + 1 + i]));
    }
    begin = end;
  }
  return normal;
}

std::vector<std::string> LocaleChain(std::string_view tag) {
  std::vector<std::string> chain;
  std::string rest = NormalLocale(tag);
  while (!rest.empty()) {
    chain.push_back(rest);
    const size_t cut = rest.rfind('-');
    rest.resize(cut == std::string::npos ? 0 : cut);
  }
  return chain;
}

const LocaleData& FindLocale(std::string_view tag) {
  for (const std::string& candidate : LocaleChain(tag)) {
    for (const LocaleData& data : kLocales) {
      if (data.tag == candidate) return data;
    }
  }
  return kLocales[0];
}

std::string_view Direction(std::string_view tag) {
  const std::vector<std::string> chain = LocaleChain(tag);
  if (chain.empty()) return "ltr";
  static constexpr std::string_view kRightToLeft[] = {"ar", "he", "fa", "ur", "ps",
                                                      "sd", "ug", "yi", "dv", "ckb"};
  const bool found = std::find(std::begin(kRightToLeft), std::end(kRightToLeft), chain.back()) !=
                     std::end(kRightToLeft);
  const bool latin = tag.find("Latn") != std::string_view::npos;
  return found && !latin ? "rtl" : "ltr";
}

}  // namespace posthaste::templates

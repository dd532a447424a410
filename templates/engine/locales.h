// What we know of languages: names of months, units with their plural forms, the shape of a time. A
// language more is a row more in locales.cc.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthaste::templates {

// The plural categories of CLDR that a unit may need, in the order of Unit::forms.
enum class Plural { kOne, kTwo, kFew, kMany, kOther };

// "{}" stands for the number: {"{} minute", "", "", "", "{} minutes"}. An empty form is read as the
// last one.
struct Unit {
  std::array<std::string_view, 5> forms;
};

// How numbers and money are written (CLDR's standard patterns, digits 0 to 9).
struct NumberShape {
  std::string_view decimal, group;
  size_t group_from = 1;    // Digits before the first group's: Spanish writes 1234 but 12 345.
  bool sign_first = false;  // "€12.90" or "12,90 €".
  bool sign_apart = false;  // A no-break space after the sign; it always stands before one.
  std::string_view before_money;  // Arabic: a mark that keeps sum and sign in order.
};

struct LocaleData {
  std::string_view tag;                     // BCP 47: "en", "en-US".
  Plural (*plural)(int64_t);                // CLDR's rule for whole numbers.
  std::array<std::string_view, 12> months;  // As they stand in a date.
  std::string_view date;                    // {d} day, {m} month's name, {y} year.
  std::string_view clock;                   // absl::FormatTime: "%H:%M" or "%-I:%M %p".
  std::string_view time;                    // {c} clock, {z} zone.
  Unit second, minute, hour, day;
  std::span<const std::pair<std::string_view, std::string_view>>
      zones;  // Zone names that differ from tz's abbreviations.
  NumberShape number;
  std::span<const std::pair<std::string_view, std::string_view>> signs =
      {};  // Of currencies, where they are not the international ones.
};

// The data of `tag` or of its nearest parent ("de-AT" → "de"); English if we have none. Never null.
const LocaleData& FindLocale(std::string_view tag);

// "pt_br" → "pt-BR"; "" for what is no language tag (letters and digits in subtags of 1 to 8, at
// most 35 bytes).
std::string NormalLocale(std::string_view tag);

// `tag` and its parents, nearest first: "zh-Hant-TW" → {"zh-Hant-TW", "zh-Hant", "zh"}. Empty for
// "".
std::vector<std::string> LocaleChain(std::string_view tag);

// "rtl" for languages and scripts written from right to left, else "ltr".
std::string_view Direction(std::string_view tag);

}  // namespace posthaste::templates

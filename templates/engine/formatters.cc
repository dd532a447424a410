#include "templates/engine/formatters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "templates/engine/contrast.h"
#include "templates/engine/escape.h"
#include "templates/engine/money.h"

namespace posthaste::templates {
namespace {

std::string Replaced(std::string_view pattern,
                     std::initializer_list<std::pair<std::string_view, std::string>> parts) {
  std::string out(pattern);
  for (const auto& [key, text] : parts) {
    const size_t at = out.find(key);
    if (at != std::string::npos) out.replace(at, key.size(), text);
  }
  return out;
}

// "CET", or its name in the reader's language; zones without letters as "UTC+5:30".
std::string ZoneName(absl::Time time, const Reader& reader) {
  const absl::TimeZone::CivilInfo info = reader.zone.At(time);
  const std::string_view abbreviation = info.zone_abbr;
  for (const auto& [name, local] : reader.locale->zones) {
    if (name == abbreviation) return std::string(local);
  }
  if (!abbreviation.empty() && absl::ascii_isalpha(static_cast<unsigned char>(abbreviation[0]))) {
    return std::string(abbreviation);
  }
  const int minutes = std::abs(info.offset) / 60;
  std::string name = fmt::format("UTC{}{}", info.offset < 0 ? '-' : '+', minutes / 60);
  if (minutes % 60 != 0) name += fmt::format(":{:02}", minutes % 60);
  return name;
}

std::string Clock(absl::Time time, const Reader& reader) {
  return absl::FormatTime(std::string(reader.locale->clock), time, reader.zone);
}

std::string Date(absl::Time time, const Reader& reader) {
  const absl::CivilDay day = absl::ToCivilDay(time, reader.zone);
  return Replaced(
      reader.locale->date,
      {{"{d}", std::to_string(day.day())},
       {"{m}", std::string(reader.locale->months[static_cast<size_t>(day.month() - 1)])},
       {"{y}", std::to_string(day.year())}});
}

std::string Count(int64_t n, const Unit& unit, const LocaleData& locale) {
  std::string_view form = unit.forms[static_cast<size_t>(locale.plural(n))];
  if (form.empty()) form = unit.forms.back();
  return Replaced(form, {{"{}", std::to_string(n)}});
}

// Rounded down: a promise of time is never longer than the time.
std::string Span(absl::Duration span, const LocaleData& locale) {
  const int64_t seconds = absl::ToInt64Seconds(span);
  if (seconds < 60) return Count(seconds, locale.second, locale);
  if (seconds >= 3 * 86'400 || seconds == 2 * 86'400) {
    return Count(seconds / 86'400, locale.day, locale);
  }
  if (seconds % 3'600 == 0 || seconds >= 6 * 3'600)
    return Count(seconds / 3'600, locale.hour, locale);
  return Count(seconds / 60, locale.minute, locale);
}

std::string Readable(const std::string& color) {
  return Contrast(color, "#ffffff") >= Contrast(color, "#111111") ? "#ffffff" : "#111111";
}

}  // namespace

std::optional<Formatter> FindFormatter(std::string_view name) {
  static constexpr std::pair<std::string_view, Formatter> kNames[] = {
      {"time", Formatter::kTime},         {"clock", Formatter::kClock},
      {"date", Formatter::kDate},         {"minutes", Formatter::kMinutes},
      {"duration", Formatter::kDuration}, {"grouped", Formatter::kGrouped},
      {"money", Formatter::kMoney},       {"number", Formatter::kNumber},
      {"readable", Formatter::kReadable}};
  for (const auto& [known, formatter] : kNames) {
    if (known == name) return formatter;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> Format(Formatter formatter, const Value& value, const Reader& reader) {
  switch (formatter) {
    case Formatter::kTime:
    case Formatter::kClock:
    case Formatter::kDate: {
      const std::optional<absl::Time> time = ParseTime(value);
      if (!time) return absl::InvalidArgumentError("is no time like 2026-11-22T14:32:00Z");
      if (formatter == Formatter::kDate) return Date(*time, reader);
      if (formatter == Formatter::kClock) return Clock(*time, reader);
      return Replaced(reader.locale->time,
                      {{"{c}", Clock(*time, reader)}, {"{z}", ZoneName(*time, reader)}});
    }
    case Formatter::kMinutes:
    case Formatter::kDuration: {
      const std::optional<absl::Duration> span = ParseDuration(value);
      if (!span) return absl::InvalidArgumentError("is no duration like 600s");
      if (formatter == Formatter::kDuration) return Span(*span, *reader.locale);
      const int64_t minutes = std::max<int64_t>(1, absl::ToInt64Minutes(*span));
      return Count(minutes, reader.locale->minute, *reader.locale);
    }
    case Formatter::kReadable:
      if (value.string() == nullptr || !IsColor(*value.string())) {
        return absl::InvalidArgumentError("is no colour like #1a73e8");
      }
      return Readable(*value.string());
    case Formatter::kMoney: {
      const std::string* const text = value.string();
      const std::optional<Money> money = text == nullptr ? std::nullopt : ParseMoney(*text);
      if (!money) return absl::InvalidArgumentError("is no amount like 12.90 EUR");
      return FormatMoney(*money, *reader.locale);
    }
    case Formatter::kNumber:
      if (value.number() == nullptr) return absl::InvalidArgumentError("is no number");
      return FormatNumber(*value.number(), *reader.locale);
    case Formatter::kGrouped:
      return absl::InvalidArgumentError("is not the code, which alone can be grouped");
    case Formatter::kNone:
      break;
  }
  if (const std::string* text = value.string()) return *text;
  if (const double* number = value.number()) return NumberText(*number);
  if (const bool* flag = value.boolean()) return std::string(*flag ? "true" : "false");
  return std::string();
}

absl::StatusOr<std::string_view> Writer::Write(Formatter formatter, const Value& value) {
  if (formatter == Formatter::kNone && value.string() != nullptr)
    return std::string_view(*value.string());
  for (const Written& one : written_) {
    if (one.value == &value && one.formatter == formatter) return std::string_view(one.text);
  }
  absl::StatusOr<std::string> text = Format(formatter, value, reader_);
  if (!text.ok()) return text.status();
  written_.push_back({&value, formatter, *std::move(text)});
  return std::string_view(written_.back().text);
}

std::optional<absl::Time> ParseTime(const Value& value) {
  const std::string* text = value.string();
  absl::Time time;
  if (text == nullptr || text->size() > 40 || text->empty() ||
      !absl::ascii_isdigit(static_cast<unsigned char>(text->front())) ||
      !absl::ParseTime(absl::RFC3339_full, *text, &time, nullptr)) {
    return std::nullopt;
  }
  const int64_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (year < 1 || year > 9999) return std::nullopt;
  return time;
}

std::optional<absl::Duration> ParseDuration(const Value& value) {
  double seconds = 0;
  if (const double* number = value.number()) {
    seconds = *number;
  } else if (const std::string* text = value.string()) {
    if (text->size() < 2 || text->size() > 32 || text->back() != 's' ||
        text->find_first_not_of("0123456789.") != text->size() - 1 ||
        !absl::SimpleAtod(text->substr(0, text->size() - 1), &seconds)) {
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  if (!(seconds >= 0 && seconds <= 10 * 366.0 * 86'400)) return std::nullopt;
  return absl::Seconds(seconds);
}

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  if (name.empty() || name == "UTC") return absl::UTCTimeZone();
  const bool odd = name.size() > 64 || name.find("..") != std::string_view::npos ||
                   name.front() == '/' || !std::all_of(name.begin(), name.end(), [](char c) {
                     return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                            std::string_view("_+-/").find(c) != std::string_view::npos;
                   });
  absl::TimeZone zone;
  if (odd || name == "localtime" || !absl::LoadTimeZone(std::string(name), &zone)) {
    return absl::InvalidArgumentError("unknown time zone");
  }
  return zone;
}

}  // namespace posthaste::templates

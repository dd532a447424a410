// The formatters of a tag, `{{expire_time | time}}`: how a time, a duration, a sum, a colour is
// written for the recipient.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "templates/engine/locales.h"
#include "templates/engine/value.h"

namespace posthaste::templates {

enum class Formatter {
  kNone,
  kTime,      // A time as a clock time with its zone: "14:32 UTC", "14:32 Uhr (MEZ)".
  kClock,     // A time as a clock time alone, where the zone has just been said: "14:22".
  kDate,      // A time as a date: "22 November 2026", "22. November 2026".
  kMinutes,   // A duration in whole minutes, rounded down, at least one: "10 minutes".
  kDuration,  // A duration in its largest whole unit: "10 minutes", "1 hour", "3 days"; rounded
              // down.
  kMoney,     // An amount with its currency: "€12.90", "12,90 €".
  kNumber,    // A number with the separators of the language: "1,234.5".
  kGrouped,   // The code in groups; only for `code`.
  kReadable,  // A colour: "#ffffff" or "#111111", whichever is read more easily on it (WCAG 2
              // contrast).
};

// By the name that stands in the tag; nothing for an unknown one.
std::optional<Formatter> FindFormatter(std::string_view name);

// For whom something is written.
struct Reader {
  const LocaleData* locale = &FindLocale("en");
  absl::TimeZone zone = absl::UTCTimeZone();
};

// INVALID_ARGUMENT if the value is not of the formatter's kind.
absl::StatusOr<std::string> Format(Formatter formatter, const Value& value, const Reader& reader);

// Writes the values of one mail for one reader; a time that stands in it six times is formatted
// once.
class Writer {
 public:
  explicit Writer(const Reader& reader) : reader_(reader) {}

  // As Format. Good as long as this is. REQUIRES: `value` stays where it is.
  absl::StatusOr<std::string_view> Write(Formatter formatter, const Value& value);

 private:
  struct Written {
    const Value* value;
    Formatter formatter;
    std::string text;
  };

  const Reader reader_;
  std::deque<Written> written_;
};

// A time as the API writes it: RFC 3339 with zone. Nothing for anything else, and for years beyond
// 0001 to 9999.
std::optional<absl::Time> ParseTime(const Value& value);

// A duration: "600s", "0.5s" (Protobuf's JSON) or a number of seconds. From 0 to 10 years.
std::optional<absl::Duration> ParseDuration(const Value& value);

// An IANA zone name; "" is UTC. INVALID_ARGUMENT "unknown time zone": also for what would name a
// file.
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);

}  // namespace posthaste::templates

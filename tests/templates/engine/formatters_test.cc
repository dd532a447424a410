#include "templates/engine/formatters.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

constexpr char kWinter[] = "2026-11-22T14:32:00Z";
constexpr char kSummer[] = "2026-07-01T14:32:00Z";

std::string Written(Formatter formatter, const Value& value, std::string_view locale = "en",
                    std::string_view zone = "UTC") {
  Reader reader;
  reader.locale = &FindLocale(locale);
  const absl::StatusOr<absl::TimeZone> loaded = LoadZone(zone);
  if (!loaded.ok()) return std::string(loaded.status().message());
  reader.zone = *loaded;
  const absl::StatusOr<std::string> text = Format(formatter, value, reader);
  return text.ok() ? *text : std::string(text.status().message());
}

TEST(TimeFormatter, SaysTheZone) {
  EXPECT_EQ(Written(Formatter::kTime, kWinter), "14:32 UTC");
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "de"), "14:32 Uhr (UTC)");
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "en-US", "America/New_York"), "9:32 AM EST");
}

TEST(TimeFormatter, FollowsDaylightSavingTime) {
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "en", "Europe/Berlin"), "15:32 CET");
  EXPECT_EQ(Written(Formatter::kTime, kSummer, "en", "Europe/Berlin"), "16:32 CEST");
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "de", "Europe/Berlin"), "15:32 Uhr (MEZ)");
  EXPECT_EQ(Written(Formatter::kTime, kSummer, "de", "Europe/Berlin"), "16:32 Uhr (MESZ)");
  // The hour that happens twice: told apart by the zone alone.
  EXPECT_EQ(Written(Formatter::kTime, "2026-10-25T00:30:00Z", "en", "Europe/Berlin"), "02:30 CEST");
  EXPECT_EQ(Written(Formatter::kTime, "2026-10-25T01:30:00Z", "en", "Europe/Berlin"), "02:30 CET");
}

TEST(TimeFormatter, WritesZonesWithoutLettersAsOffsets) {
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "en", "America/Sao_Paulo"), "11:32 UTC-3");
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "en", "Asia/Kathmandu"), "20:17 UTC+5:45");
}

TEST(ClockFormatter, LeavesTheZoneOut) {
  EXPECT_EQ(Written(Formatter::kClock, kWinter), "14:32");
  EXPECT_EQ(Written(Formatter::kClock, kWinter, "en-US"), "2:32 PM");
}

TEST(DateFormatter, IsTheDayWhereTheReaderIs) {
  EXPECT_EQ(Written(Formatter::kDate, kWinter), "22 November 2026");
  EXPECT_EQ(Written(Formatter::kDate, kWinter, "en-US"), "November 22, 2026");
  EXPECT_EQ(Written(Formatter::kDate, "2026-03-01T23:30:00Z", "de", "Europe/Berlin"),
            "2. März 2026");
}

TEST(Formatters, WriteTimesAndDatesAsEachLanguageDoes) {
  const auto time = [](const char* locale) { return Written(Formatter::kTime, kWinter, locale); };
  const auto date = [](const char* locale) { return Written(Formatter::kDate, kWinter, locale); };
  EXPECT_EQ(time("fr"), "14:32 UTC");
  EXPECT_EQ(date("fr"), "22 novembre 2026");
  EXPECT_EQ(time("es-MX"), "14:32 UTC");
  EXPECT_EQ(date("es"), "22 de noviembre de 2026");
  EXPECT_EQ(date("pt-BR"), "22 de novembro de 2026");
  EXPECT_EQ(date("ja"), "2026年11月22日");
  EXPECT_EQ(Written(Formatter::kTime, kWinter, "ja", "Asia/Tokyo"), "23:32（日本時間）");
  EXPECT_EQ(time("ar"), "14:32 (UTC)");
  EXPECT_EQ(date("ar"), "22 نوفمبر 2026");
}

TEST(DurationFormatter, HasThePluralsOfEachLanguage) {
  const auto minutes = [](int count, const char* locale) {
    return Written(Formatter::kMinutes, 60 * count, locale);
  };
  EXPECT_EQ(minutes(10, "fr"), "10 minutes");
  EXPECT_EQ(minutes(1, "es"), "1 minuto");
  EXPECT_EQ(minutes(10, "pt"), "10 minutos");
  EXPECT_EQ(minutes(10, "ja"), "10 分");
  EXPECT_EQ(minutes(1, "ja"), "1 分");
  EXPECT_EQ(minutes(1, "ar"), "دقيقة");
  EXPECT_EQ(minutes(2, "ar"), "دقيقتان");
  EXPECT_EQ(minutes(10, "ar"), "10 دقائق");
  EXPECT_EQ(minutes(15, "ar"), "15 دقيقة");
  EXPECT_EQ(Written(Formatter::kDuration, 0, "fr"), "0 seconde");
  EXPECT_EQ(Written(Formatter::kDuration, 3 * 86'400, "ar"), "3 أيام");
  EXPECT_EQ(Written(Formatter::kDuration, 14 * 86'400, "ar"), "14 يومًا");
  EXPECT_EQ(Written(Formatter::kDuration, 100 * 86'400, "ar"), "100 يوم");
}

TEST(MinutesFormatter, HasSingularAndPlural) {
  EXPECT_EQ(Written(Formatter::kMinutes, "600s"), "10 minutes");
  EXPECT_EQ(Written(Formatter::kMinutes, "60s"), "1 minute");
  EXPECT_EQ(Written(Formatter::kMinutes, "600s", "de"), "10 Minuten");
  EXPECT_EQ(Written(Formatter::kMinutes, "60s", "de"), "1 Minute");
  EXPECT_EQ(Written(Formatter::kMinutes, 900), "15 minutes");
}

TEST(MinutesFormatter, NeverPromisesMoreThanThereIs) {
  EXPECT_EQ(Written(Formatter::kMinutes, "119.9s"), "1 minute");
  EXPECT_EQ(Written(Formatter::kMinutes, "20s"), "1 minute");
}

TEST(DurationFormatter, TakesTheLargestWholeUnit) {
  EXPECT_EQ(Written(Formatter::kDuration, "45s"), "45 seconds");
  EXPECT_EQ(Written(Formatter::kDuration, "600s"), "10 minutes");
  EXPECT_EQ(Written(Formatter::kDuration, "3600s"), "1 hour");
  EXPECT_EQ(Written(Formatter::kDuration, "5400s"), "90 minutes");
  EXPECT_EQ(Written(Formatter::kDuration, "86400s"), "24 hours");
  EXPECT_EQ(Written(Formatter::kDuration, "259200s"), "3 days");
  EXPECT_EQ(Written(Formatter::kDuration, "259200s", "de"), "3 Tage");
  EXPECT_EQ(Written(Formatter::kDuration, "3600s", "de"), "1 Stunde");
}

TEST(ReadableFormatter, ChoosesWhatContrastsMore) {
  EXPECT_EQ(Written(Formatter::kReadable, "#3b5bdb"), "#ffffff");
  EXPECT_EQ(Written(Formatter::kReadable, "#ffd43b"), "#111111");
  EXPECT_EQ(Written(Formatter::kReadable, "#000000"), "#ffffff");
}

TEST(Formatters, RefuseValuesOfAnotherKind) {
  EXPECT_EQ(Written(Formatter::kTime, "yesterday"), "is no time like 2026-11-22T14:32:00Z");
  EXPECT_EQ(Written(Formatter::kTime, 5), "is no time like 2026-11-22T14:32:00Z");
  EXPECT_EQ(Written(Formatter::kTime, "infinite-future"), "is no time like 2026-11-22T14:32:00Z");
  EXPECT_EQ(Written(Formatter::kMinutes, "10 min"), "is no duration like 600s");
  EXPECT_EQ(Written(Formatter::kMinutes, "-5s"), "is no duration like 600s");
  EXPECT_EQ(Written(Formatter::kMinutes, true), "is no duration like 600s");
  EXPECT_EQ(Written(Formatter::kReadable, "red"), "is no colour like #1a73e8");
}

TEST(ParseTime, NeedsAZone) {
  EXPECT_TRUE(ParseTime("2026-11-22T14:32:00.5+01:00"));
  EXPECT_FALSE(ParseTime("2026-11-22T14:32:00"));
  EXPECT_FALSE(ParseTime("2026-02-30T00:00:00Z"));
}

TEST(LoadZone, TakesNamesAndNoFiles) {
  EXPECT_TRUE(LoadZone("").ok());
  EXPECT_TRUE(LoadZone("Europe/Berlin").ok());
  for (const char* name : {"/etc/passwd", "../../etc/passwd", "Europe/../UTC", "Nowhere/City",
                           "localtime", "file:x", "UTC\n"}) {
    EXPECT_FALSE(LoadZone(name).ok()) << name;
  }
}

TEST(FindFormatter, KnowsNoOthers) {
  EXPECT_EQ(FindFormatter("time"), Formatter::kTime);
  EXPECT_EQ(FindFormatter("raw"), std::nullopt);
}

TEST(Writer, WritesEachValueOnceAndAsFormatDoes) {
  Reader reader;
  reader.locale = &FindLocale("de");
  Writer writer(reader);
  const Value time("2026-11-22T14:32:00Z"), other("2026-11-22T14:32:00Z"), text("a"), bad("soon");
  const std::string_view first = writer.Write(Formatter::kTime, time).value();
  EXPECT_EQ(first, Format(Formatter::kTime, time, reader).value());
  EXPECT_EQ(writer.Write(Formatter::kTime, time)->data(), first.data());
  EXPECT_NE(writer.Write(Formatter::kTime, other)->data(), first.data());
  EXPECT_EQ(*writer.Write(Formatter::kDate, time), Format(Formatter::kDate, time, reader).value());
  EXPECT_EQ(*writer.Write(Formatter::kNone, text), "a");
  EXPECT_FALSE(writer.Write(Formatter::kTime, bad).ok());
}

}  // namespace
}  // namespace posthaste::templates

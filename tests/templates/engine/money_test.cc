#include "templates/engine/money.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

// No-break spaces as '_', the narrow one as '.', the mark of right-to-left text as '>'.
std::string Written(std::string_view text, std::string_view locale) {
  const std::optional<Money> money = ParseMoney(text);
  if (!money) return "?";
  std::string out = FormatMoney(*money, FindLocale(locale));
  for (const auto& [space, shown] :
       {std::pair("\u00a0", "_"), std::pair("\u202f", "."), std::pair("\u200f", ">")}) {
    for (size_t at = out.find(space); at != std::string::npos; at = out.find(space))
      out.replace(at, std::string_view(space).size(), shown);
  }
  return out;
}

// As CLDR 42 has it.
TEST(FormatMoney, WritesSumsAsEachLanguageDoes) {
  EXPECT_EQ(Written("1234.5 EUR", "en"), "€1,234.50");
  EXPECT_EQ(Written("1234.5 USD", "en-US"), "$1,234.50");
  EXPECT_EQ(Written("1234.5 EUR", "de"), "1.234,50_€");
  EXPECT_EQ(Written("1234.5 EUR", "fr"), "1.234,50_€");
  EXPECT_EQ(Written("1234.5 USD", "fr"), "1.234,50_$US");
  EXPECT_EQ(Written("1234.5 EUR", "es"), "1234,50_€");
  EXPECT_EQ(Written("12345.5 EUR", "es"), "12.345,50_€");
  EXPECT_EQ(Written("1234.5 BRL", "pt-BR"), "R$_1.234,50");
  EXPECT_EQ(Written("1234 JPY", "ja"), "￥1,234");
  EXPECT_EQ(Written("1234.5 EUR", "ar"), ">1,234.50_€");
}

TEST(FormatMoney, PutsTheMinusBeforeAll) {
  EXPECT_EQ(Written("-5 EUR", "en"), "-€5.00");
  EXPECT_EQ(Written("-5 EUR", "de"), "-5,00_€");
}

TEST(FormatMoney, WritesACurrencyWithoutASignByItsLetters) {
  EXPECT_EQ(Written("5 CHF", "en"), "CHF_5.00");
  EXPECT_EQ(Written("5 CHF", "de"), "5,00_CHF");
}

TEST(FormatMoney, HasTheDecimalsOfTheCurrency) {
  EXPECT_EQ(Written("5 JPY", "en"), "¥5");
  EXPECT_EQ(Written("5 KWD", "en"), "KWD_5.000");
  EXPECT_EQ(Written("0.05 EUR", "en"), "€0.05");
  EXPECT_EQ(Written("007.5 EUR", "en"), "€7.50");
  EXPECT_EQ(Written("999999999999999.99 EUR", "en"), "€999,999,999,999,999.99");
}

TEST(ParseMoney, RefusesWhatIsNoSum) {
  for (const char* text :
       {"", " ", "12.90", "EUR", "12.90EUR", "12.90 eur", "12.90 EURO", "12,90 EUR", "1 234 EUR",
        "12. EUR", ".5 EUR", "1e3 EUR", "+5 EUR", "--5 EUR", "12.90  EUR", "1000000000000000 EUR"})
    EXPECT_FALSE(ParseMoney(text)) << text;
}

TEST(ParseMoney, NeverRounds) {
  EXPECT_FALSE(ParseMoney("12.905 EUR"));
  EXPECT_FALSE(ParseMoney("12.9 JPY"));
  EXPECT_TRUE(ParseMoney("12.905 KWD"));
}

TEST(FormatNumber, SeparatesAsTheLanguageDoes) {
  const auto written = [](double number, const char* locale) {
    return FormatNumber(number, FindLocale(locale));
  };
  EXPECT_EQ(written(1234567.5, "en"), "1,234,567.5");
  EXPECT_EQ(written(1234567.5, "de"), "1.234.567,5");
  EXPECT_EQ(written(-1234, "es"), "-1234");
  EXPECT_EQ(written(999, "en"), "999");
  EXPECT_EQ(written(0.25, "fr"), "0,25");
  EXPECT_EQ(written(1e21, "de"), "1e+21");
}

}  // namespace
}  // namespace posthaste::templates

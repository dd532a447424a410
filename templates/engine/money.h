// Amounts of money and numbers, as a reader of a language writes them.
//
// An amount is a text, "12.90 EUR": a sum in a receipt is what was paid, so it is never a binary
// fraction and never rounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "templates/engine/locales.h"

namespace posthaste::templates {

struct Money {
  bool negative = false;
  std::string whole;     // Digits, without leading zeros: "1234", "0".
  std::string fraction;  // As many digits as the currency has (ISO 4217): "90", "" for JPY.
  std::string currency;  // "EUR".
};

// "12.90 EUR", "-5 USD", "1200 JPY": at most 15 digits before the point, a currency of three upper
// case letters. Nothing for anything else, and for more decimals than the currency has; fewer are
// filled up with zeros.
std::optional<Money> ParseMoney(std::string_view text);

// "€12.90", "12,90 €", with the separators and the place of the sign of `locale` (CLDR's standard
// pattern); a currency without a sign of its own is written by its letters.
std::string FormatMoney(const Money& money, const LocaleData& locale);

// 1234.5 → "1,234.5", "1.234,5".
std::string FormatNumber(double number, const LocaleData& locale);

}  // namespace posthaste::templates

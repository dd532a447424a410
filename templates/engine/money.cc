#include "templates/engine/money.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "templates/engine/value.h"

namespace posthaste::templates {
namespace {

constexpr size_t kWholeDigits = 15;
constexpr std::string_view kNoBreak = "\u00a0";

// ISO 4217: the currencies whose minor unit is not a hundredth.
constexpr std::string_view kWithoutDecimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                 "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                 "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kWithThreeDecimals[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

template <size_t kSize>
bool Has(const std::string_view (&list)[kSize], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

size_t Decimals(std::string_view currency) {
  if (Has(kWithoutDecimals, currency)) return 0;
  return Has(kWithThreeDecimals, currency) ? 3 : 2;
}

bool AreDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

std::string Grouped(std::string_view digits, const NumberShape& shape) {
  if (digits.size() < 3 + shape.group_from) return std::string(digits);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += shape.group;
    out += digits[i];
  }
  return out;
}

std::string_view Sign(std::string_view currency, const LocaleData& locale) {
  for (const auto& [code, sign] : locale.signs) {
    if (code == currency) return sign;
  }
  static constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"EUR", "€"}, {"GBP", "£"},   {"JPY", "¥"}, {"USD", "$"},   {"BRL", "R$"}, {"CNY", "CN¥"},
      {"INR", "₹"}, {"KRW", "₩"},   {"ILS", "₪"}, {"CAD", "CA$"}, {"AUD", "A$"}, {"MXN", "MX$"},
      {"VND", "₫"}, {"NZD", "NZ$"}, {"TRY", "₺"}, {"UAH", "₴"},   {"PLN", "zł"}};
  for (const auto& [code, sign] : kSigns) {
    if (code == currency) return sign;
  }
  return currency;
}

}  // namespace

std::optional<Money> ParseMoney(std::string_view text) {
  Money money;
  if (text.starts_with('-')) {
    money.negative = true;
    text.remove_prefix(1);
  }
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view amount = text.substr(0, blank), currency = text.substr(blank + 1);
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), [](char c) {
        return absl::ascii_isupper(static_cast<unsigned char>(c));
      })) {
    return std::nullopt;
  }
  const size_t point = amount.find('.');
  std::string_view whole = amount.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : amount.substr(point + 1);
  const size_t decimals = Decimals(currency);
  if (!AreDigits(whole) || whole.size() > kWholeDigits || fraction.size() > decimals) {
    return std::nullopt;
  }
  if (point != std::string_view::npos && !AreDigits(fraction)) return std::nullopt;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  money.whole = std::string(whole);
  money.fraction = std::string(fraction);
  money.fraction.resize(decimals, '0');
  money.currency = std::string(currency);
  return money;
}

std::string FormatMoney(const Money& money, const LocaleData& locale) {
  const NumberShape& shape = locale.number;
  std::string amount = Grouped(money.whole, shape);
  if (!money.fraction.empty()) {
    amount += shape.decimal;
    amount += money.fraction;
  }
  const std::string_view sign = Sign(money.currency, locale);
  std::string out(shape.before_money);
  if (money.negative) out += '-';
  if (shape.sign_first) {
    out += sign;
    // A sign that ends in a letter would run into the digits.
    const bool letter = absl::ascii_isalpha(static_cast<unsigned char>(sign.back()));
    if (shape.sign_apart || letter) out += kNoBreak;
    return out + amount;
  }
  out += amount;
  out += kNoBreak;
  return out.append(sign);
}

std::string FormatNumber(double number, const LocaleData& locale) {
  std::string plain = NumberText(number);
  std::string_view rest = plain;
  std::string out;
  if (rest.starts_with('-')) {
    out += '-';
    rest.remove_prefix(1);
  }
  const size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  if (!AreDigits(whole)) return plain;
  out += Grouped(whole, locale.number);
  if (point != std::string_view::npos) {
    out += locale.number.decimal;
    out += rest.substr(point + 1);
  }
  return out;
}

}  // namespace posthaste::templates

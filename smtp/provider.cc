#include "smtp/provider.h"

namespace posthaste::smtp {
namespace {

struct Under {
  std::string_view suffix, provider;
};

constexpr Under kExchangers[] = {
    {"google.com", "gmail"},
    {"googlemail.com", "gmail"},
    {"mail.protection.outlook.com", "microsoft"},
    {"mx.microsoft", "microsoft"},
    {"olc.protection.outlook.com", "microsoft"},
    {"yahoodns.net", "yahoo"},
    {"mail.icloud.com", "apple"},
    {"qq.com", "qq"},
    {"netease.com", "netease"},
    {"163.com", "netease"},
    {"126.com", "netease"},
    {"mail.ru", "mailru"},
};

constexpr Under kDomains[] = {
    {"gmail.com", "gmail"},       {"googlemail.com", "gmail"},
    {"outlook.com", "microsoft"}, {"hotmail.com", "microsoft"},
    {"live.com", "microsoft"},    {"msn.com", "microsoft"},
    {"yahoo.com", "yahoo"},       {"yahoo.de", "yahoo"},
    {"ymail.com", "yahoo"},       {"aol.com", "yahoo"},
    {"icloud.com", "apple"},      {"me.com", "apple"},
    {"mac.com", "apple"},         {"qq.com", "qq"},
    {"163.com", "netease"},       {"126.com", "netease"},
    {"mail.ru", "mailru"},
};

bool IsUnder(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

}  // namespace

std::string_view ProviderOf(std::string_view exchanger, std::string_view domain) {
  for (const Under& known : kExchangers) {
    if (IsUnder(exchanger, known.suffix)) return known.provider;
  }
  for (const Under& known : kDomains) {
    if (domain == known.suffix) return known.provider;
  }
  return "";
}

std::string ProviderLabel(std::string_view domain) {
  const std::string_view provider = ProviderOf("", domain);
  return provider.empty() ? "other" : std::string(provider);
}

bool IsProvider(std::string_view name) {
  for (const Under& known : kExchangers) {
    if (name == known.provider) return true;
  }
  return false;
}

}  // namespace posthaste::smtp

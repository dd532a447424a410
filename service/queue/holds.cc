#include "service/queue/holds.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthaste::queue {
namespace {

bool Concerns(const Hold& hold, const HoldSubject& subject) {
  switch (hold.scope) {
    case HoldScope::kAll:
      return true;
    case HoldScope::kTenant:
      return hold.target == subject.tenant;
    case HoldScope::kMailClass:
      return hold.target == MailClassName(subject.mail_class);
    case HoldScope::kProvider:
      return hold.target == (subject.provider.empty() ? "other" : subject.provider);
    case HoldScope::kRelay:
      break;  // One relay keeps nothing that another may take.
  }
  return false;
}

const Hold* Later(const Hold* a, const Hold* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return a->expire_time < b->expire_time ? b : a;
}

}  // namespace

std::string_view HoldScopeName(HoldScope scope) {
  switch (scope) {
    case HoldScope::kAll:
      return "all";
    case HoldScope::kTenant:
      return "tenant";
    case HoldScope::kMailClass:
      return "mail_class";
    case HoldScope::kRelay:
      return "relay";
    case HoldScope::kProvider:
      return "provider";
  }
  return "all";
}

std::string HoldId(int64_t number) { return absl::StrCat("h", number); }

std::optional<int64_t> ParseHoldId(std::string_view id) {
  int64_t number = 0;
  const bool good = id.size() > 1 && id.size() <= 16 && id[0] == 'h' && id[1] >= '1' &&
                    id[1] <= '9' && absl::SimpleAtoi(std::string(id.substr(1)), &number);
  if (!good) return std::nullopt;
  return number;
}

const Hold* FindRelayHold(const std::vector<Hold>& holds, std::string_view relay, absl::Time now) {
  const Hold* found = nullptr;
  for (const Hold& hold : holds) {
    const bool held =
        hold.scope == HoldScope::kRelay && hold.target == relay && hold.expire_time > now;
    if (held) found = Later(found, &hold);
  }
  return found;
}

const Hold* FindHold(const std::vector<Hold>& holds, const HoldSubject& subject, absl::Time now) {
  const Hold* found = nullptr;
  for (const Hold& hold : holds) {
    if (hold.expire_time > now && Concerns(hold, subject)) found = Later(found, &hold);
  }
  const Hold* first_free = nullptr;
  for (const std::string& relay : subject.relays) {
    const Hold* hold = FindRelayHold(holds, relay, now);
    if (hold == nullptr) return found;
    if (first_free == nullptr || hold->expire_time < first_free->expire_time) first_free = hold;
  }
  return Later(found, first_free);
}

std::string_view MailClassName(MailClass mail_class) {
  static constexpr std::string_view kNames[] = {"CODE", "NOTICE", "GENERAL"};
  return kNames[static_cast<size_t>(mail_class)];
}

}  // namespace posthaste::queue

#include "service/api/owner_notice.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/order_parts.h"

namespace posthaste::api {
namespace {

// As long as codes are longer: later the notice would tell of what is over.
constexpr absl::Duration kPeriod = absl::Hours(24);

// What the caller said of who asks for the code, as its mail shows it.
constexpr const char* kWhere[] = {"device_label", "location_label", "ip_address"};

}  // namespace

absl::StatusOr<SendOrder> OwnerNoticeOf(const SendOrder& code, absl::Time now) {
  Fields fields;
  SendOrder order;
  order.method = "OwnerNotice";
  order.tenant = code.tenant;
  order.recipient = code.recipient;
  order.recipient_name = code.recipient_name;
  order.sender = code.sender;
  order.fingerprint = std::string(code.fingerprint.size(), '\0');
  order.locale = code.locale;
  order.time_zone = code.time_zone;
  order.labels = code.labels;
  order.traceparent = code.traceparent;
  order.ttl = kPeriod;
  const absl::Status found = ChooseTemplate("", "guesses_exhausted", templates::MailClass::kNotice,
                                            *code.tenant, order, fields);
  if (!found.ok()) return found;
  Variables variables;
  Offer(*order.mail, "request_time",
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()), variables);
  Offer(*order.mail, "account_label", code.recipient.address, variables);
  for (const char* name : kWhere) {
    const templates::Value* said = code.variables.Find(name);
    if (said != nullptr && said->string() != nullptr)
      Offer(*order.mail, name, *said->string(), variables);
  }
  CheckVariables(std::move(variables), fields, order);
  return Finish(fields, std::move(order));
}

queue::RateLimit OwnerNoticeLimit(const Person& person, std::string_view purpose) {
  return {absl::StrCat("owner_notice:", std::string(purpose), ":", person.mailbox_hash),
          person.bucket_hash, 1, kPeriod};
}

}  // namespace posthaste::api

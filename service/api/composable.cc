#include "service/api/composable.h"

#include "absl/status/statusor.h"

namespace posthaste::api {

absl::Status CheckComposable(const smtp::Address& from, const smtp::Address& reply_to,
                             const smtp::Address& to, std::string_view subject) {
  const smtp::Address somebody = {"", "probe@example.test"};
  smtp::Message probe;
  probe.from = from.mailbox.empty() ? somebody : from;
  probe.to = to.mailbox.empty() ? somebody : to;
  probe.reply_to = reply_to;
  probe.date = absl::UnixEpoch();
  probe.message_id = "probe" + probe.from.mailbox.substr(probe.from.mailbox.rfind('@'));
  probe.entity_ref_id = probe.text = "probe";
  probe.subject = subject.empty() ? "probe" : subject;
  return smtp::Compose(probe).status();
}

}  // namespace posthaste::api

#include "service/api/composable.h"

#include "absl/status/statusor.h"

namespace posthaste::api {

absl::Status CheckComposable(smtp::Message mail) {
  constexpr char kSomebody[] = "probe@example.test";
  if (mail.from.mailbox.empty()) mail.from.mailbox = kSomebody;
  if (mail.to.mailbox.empty()) mail.to.mailbox = kSomebody;
  if (mail.subject.empty()) mail.subject = "probe";
  mail.date = absl::UnixEpoch();
  mail.message_id = "probe" + mail.from.mailbox.substr(mail.from.mailbox.rfind('@'));
  mail.entity_ref_id = mail.text = "probe";
  return smtp::Compose(mail).status();
}

}  // namespace posthaste::api

#include "service/api/receipts.h"

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "service/codes/receipt.h"
#include "service/config/load.h"

namespace posthaste::api {

std::string ReceiptOf(const queue::VerificationRecord& verified,
                      const v1::CheckVerificationCodeRequest& request, const Shared& shared) {
  if (shared.receipt_keys.empty()) return "";
  const config::v1::Codes& config = shared.config->codes();
  codes::Receipt receipt;
  receipt.issuer = config.receipt_issuer();
  receipt.audience = verified.tenant;
  // It is a part of the binding, which was compared.
  receipt.subject = request.subject_id().empty()
                        ? absl::StrCat("mailbox:", Base64Url(verified.mailbox_hash))
                        : request.subject_id();
  receipt.purpose = verified.purpose;
  receipt.binding_hash = verified.binding_hash;
  receipt.id = verified.id;
  receipt.issue_time = absl::FromUnixMillis(verified.end_ms);
  receipt.expire_time =
      receipt.issue_time +
      config::ToDuration(request.has_receipt_ttl() ? request.receipt_ttl() : config.receipt_ttl());
  return shared.receipt_keys.Sign(receipt);
}

Task<absl::Status> HandleGetSigningKeys(Call& call, const v1::GetSigningKeysRequest&,
                                        v1::GetSigningKeysResponse& response) {
  for (const codes::ReceiptKeys::PublicKey& key : call.backend.shared->receipt_keys.public_keys()) {
    v1::SigningKey& shown = *response.add_keys();
    shown.set_id(key.id);
    shown.set_public_key(key.bytes);
  }
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

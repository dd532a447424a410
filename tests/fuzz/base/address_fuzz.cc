// An address that is accepted can stand on an SMTP line and in a header: no control, no space, one
// "@"; its lookup form is an address whose lookup form is itself; and whoever is one person by the
// lookup form is one by the bucket, whose bucket is itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "base/mailbox.h"

namespace {

void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<posthaste::Mailbox> mailbox = posthaste::ParseMailbox(text);
  if (!mailbox.ok()) return 0;
  Require(mailbox->address == text);
  for (const std::string_view form :
       {text, std::string_view(mailbox->lookup), std::string_view(mailbox->bucket)}) {
    Require(posthaste::IsUtf8(form) && !posthaste::HasControl(form));
    Require(form.find_first_of(" <>,;:\\\"()[]") == std::string_view::npos);
    Require(form.find('@') == form.rfind('@'));
  }
  const absl::StatusOr<posthaste::Mailbox> again = posthaste::ParseMailbox(mailbox->lookup);
  // The lower-case, normal form may be longer than what is allowed, and is then no address.
  if (again.ok()) Require(again->lookup == mailbox->lookup && again->bucket == mailbox->bucket);
  Require(again.ok() || mailbox->lookup.size() > text.size());
  // A fold may leave a dot at the end, which no address has.
  const absl::StatusOr<posthaste::Mailbox> folded = posthaste::ParseMailbox(mailbox->bucket);
  if (folded.ok()) Require(folded->bucket == mailbox->bucket);
  return 0;
}

// A sealed record: nothing that was not sealed here opens, and what was sealed opens as it was,
// against any skeleton; not with a bit turned or an end cut off, and not for another message.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/queue/seal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace posthaste;
  using namespace posthaste::queue;
  static const SealKeys keys = [] {
    SealKeys all;
    all.keys[1] = Secret(std::string(32, 'k'));
    all.current = 1;
    return all;
  }();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Skeleton skeleton{std::string(input.substr(0, size / 2))};
  const std::string_view rest = input.substr(size / 2);
  const SealBinding binding = {.tenant = "shop",
                               .id = "m0500000000000000000000",
                               .mail_class = MailClass::kCode,
                               .template_revision = "r",
                               .deadline_ms = 1};
  if (Open(rest, skeleton, binding, keys).ok()) std::abort();
  store::v1::Mail mail;
  if (!mail.ParseFromArray(rest.data(), static_cast<int>(rest.size()))) return 0;
  const auto sealed = Seal(mail, skeleton, binding, keys, SystemRandom());
  if (!sealed.ok()) return 0;
  const auto opened = Open(*sealed, skeleton, binding, keys);
  if (!opened.ok() || opened->SerializeAsString() != mail.SerializeAsString()) std::abort();
  // The input chooses the bit and the cut.
  std::string altered = *sealed;
  altered[rest.size() * 31 % altered.size()] ^= static_cast<char>(1 << rest.size() % 8);
  if (Open(altered, skeleton, binding, keys).ok()) std::abort();
  if (Open(sealed->substr(0, rest.size() % sealed->size()), skeleton, binding, keys).ok())
    std::abort();
  SealBinding other = binding;
  other.deadline_ms += 1;
  if (Open(*sealed, skeleton, other, keys).ok()) std::abort();
  return 0;
}

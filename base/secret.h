// A value that must never be printed: keys, passwords, codes. It has no stream operator, no
// formatter and no implicit conversion; whoever needs the bytes says Reveal() and can be found by
// searching for it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/crypto.h"

namespace posthaste {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() { crypto::Wipe(bytes_); }

  std::string_view Reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

}  // namespace posthaste

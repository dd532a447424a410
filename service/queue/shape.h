// Which mail has waited how long, for whom: Postfix's qshape, by provider instead of by domain.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "service/queue/keys.h"

namespace posthaste::queue {

inline constexpr int kShapeJobsMax = 200'000;  // Looked at.

struct Shape {
  // Where one column ends and the next begins: by how long ago a job was taken.
  static constexpr std::array<absl::Duration, 8> kBounds = {
      absl::Seconds(10), absl::Minutes(1), absl::Minutes(5), absl::Minutes(20),
      absl::Hours(1),    absl::Hours(6),   absl::Hours(24),  absl::Hours(48)};
  using Counts = std::array<int64_t, kBounds.size() + 1>;

  // By class and provider ("other" for none).
  std::map<std::pair<MailClass, std::string>, Counts> rows;
  bool truncated = false;  // There were more than kShapeJobsMax.

  void Add(MailClass mail_class, const std::string& provider, absl::Duration age);
};

}  // namespace posthaste::queue

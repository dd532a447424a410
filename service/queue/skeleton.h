// What mails of one kind are compressed against: the same mail with sample values.
//
// A mail of some kilobytes differs from its skeleton in an address and a few words, and shrinks to
// those. The dictionary that zstd makes of a skeleton costs more than the compression of a mail, so
// it is made once, at the first use. One loop uses a skeleton; what it is does not change.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct ZSTD_CDict_s;
struct ZSTD_DDict_s;

namespace posthaste::queue {

inline constexpr size_t kSkeletonBytesMax = size_t{1} << 20;
inline constexpr size_t kMailBytesMax = size_t{2} << 20;

class Skeleton {
 public:
  explicit Skeleton(std::string bytes);
  ~Skeleton();
  Skeleton(const Skeleton&) = delete;
  Skeleton& operator=(const Skeleton&) = delete;

  const std::string& bytes() const { return bytes_; }
  const std::string& sha256() const { return sha256_; }
  // The first 12 bytes of the SHA-256: every message carries them. Who finds two skeletons of one
  // name, both his own, spoils his own mail.
  std::string name() const { return sha256_.substr(0, 12); }

  // What it takes of the process' memory, with the dictionaries that it may make.
  size_t cost() const;

  // INTERNAL: out of memory.
  absl::StatusOr<std::string> Compress(std::string_view plain) const;

  // DATA_LOSS: not compressed against this, or above kMailBytesMax.
  absl::StatusOr<std::string> Decompress(std::string_view packed) const;

 private:
  const std::string bytes_, sha256_;
  mutable ZSTD_CDict_s* to_compress_ = nullptr;
  mutable ZSTD_DDict_s* to_decompress_ = nullptr;
};

}  // namespace posthaste::queue

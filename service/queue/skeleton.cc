#include "service/queue/skeleton.h"

#include <zstd.h>

#include <utility>

#include "absl/status/status.h"
#include "base/crypto.h"

namespace posthaste::queue {
namespace {

// Above this level a mail of some kilobytes shrinks by a few bytes only, at several times the cost.
constexpr int kCompressionLevel = 6;
// About what both dictionaries take beside the skeleton's bytes, which each copies.
constexpr size_t kDictionariesBytes = size_t{192} << 10;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

absl::Status OutOfMemory() { return absl::InternalError("zstd: out of memory"); }

}  // namespace

Skeleton::Skeleton(std::string bytes) : bytes_(std::move(bytes)), sha256_(crypto::Sha256(bytes_)) {}

Skeleton::~Skeleton() {
  ZSTD_freeCDict(to_compress_);
  ZSTD_freeDDict(to_decompress_);
}

size_t Skeleton::cost() const { return 3 * bytes_.size() + kDictionariesBytes; }

// One context a thread: making one costs more than compressing a mail.
absl::StatusOr<std::string> Skeleton::Compress(std::string_view plain) const {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (to_compress_ == nullptr) {
    to_compress_ = ZSTD_createCDict(bytes_.data(), bytes_.size(), kCompressionLevel);
  }
  if (context == nullptr || to_compress_ == nullptr) return OutOfMemory();
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const size_t size = ZSTD_compress_usingCDict(context.get(), packed.data(), packed.size(),
                                               plain.data(), plain.size(), to_compress_);
  if (ZSTD_isError(size) != 0) {
    return absl::InternalError(std::string("zstd: ") + ZSTD_getErrorName(size));
  }
  packed.resize(size);
  return packed;
}

absl::StatusOr<std::string> Skeleton::Decompress(std::string_view packed) const {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // The constants for "unknown" and "error" are larger than any size.
  if (size > kMailBytesMax) return absl::DataLossError("sealed mail: too large, or no zstd frame");
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (to_decompress_ == nullptr) {
    to_decompress_ = ZSTD_createDDict(bytes_.data(), bytes_.size());
  }
  if (context == nullptr || to_decompress_ == nullptr) return OutOfMemory();
  std::string plain(size, '\0');
  const size_t written = ZSTD_decompress_usingDDict(context.get(), plain.data(), plain.size(),
                                                    packed.data(), packed.size(), to_decompress_);
  if (written != plain.size()) {
    crypto::Wipe(plain);
    return absl::DataLossError("sealed mail: does not decompress with this skeleton");
  }
  return plain;
}

}  // namespace posthaste::queue

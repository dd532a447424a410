#include "smtp/token.h"

#include <utility>

namespace posthaste::smtp {
namespace {

class ReadToken final : public TokenSource {
 public:
  explicit ReadToken(std::function<absl::StatusOr<Secret>()> read) : read_(std::move(read)) {}
  Task<absl::StatusOr<Secret>> Token() override { co_return read_(); }

 private:
  const std::function<absl::StatusOr<Secret>()> read_;
};

}  // namespace

std::shared_ptr<TokenSource> TokenFrom(std::function<absl::StatusOr<Secret>()> read) {
  return std::make_shared<ReadToken>(std::move(read));
}

}  // namespace posthaste::smtp

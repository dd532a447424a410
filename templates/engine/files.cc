#include "templates/engine/files.h"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <system_error>

#include "base/file.h"
#include "templates/engine/parse.h"

namespace posthaste::templates {
namespace {

constexpr size_t kFilesMax = 2'000;

}  // namespace

Files BuiltIn() {
  Files files;
  for (const EmbeddedFile& file : BuiltInFiles()) {
    files.emplace(std::string(file.path), std::string(file.bytes));
  }
  return files;
}

absl::StatusOr<Files> ReadFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  if (error) return absl::NotFoundError(fmt::format("{}: {}", folder, error.message()));
  Files files;
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    if (path.filename().string().starts_with('.')) {
      if (at->is_directory(error)) at.disable_recursion_pending();
      continue;
    }
    if (at->is_directory(error)) continue;
    const auto size = at->file_size(error);
    if (error || size > Limits::kSourceBytes || files.size() >= kFilesMax) {
      return absl::InvalidArgumentError(
          fmt::format("{}: unreadable, too large, or too many files", path.string()));
    }
    absl::StatusOr<std::string> bytes = ReadFile(path, Limits::kSourceBytes);
    if (!bytes.ok()) return absl::InvalidArgumentError(std::string(bytes.status().message()));
    files.emplace(path.lexically_relative(folder).generic_string(), *std::move(bytes));
  }
  if (error) return absl::InvalidArgumentError(fmt::format("{}: {}", folder, error.message()));
  return files;
}

}  // namespace posthaste::templates

// The picture at the top of a tenant's mail.
//
// Only the head of the file is read, for its type and size: what else is in it is between the
// tenant and who looks at the mail.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

inline constexpr size_t kLogoBytesMax = size_t{32} << 10;
inline constexpr int kLogoPixelsMin = 16, kLogoPixelsMax = 2048;  // Of the picture, each way.
inline constexpr int kLogoHeightMin = 16, kLogoHeightMax = 64;    // As it is shown.
inline constexpr int kLogoWidthMax = 320;                         // As it is shown.

// A picture, as its first bytes tell.
struct Picture {
  std::string media_type;     // "image/png", "image/jpeg" or "image/gif"; "" = none of them.
  int width = 0, height = 0;  // In pixels; 0 = the head does not tell.
};
Picture PictureOf(std::string_view bytes);

struct Logo {
  std::string bytes;  // "" = the tenant has none.
  std::string media_type;
  std::string file_name;      // "logo.png"
  std::string content_id;     // Made of the bytes: another picture has another.
  int width = 0, height = 0;  // As it is shown.
};

// What can be said without opening a file.
absl::Status CheckLogos(const v1::Config& config);

// The logo of `tenant`. INVALID_ARGUMENT names the setting, the file and what is wrong with it.
// REQUIRES: CheckLogos of its configuration.
absl::StatusOr<Logo> ReadLogo(const v1::Tenant& tenant);

}  // namespace posthaste::config

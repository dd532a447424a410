#include "service/config/logo.h"

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/file.h"

namespace posthaste::config {
namespace {

constexpr std::string_view kPngStart("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 16);
constexpr size_t kPngBytes = 24, kGifBytes = 10;  // Of their heads, with the size.
constexpr size_t kIdDigits = 16;

int ByteAt(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

// In network order.
int Short(std::string_view bytes, size_t at) {
  return ByteAt(bytes, at) << 8 | ByteAt(bytes, at + 1);
}

// 0 for what no int holds: larger than any that is taken.
int Long(std::string_view bytes, size_t at) {
  return ByteAt(bytes, at) < 0x80 ? Short(bytes, at) << 16 | Short(bytes, at + 2) : 0;
}

// Of the markers that begin a frame (ITU T.81 B.1.1.3), which are C0 to CF without three.
bool BeginsFrame(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Goes from segment to segment until one tells the size.
Picture JpegOf(std::string_view bytes) {
  Picture picture{"image/jpeg"};
  for (size_t at = 2; at + 9 <= bytes.size();) {
    if (ByteAt(bytes, at) != 0xFF) return picture;
    const int marker = ByteAt(bytes, at + 1);
    if (marker == 0xFF) {  // Padding.
      ++at;
    } else if (BeginsFrame(marker)) {
      picture.height = Short(bytes, at + 5);
      picture.width = Short(bytes, at + 7);
      return picture;
    } else {
      at += 2 + static_cast<size_t>(Short(bytes, at + 2));
    }
  }
  return picture;
}

absl::Status Wrong(const v1::Tenant& tenant, const char* setting, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("tenants.", tenant.id(), ".brand.", setting, ": ", what));
}

bool IsSide(int pixels) { return pixels >= kLogoPixelsMin && pixels <= kLogoPixelsMax; }

}  // namespace

Picture PictureOf(std::string_view bytes) {
  if (bytes.starts_with(kPngStart.substr(0, 8))) {
    const bool whole = bytes.starts_with(kPngStart) && bytes.size() >= kPngBytes;
    return whole ? Picture{"image/png", Long(bytes, 16), Long(bytes, 20)} : Picture{"image/png"};
  }
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) {
    if (bytes.size() < kGifBytes) return {"image/gif"};
    return {"image/gif", ByteAt(bytes, 7) << 8 | ByteAt(bytes, 6),
            ByteAt(bytes, 9) << 8 | ByteAt(bytes, 8)};
  }
  return bytes.starts_with("\xFF\xD8\xFF") ? JpegOf(bytes) : Picture();
}

absl::Status CheckLogos(const v1::Config& config) {
  for (const v1::Tenant& tenant : config.tenants()) {
    const int height = tenant.brand().logo_height();
    if (height < kLogoHeightMin || height > kLogoHeightMax) {
      return Wrong(tenant, "logo_height",
                   absl::StrCat(height, " is not from ", kLogoHeightMin, " to ", kLogoHeightMax));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Logo> ReadLogo(const v1::Tenant& tenant) {
  const std::string& path = tenant.brand().logo_file();
  Logo logo;
  if (path.empty()) return logo;
  const auto wrong = [&](const std::string& what) {
    return Wrong(tenant, "logo_file", absl::StrCat(path, ": ", what));
  };
  absl::StatusOr<std::string> bytes = ReadFile(path, kLogoBytesMax);
  if (absl::IsResourceExhausted(bytes.status())) return wrong("has more than 32 KiB");
  if (!bytes.ok()) return Wrong(tenant, "logo_file", std::string(bytes.status().message()));
  const Picture picture = PictureOf(*bytes);
  if (picture.media_type.empty()) return wrong("is no PNG, JPEG or GIF");
  if (!IsSide(picture.width) || !IsSide(picture.height)) {
    return wrong(absl::StrCat("has ", picture.width, " x ", picture.height, " pixels, not ",
                              kLogoPixelsMin, " to ", kLogoPixelsMax, " each way"));
  }
  logo.height = tenant.brand().logo_height();
  logo.width = (picture.width * logo.height + picture.height / 2) / picture.height;
  if (logo.width < kLogoHeightMin || logo.width > kLogoWidthMax) {
    return wrong(absl::StrCat("would be ", logo.width, " pixels wide where it is ", logo.height,
                              " high (logo_height), not ", kLogoHeightMin, " to ", kLogoWidthMax));
  }
  logo.media_type = picture.media_type;
  logo.file_name = "logo." + picture.media_type.substr(picture.media_type.find('/') + 1);
  logo.content_id = "logo-" + Hex(crypto::Sha256(*bytes)).substr(0, kIdDigits);
  logo.bytes = *std::move(bytes);
  return logo;
}

}  // namespace posthaste::config

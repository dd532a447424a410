#include "service/config/logo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(PictureOf, TellsTypeAndSizeByTheFirstBytes) {
  for (const auto& [bytes, media_type] :
       {std::pair(PngOf(300, 80), "image/png"), std::pair(JpegOf(300, 80), "image/jpeg"),
        std::pair(GifOf(300, 80), "image/gif")}) {
    const Picture picture = PictureOf(bytes);
    EXPECT_EQ(picture.media_type, media_type);
    EXPECT_EQ(picture.width, 300) << media_type;
    EXPECT_EQ(picture.height, 80) << media_type;
  }
  for (const std::string_view other : {"", "<svg/>", "GIF88a1234", "\x89PNG\n", "RIFF....WEBP"})
    EXPECT_EQ(PictureOf(other).media_type, "") << other;
}

// Read to its end and no further: a sanitizer tells.
TEST(PictureOf, TellsNoSizeOfAHeadThatIsCut) {
  const std::string pictures[] = {PngOf(300, 80), JpegOf(300, 80), GifOf(300, 80)};
  for (const std::string& whole : pictures) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const std::string cut(whole.substr(0, size));
      const Picture picture = PictureOf(cut);
      EXPECT_TRUE(picture.height == 0 || picture.height == 80) << size;
      EXPECT_TRUE(picture.width == 0 || picture.width == 300) << size;
    }
  }
  // A JPEG without a frame, and one whose segments lead nowhere.
  EXPECT_EQ(PictureOf(std::string("\xFF\xD8\xFF\xE0\0\x04\0\0\xFF\xDA\0\0", 12)).width, 0);
  EXPECT_EQ(PictureOf("\xFF\xD8\xFF\xE0\xFF\xFFxxxxxxxxxx").width, 0);
}

class ReadLogoTest : public testing::Test {
 protected:
  ReadLogoTest() {
    tenant_.set_id("acme");
    tenant_.mutable_brand()->set_logo_height(32);
  }
  absl::StatusOr<Logo> Read(const std::string& bytes) {
    dir_.Write("logo", bytes);
    tenant_.mutable_brand()->set_logo_file(dir_.path() + "/logo");
    return ReadLogo(tenant_);
  }
  std::string Refusal(const std::string& bytes) {
    return std::string(Read(bytes).status().message());
  }

  const TempDir dir_;
  v1::Tenant tenant_;
};

TEST_F(ReadLogoTest, KeepsTheShapeOfThePicture) {
  const Logo logo = Read(PngOf(300, 80, 1000)).value();
  EXPECT_EQ(logo.bytes, PngOf(300, 80, 1000));
  EXPECT_EQ(logo.media_type, "image/png");
  EXPECT_EQ(logo.file_name, "logo.png");
  EXPECT_EQ(logo.height, 32);
  EXPECT_EQ(logo.width, 120);
  tenant_.mutable_brand()->set_logo_height(48);
  EXPECT_EQ(Read(GifOf(300, 80)).value().width, 180);
}

TEST_F(ReadLogoTest, NamesThePictureByItsBytes) {
  const std::string first = Read(PngOf(300, 80, 1000)).value().content_id;
  EXPECT_THAT(first, StartsWith("logo-"));
  EXPECT_EQ(Read(PngOf(300, 80, 1000)).value().content_id, first);
  EXPECT_NE(Read(PngOf(300, 80, 1001)).value().content_id, first);
}

TEST_F(ReadLogoTest, IsEmptyForATenantWithout) { EXPECT_EQ(ReadLogo(tenant_).value().bytes, ""); }

TEST_F(ReadLogoTest, RefusesWhatIsNoLogoByItsSettingAndItsFile) {
  const std::string name = "tenants.acme.brand.logo_file: " + dir_.path() + "/logo: ";
  EXPECT_EQ(Refusal("<svg/>"), name + "is no PNG, JPEG or GIF");
  EXPECT_EQ(Refusal(""), name + "is no PNG, JPEG or GIF");
  EXPECT_EQ(Refusal(PngOf(300, 80, kLogoBytesMax + 1)), name + "has more than 32 KiB");
  EXPECT_TRUE(Read(PngOf(300, 80, kLogoBytesMax)).ok());
  for (const auto& [width, height] : {std::pair(1, 1), {15, 16}, {2049, 1000}, {1000, 2049}})
    EXPECT_THAT(Refusal(PngOf(width, height)), StartsWith(name + "has ")) << width;
  EXPECT_THAT(Refusal(PngOf(300, 80).substr(0, 20)), HasSubstr("has 0 x 0 pixels"));
  EXPECT_TRUE(Read(PngOf(2048, 205)).ok());
  EXPECT_EQ(Refusal(PngOf(2048, 200)),
            name + "would be 328 pixels wide where it is 32 high (logo_height), not 16 to 320");
  EXPECT_THAT(Refusal(PngOf(16, 100)), HasSubstr("would be 5 pixels wide"));
  tenant_.mutable_brand()->set_logo_file(dir_.path() + "/nothing");
  EXPECT_THAT(std::string(ReadLogo(tenant_).status().message()), HasSubstr("cannot be read"));
  tenant_.mutable_brand()->set_logo_file(dir_.path());
  EXPECT_THAT(std::string(ReadLogo(tenant_).status().message()), HasSubstr("Is a directory"));
}

TEST(CheckLogos, BoundsTheHeight) {
  v1::Config config;
  v1::Brand& brand = *config.add_tenants()->mutable_brand();
  config.mutable_tenants(0)->set_id("acme");
  for (const int height : {16, 32, 64}) {
    brand.set_logo_height(height);
    EXPECT_TRUE(CheckLogos(config).ok()) << height;
  }
  for (const int height : {-1, 15, 65}) {
    brand.set_logo_height(height);
    EXPECT_EQ(CheckLogos(config).message(), "tenants.acme.brand.logo_height: " +
                                                std::to_string(height) + " is not from 16 to 64");
  }
}

}  // namespace
}  // namespace posthaste::config

#include "templates/engine/brand.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

TEST(CompleteBrand, GivesEveryTemplateANameALogoAndAColour) {
  const Value brand = CompleteBrand(Value());
  EXPECT_EQ(*brand.Find("product_name")->string(), "Posthaste");
  EXPECT_EQ(*brand.Find("logo_text")->string(), "Posthaste");
  EXPECT_EQ(*brand.Find("accent_color")->string(), "#3b5bdb");
  EXPECT_EQ(brand.Find("site_domain"), nullptr);
}

TEST(CompleteBrand, TakesTheProductsNameForTheLogo) {
  const Value brand = CompleteBrand(Value::Object({{"product_name", "Acme"}, {"logo_text", ""}}));
  EXPECT_EQ(*brand.Find("logo_text")->string(), "Acme");
}

TEST(SampleBrand, IsWhatItsSchemaAsksFor) {
  EXPECT_TRUE(Check(BrandSchema(), SampleBrand()).empty());
  EXPECT_TRUE(Check(BrandSchema(), CompleteBrand(Value())).empty());
  EXPECT_TRUE(Check(BrandSchema(), SampleBrandWithLogo()).empty());
  EXPECT_EQ(SampleBrand().Find("logo_image"), nullptr);
}

TEST(LogoImage, IsOnePictureOrNone) {
  const Value one = LogoImage("cid:logo-1", 120, 32);
  EXPECT_TRUE(Check(BrandSchema(), Value::Object({{"logo_image", one}})).empty());
  EXPECT_TRUE(one.Truthy());
  const Value none = LogoImage("", 0, 0);
  EXPECT_TRUE(Check(BrandSchema(), Value::Object({{"logo_image", none}})).empty());
  EXPECT_FALSE(none.Truthy());
}

}  // namespace
}  // namespace posthaste::templates

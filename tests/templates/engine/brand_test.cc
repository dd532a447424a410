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
}

}  // namespace
}  // namespace posthaste::templates

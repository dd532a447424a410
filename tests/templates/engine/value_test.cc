#include "templates/engine/value.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

TEST(Value, IsTruthyUnlessNullFalseOrEmpty) {
  EXPECT_FALSE(Value().Truthy());
  EXPECT_FALSE(Value(false).Truthy());
  EXPECT_FALSE(Value("").Truthy());
  EXPECT_FALSE(Value::List({}).Truthy());
  EXPECT_TRUE(Value(0).Truthy());
  EXPECT_TRUE(Value("no").Truthy());
  EXPECT_TRUE(Value::Object({}).Truthy());
  EXPECT_TRUE(Value::List({Value()}).Truthy());
}

TEST(Value, FindsFieldsOfObjectsOnly) {
  const Value object = Value::Object({{"a", 1}});
  ASSERT_NE(object.Find("a"), nullptr);
  EXPECT_EQ(*object.Find("a")->number(), 1);
  EXPECT_EQ(object.Find("b"), nullptr);
  EXPECT_EQ(Value("a").Find("a"), nullptr);
}

TEST(NumberText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(NumberText(85), "85");
  EXPECT_EQ(NumberText(1.21), "1.21");
  EXPECT_EQ(NumberText(-0.5), "-0.5");
  EXPECT_EQ(NumberText(1234567890), "1234567890");
}

}  // namespace
}  // namespace posthaste::templates

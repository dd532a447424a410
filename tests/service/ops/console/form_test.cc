#include "service/ops/console/form.h"

#include <gtest/gtest.h>

namespace posthaste::ops {
namespace {

TEST(Form, FindsAndDecodesAField) {
  EXPECT_EQ(FormField("a=1&name=a+b%2Fc%C3%A9&z=", "name"), "a b/c\xC3\xA9");
  EXPECT_EQ(FormField("a=1&name=x&name=y", "name"), "x");
  EXPECT_EQ(FormField("a&b=2", "a"), "");
  EXPECT_EQ(FormField("a=1", "b"), std::nullopt);
  EXPECT_EQ(FormField("", "a"), std::nullopt);
}

TEST(Form, RefusesAnEscapeThatIsNone) {
  for (const char* form : {"a=%", "a=%4", "a=%zz", "a=x%2"})
    EXPECT_EQ(FormField(form, "a"), std::nullopt) << form;
}

}  // namespace
}  // namespace posthaste::ops

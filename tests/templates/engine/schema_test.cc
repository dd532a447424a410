#include "templates/engine/schema.h"

#include <gtest/gtest.h>

namespace posthaste::templates {
namespace {

using Reason = Problem::Reason;

std::string Described(const std::vector<Problem>& problems) {
  static constexpr const char* kNames[] = {"MISSING", "UNDECLARED", "TYPE", "HEADER"};
  std::string text;
  for (const Problem& problem : problems) {
    text += std::string(kNames[static_cast<int>(problem.reason)]) + " " + problem.path + " " +
            problem.description + "\n";
  }
  return text;
}

std::string One(Type type, const Value& value, bool required = true) {
  Variable variable;
  variable.type = type;
  variable.required = required;
  return Described(Check({{"v", variable}}, Value::Object({{"v", value}})));
}

TEST(Check, FindsWhatIsMissingAndWhatIsUndeclared) {
  Variable required;
  required.required = true;
  const Schema schema = {{"a", required}, {"b", Variable()}};
  EXPECT_EQ(Described(Check(schema, Value::Object({{"c", 1}}))),
            "UNDECLARED c is not declared by the template\nMISSING a is required\n");
  EXPECT_EQ(Described(Check(schema, Value())), "MISSING a is required\n");
  EXPECT_EQ(Described(Check(schema, Value::Object({{"a", Value()}}))), "MISSING a is required\n");
  EXPECT_EQ(Described(Check(schema, Value::Object({{"a", "x"}}))), "");
  EXPECT_EQ(Described(Check(schema, Value("x"))), "TYPE  must be an object\n");
}

TEST(Check, TakesWhatIsOfTheDeclaredType) {
  EXPECT_EQ(One(Type::kString, "line\nline"), "");
  EXPECT_EQ(One(Type::kUrl, "https://example.com/"), "");
  EXPECT_EQ(One(Type::kTime, "2026-11-22T14:32:00Z"), "");
  EXPECT_EQ(One(Type::kDuration, "600s"), "");
  EXPECT_EQ(One(Type::kDuration, 600), "");
  EXPECT_EQ(One(Type::kNumber, 1.5), "");
  EXPECT_EQ(One(Type::kBool, false), "");
  EXPECT_EQ(One(Type::kColor, "#1a73e8"), "");
  EXPECT_EQ(One(Type::kDomain, "example.com"), "");
  EXPECT_EQ(One(Type::kChoice, "anything"), "");
}

TEST(Check, NamesTheTypeThatWasExpected) {
  EXPECT_EQ(One(Type::kString, 5), "TYPE v must be a string\n");
  EXPECT_EQ(One(Type::kString, "a\rb"), "TYPE v has a control character\n");
  EXPECT_EQ(One(Type::kString, "a\xff"), "TYPE v is not UTF-8\n");
  EXPECT_EQ(One(Type::kString, std::string(4097, 'x')), "TYPE v is longer than 4096 bytes\n");
  EXPECT_EQ(One(Type::kUrl, "javascript:x"),
            "TYPE v must be an absolute URL with scheme https, http, mailto or tel\n");
  EXPECT_EQ(One(Type::kTime, "noon"), "TYPE v must be a time like 2026-11-22T14:32:00Z\n");
  EXPECT_EQ(One(Type::kDuration, "ten"),
            "TYPE v must be a duration like 600s, at most ten years\n");
  EXPECT_EQ(One(Type::kNumber, "5"), "TYPE v must be a number\n");
  EXPECT_EQ(One(Type::kBool, "true"), "TYPE v must be true or false\n");
  EXPECT_EQ(One(Type::kColor, "red"), "TYPE v must be a colour like #1a73e8\n");
  EXPECT_EQ(One(Type::kDomain, "a b"), "TYPE v must be a host name like example.com\n");
  EXPECT_EQ(One(Type::kDomain, "x #123456"), "TYPE v must be a host name like example.com\n");
  EXPECT_EQ(One(Type::kList, "x"), "TYPE v must be a list of objects\n");
}

TEST(Check, TreatsAnEmptyOptionalTextAsAbsent) {
  EXPECT_EQ(One(Type::kUrl, "", false), "");
  EXPECT_NE(One(Type::kUrl, "", true), "");
}

TEST(Check, GivesThePathWithinLists) {
  Variable title;
  title.required = true;
  Variable items;
  items.type = Type::kList;
  items.fields = {{"title", title}};
  const Value good = Value::Object({{"title", "x"}});
  const Value variables =
      Value::Object({{"items", Value::List({good, Value::Object({{"other", 1}}), Value(3)})}});
  EXPECT_EQ(Described(Check({{"items", items}}, variables)),
            "UNDECLARED items[1].other is not declared by the template\nMISSING items[1].title is "
            "required\n"
            "TYPE items[2] must be an object\n");
}

TEST(Types, HaveNames) {
  for (const Type type : {Type::kString, Type::kUrl, Type::kTime, Type::kDuration, Type::kNumber,
                          Type::kBool, Type::kColor, Type::kDomain, Type::kChoice, Type::kList}) {
    EXPECT_EQ(FindType(TypeName(type)), type);
  }
  EXPECT_EQ(FindType("text"), std::nullopt);
}

TEST(IsVariableName, TakesLowerCaseWords) {
  EXPECT_TRUE(IsVariableName("ip_address2"));
  for (const char* name : {"", "Name", "2x", "a-b", "a.b", "_a"})
    EXPECT_FALSE(IsVariableName(name)) << name;
}

}  // namespace
}  // namespace posthaste::templates

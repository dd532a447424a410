// The Mustache specification, every case (tests/templates/data/mustache-spec), in the engine's
// lenient mode.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "templates/engine/compile.h"
#include "templates/engine/render.h"

namespace posthaste::templates {
namespace {

struct Case {
  std::string name;
  YAML::Node test;
};

Value FromNode(const YAML::Node& node) {
  if (node.IsNull()) return {};
  if (node.IsSequence()) {
    Value::Items items;
    for (const auto& item : node) items.push_back(FromNode(item));
    return Value::List(std::move(items));
  }
  if (node.IsMap()) {
    Value::Fields fields;
    for (const auto& entry : node) fields[entry.first.Scalar()] = FromNode(entry.second);
    return Value::Object(std::move(fields));
  }
  bool flag = false;
  double number = 0;
  const bool quoted = node.Tag() == "!";
  if (!quoted && YAML::convert<bool>::decode(node, flag)) return flag;
  if (!quoted && YAML::convert<double>::decode(node, number)) return number;
  return node.Scalar();
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const std::string folder = PH_SOURCE_DIR "/tests/templates/data/mustache-spec";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const YAML::Node file = YAML::LoadFile(entry.path().string());
    for (const auto& test : file["tests"]) {
      std::string name = entry.path().stem().string() + "_" + test["name"].Scalar();
      std::replace_if(
          name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
      cases.push_back({name, test});
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

class MustacheSpec : public testing::TestWithParam<Case> {};

TEST_P(MustacheSpec, RendersAsExpected) {
  const YAML::Node& test = GetParam().test;
  std::map<std::string, SourceFile> partials;
  for (const auto& partial : test["partials"]) {
    const std::string name = partial.first.Scalar();
    partials[name] = {name, partial.second.Scalar()};
  }
  CompileOptions options;
  options.lenient = true;
  options.partials = [&partials](std::string_view name) -> const SourceFile* {
    const auto found = partials.find(std::string(name));
    return found == partials.end() ? nullptr : &found->second;
  };
  const Value data = FromNode(test["data"]);

  const absl::StatusOr<Program> program = Compile({"case", test["template"].Scalar()}, options);
  ASSERT_TRUE(program.ok()) << program.status();
  Writer writer{Reader()};
  const absl::StatusOr<std::string> text = Render(*program, {&data}, writer);

  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, test["expected"].Scalar()) << test["desc"].Scalar();
}

INSTANTIATE_TEST_SUITE_P(Cases, MustacheSpec, testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

TEST(MustacheSpecification, IsThereWithAllItsCases) { EXPECT_EQ(Cases().size(), 136u); }

}  // namespace
}  // namespace posthaste::templates

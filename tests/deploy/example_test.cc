// deploy/posthaste.yaml is the manual by example: it loads as it is, its commented defaults are the
// defaults, and no setting is missing.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/load.h"
#include "service/config/yaml.h"
#include "tests/support/temp.h"

namespace posthaste::config {
namespace {

std::string Example() { return ReadFile(PH_SOURCE_DIR "/deploy/posthaste.yaml"); }

// "#name: value" or "#  name: value" is a setting that is commented out; "# text" is prose.
bool IsCommentedOut(std::string_view line) {
  const size_t mark = line.find_first_not_of(' ');
  if (mark == std::string_view::npos || line[mark] != '#' || mark + 1 >= line.size()) return false;
  return line[mark + 1] != ' ' || absl::StartsWith(std::string(line.substr(mark + 1)), "  ");
}

// Which of the commented settings are in force: those that show the default, all that may stand
// together, or all.
enum class Show : uint8_t { kDefaults, kTogether, kAll };

std::string Uncommented(Show show) {
  std::istringstream lines(Example());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool shows_default = !absl::StrContains(line, "# default:");
    const bool together = !absl::StrContains(line, "; instead of ");
    const bool wanted =
        show == Show::kAll || (together && (shows_default || show == Show::kTogether));
    if (IsCommentedOut(line) && wanted) line.erase(line.find('#'), 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

// The paths of every setting, as "relays.host"; lists have no index.
void CollectFields(const google::protobuf::Descriptor& message, const std::string& at,
                   std::set<std::string>& paths) {
  for (int i = 0; i < message.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.field(i);
    const std::string path = absl::StrCat(at, std::string(field.name()));
    paths.insert(path);
    const bool plain = field.message_type() == nullptr || field.is_map() ||
                       field.message_type()->full_name() == "google.protobuf.Duration";
    if (!plain) CollectFields(*field.message_type(), path + ".", paths);
  }
}

void CollectKeys(const google::protobuf::Value& value, const std::string& at,
                 std::set<std::string>& paths) {
  for (const google::protobuf::Value& item : value.list_value().values())
    CollectKeys(item, at, paths);
  for (const auto& [name, field] : value.struct_value().fields()) {
    const std::string path =
        at.empty() ? std::string(name) : absl::StrCat(at, ".", std::string(name));
    paths.insert(path);
    CollectKeys(field, path, paths);
  }
}

TEST(ExampleConfiguration, LoadsAsItIs) {
  const absl::StatusOr<Config> config = LoadConfig(PH_SOURCE_DIR "/deploy/posthaste.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
}

TEST(ExampleConfiguration, ShowsTheDefaults) {
  const absl::StatusOr<Config> as_it_is = ParseConfig(Example());
  const absl::StatusOr<Config> with_defaults = ParseConfig(Uncommented(Show::kDefaults));
  ASSERT_TRUE(as_it_is.ok()) << as_it_is.status();
  ASSERT_TRUE(with_defaults.ok()) << with_defaults.status();
  google::protobuf::util::MessageDifferencer differencer;
  // Brand colours have their default in the templates, not in the configuration.
  Config left = *as_it_is, right = *with_defaults;
  for (v1::Tenant& tenant : *left.mutable_tenants()) tenant.mutable_brand()->clear_accent_color();
  for (v1::Tenant& tenant : *right.mutable_tenants()) tenant.mutable_brand()->clear_accent_color();
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(left, right)) << difference;
}

TEST(ExampleConfiguration, LoadsWithEverySettingInForce) {
  const absl::StatusOr<Config> config = ParseConfig(Uncommented(Show::kTogether));
  ASSERT_TRUE(config.ok()) << config.status();
}

TEST(ExampleConfiguration, HasEverySetting) {
  const absl::StatusOr<std::string> json = YamlToJson(Uncommented(Show::kAll));
  ASSERT_TRUE(json.ok()) << json.status();
  google::protobuf::Value value;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(*json, &value).ok());
  std::set<std::string> settings, keys;
  CollectFields(*Config::descriptor(), "", settings);
  CollectKeys(value, "", keys);
  keys.erase("tenants.purpose_templates.password_reset");
  EXPECT_THAT(keys, testing::ContainerEq(settings));
}

}  // namespace
}  // namespace posthaste::config

#include "service/config/yaml.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"

namespace posthaste::config {
namespace {

absl::Status At(const YAML::Mark& mark, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", mark.line + 1, ", column ", mark.column + 1, ": ", std::string(what)));
}

bool ReadsAsNumber(const std::string& text) {
  double number = 0;
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return false;
  return absl::SimpleAtod(text, &number);
}

void AppendScalar(const YAML::Node& node, std::string& json) {
  const std::string& text = node.Scalar();
  const bool plain = node.Tag() == "?";
  if (plain && (text == "true" || text == "false" || ReadsAsNumber(text))) {
    json += text;
  } else {
    AppendJsonString(text, json);
  }
}

absl::Status Append(const YAML::Node& node, int depth, std::string& json);

absl::Status AppendMap(const YAML::Node& node, int depth, std::string& json) {
  std::set<std::string> seen;
  json += '{';
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    if (!seen.insert(key).second)
      return At(entry.first.Mark(), absl::StrCat("\"", key, "\" is given twice"));
    if (seen.size() > 1) json += ',';
    AppendJsonString(key, json);
    json += ':';
    if (absl::Status status = Append(entry.second, depth, json); !status.ok()) return status;
  }
  json += '}';
  return absl::OkStatus();
}

absl::Status Append(const YAML::Node& node, int depth, std::string& json) {
  if (depth > 16) return At(node.Mark(), "nested too deep");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      json += "null";
      return absl::OkStatus();
    case YAML::NodeType::Scalar:
      AppendScalar(node, json);
      return absl::OkStatus();
    case YAML::NodeType::Map:
      return AppendMap(node, depth + 1, json);
    case YAML::NodeType::Sequence:
      break;
  }
  json += '[';
  for (size_t i = 0; i < node.size(); ++i) {
    if (i > 0) json += ',';
    if (absl::Status status = Append(node[i], depth + 1, json); !status.ok()) return status;
  }
  json += ']';
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> YamlToJson(std::string_view yaml) {
  // yaml-cpp reports by exceptions; they end here.
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root || root.IsNull()) return "{}";
    if (!root.IsMap()) return absl::InvalidArgumentError("not a list of settings");
    std::string json;
    if (absl::Status status = Append(root, 0, json); !status.ok()) return status;
    return json;
  } catch (const YAML::Exception& error) {
    return At(error.mark, error.msg);
  }
}

}  // namespace posthaste::config

#include "service/config/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
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

// Behind a value that begins at `at`; npos if it is written in a way that we do not follow.
size_t EndOfScalar(std::string_view text, size_t at, const std::string& value) {
  if (at >= text.size()) return std::string_view::npos;
  const char quote = text[at];
  if (quote != '"' && quote != '\'')
    return text.substr(at, value.size()) == value ? at + value.size() : std::string_view::npos;
  for (size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

absl::StatusOr<YamlEntry> EntryOf(std::string_view text, const YAML::Node& node) {
  YamlEntry entry;
  if (!node.IsMap() || node.size() == 0) return At(node.Mark(), "an entry has settings");
  entry.begin = static_cast<size_t>(node.Mark().pos);
  entry.braces = node.Style() == YAML::EmitterStyle::Flow;
  const YAML::Mark first = node.begin()->first.Mark();
  entry.first = static_cast<size_t>(first.pos);
  entry.column = static_cast<size_t>(first.column);
  for (const auto& setting : node) {
    if (!setting.second.IsScalar()) return At(setting.second.Mark(), "not a single value");
    const size_t end =
        EndOfScalar(text, static_cast<size_t>(setting.second.Mark().pos), setting.second.Scalar());
    if (end == std::string_view::npos)
      return At(setting.second.Mark(), "neither a word nor a quoted text on one line");
    entry.end = std::max(entry.end, end);
  }
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<YamlEntry>> YamlEntries(std::string_view yaml,
                                                   const std::vector<std::string>& path) {
  try {
    YAML::Node list = YAML::Load(std::string(yaml));
    for (const std::string& name : path) {
      if (!list.IsMap() || !list[name]) return absl::NotFoundError(absl::StrCat(name, ": missing"));
      list.reset(list[name]);
    }
    if (!list.IsSequence()) return absl::NotFoundError(absl::StrCat(path.back(), ": not a list"));
    std::vector<YamlEntry> entries;
    for (const YAML::Node& node : list) {
      absl::StatusOr<YamlEntry> entry = EntryOf(yaml, node);
      if (!entry.ok()) return entry.status();
      entry->list_brackets = list.Style() == YAML::EmitterStyle::Flow;
      entries.push_back(*entry);
    }
    return entries;
  } catch (const YAML::Exception& error) {
    return At(error.mark, error.msg);
  }
}

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

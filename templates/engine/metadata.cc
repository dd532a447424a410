#include "templates/engine/metadata.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <initializer_list>

#include "templates/engine/parse.h"

namespace posthaste::templates {
namespace {

// Carries the place of a fault out of the reader; never leaves this file.
struct Fault {
  YAML::Mark mark;
  std::string message;
};

[[noreturn]] void Refuse(const YAML::Node& node, std::string message) {
  throw Fault{node.Mark(), std::move(message)};
}

void ExpectKeys(const YAML::Node& map, std::initializer_list<std::string_view> known) {
  if (!map.IsMap()) Refuse(map, "must be a map");
  for (const auto& entry : map) {
    const std::string key = entry.first.Scalar();
    bool found = false;
    for (const std::string_view name : known) found = found || name == key;
    if (!found) Refuse(entry.first, fmt::format("unknown key '{}'", key));
  }
}

std::string Text(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  if (!node) return "";
  if (!node.IsScalar()) Refuse(node, fmt::format("'{}' must be text", key));
  return node.Scalar();
}

bool Flag(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  bool flag = false;
  if (node && !YAML::convert<bool>::decode(node, flag))
    Refuse(node, fmt::format("'{}' must be true or false", key));
  return flag;
}

Value Sample(const Variable& variable, const YAML::Node& node) {
  if (variable.type == Type::kList) {
    if (!node.IsSequence()) Refuse(node, "the sample of a list must be a list");
    Value::Items items;
    for (const auto& item : node) {
      if (!item.IsMap()) Refuse(item, "must be a map");
      Value::Fields fields;
      for (const auto& entry : item) {
        const auto field = variable.fields.find(entry.first.Scalar());
        if (field == variable.fields.end()) Refuse(entry.first, "undeclared field");
        fields.emplace(field->first, Sample(field->second, entry.second));
      }
      items.push_back(Value::Object(std::move(fields)));
    }
    return Value::List(std::move(items));
  }
  if (!node.IsScalar()) Refuse(node, "the sample must be a scalar");
  bool flag = false;
  double number = 0;
  if (variable.type == Type::kBool && YAML::convert<bool>::decode(node, flag)) return Value(flag);
  if (variable.type == Type::kNumber && YAML::convert<double>::decode(node, number))
    return Value(number);
  return Value(node.Scalar());
}

Schema Variables(const YAML::Node& map, bool field);

Variable OneVariable(const std::string& name, const YAML::Node& node, bool field) {
  ExpectKeys(node, {"type", "required", "sample", "description", "choices", "fields"});
  Variable variable;
  const std::optional<Type> type = FindType(Text(node, "type"));
  if (!type) Refuse(node, fmt::format("'{}' has no type that we know", name));
  variable.type = *type;
  variable.required = Flag(node, "required");
  variable.description = Text(node, "description");
  if (variable.description.empty()) Refuse(node, fmt::format("'{}' has no description", name));
  if ((variable.type == Type::kChoice) != static_cast<bool>(node["choices"])) {
    Refuse(node, fmt::format("'{}': a choice, and only a choice, has choices", name));
  }
  if ((variable.type == Type::kList) != static_cast<bool>(node["fields"])) {
    Refuse(node, fmt::format("'{}': a list, and only a list, has fields", name));
  }
  if (node["choices"]) {
    if (!node["choices"].IsSequence()) Refuse(node["choices"], "choices must be a list");
    for (const auto& choice : node["choices"]) {
      if (!IsVariableName(choice.Scalar()) || choice.Scalar() == "other") {
        Refuse(choice, "a choice is a lower-case word other than 'other'");
      }
      variable.choices.push_back(choice.Scalar());
    }
  }
  if (node["fields"]) variable.fields = Variables(node["fields"], true);
  if (node["sample"]) {
    variable.sample = Sample(variable, node["sample"]);
    const std::vector<Problem> problems =
        Check({{name, variable}}, Value::Object({{name, variable.sample}}));
    if (!problems.empty()) {
      Refuse(node["sample"], fmt::format("the sample of '{}' {}", name, problems[0].description));
    }
  } else if (!field) {
    Refuse(node, fmt::format("'{}' has no sample", name));
  }
  return variable;
}

Schema Variables(const YAML::Node& map, bool field) {
  Schema schema;
  if (!map) return schema;
  if (!map.IsMap()) Refuse(map, "must be a map");
  for (const auto& entry : map) {
    const std::string name = entry.first.Scalar();
    if (!IsVariableName(name))
      Refuse(entry.first, fmt::format("'{}' is no name of a variable", name));
    if (name == "code") Refuse(entry.first, "'code' is the code's place, not a variable");
    Variable variable = OneVariable(name, entry.second, field);
    if (!schema.emplace(name, std::move(variable)).second) {
      Refuse(entry.first, fmt::format("'{}' is declared twice", name));
    }
  }
  return schema;
}

Metadata Read(const YAML::Node& root) {
  ExpectKeys(root, {"mail_class", "description", "default_locale", "code_in_subject", "variables"});
  Metadata metadata;
  const std::string mail_class = Text(root, "mail_class");
  if (mail_class == "code") {
    metadata.mail_class = MailClass::kCode;
  } else if (mail_class == "notice") {
    metadata.mail_class = MailClass::kNotice;
  } else if (mail_class != "general") {
    Refuse(root, "mail_class must be code, notice or general");
  }
  metadata.description = Text(root, "description");
  if (metadata.description.empty()) Refuse(root, "no description");
  metadata.code_in_subject = Flag(root, "code_in_subject");
  if (root["default_locale"]) metadata.default_locale = Text(root, "default_locale");
  metadata.variables = Variables(root["variables"], false);
  return metadata;
}

}  // namespace

absl::StatusOr<Metadata> ParseMetadata(std::string_view file, std::string_view yaml) {
  try {
    return Read(YAML::Load(std::string(yaml)));
  } catch (const Fault& fault) {
    return ErrorAt(file, {fault.mark.line + 1, fault.mark.column + 1}, fault.message);
  } catch (const YAML::Exception& error) {
    return ErrorAt(file, {error.mark.line + 1, error.mark.column + 1}, error.msg);
  }
}

std::string_view MailClassName(MailClass mail_class) {
  switch (mail_class) {
    case MailClass::kCode:
      return "code";
    case MailClass::kNotice:
      return "notice";
    case MailClass::kGeneral:
      return "general";
  }
  return "";
}

}  // namespace posthaste::templates

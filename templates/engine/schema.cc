#include "templates/engine/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/encoding.h"
#include "templates/engine/escape.h"
#include "templates/engine/formatters.h"
#include "templates/engine/html_place.h"
#include "templates/engine/money.h"

namespace posthaste::templates {
namespace {

using Reason = Problem::Reason;

constexpr size_t kStringBytes = 4096;
constexpr size_t kListItems = 200;

constexpr std::pair<std::string_view, Type> kTypeNames[] = {
    {"string", Type::kString},     {"url", Type::kUrl},       {"time", Type::kTime},
    {"duration", Type::kDuration}, {"number", Type::kNumber}, {"money", Type::kMoney},
    {"bool", Type::kBool},         {"color", Type::kColor},   {"domain", Type::kDomain},
    {"choice", Type::kChoice},     {"list", Type::kList}};

bool IsDomain(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ||
                  c == ':';
         });
}

// What is wrong with a string of this type; "" if nothing is.
std::string StringFault(Type type, const std::string& text) {
  if (text.size() > kStringBytes) return fmt::format("is longer than {} bytes", kStringBytes);
  if (!IsUtf8(text)) return "is not UTF-8";
  if (HasBadControl(text)) return "has a control character";
  if (type == Type::kUrl && !IsSafeUrl(text)) {
    return "must be an absolute URL with scheme https, http, mailto or tel";
  }
  if (type == Type::kColor && !IsColor(text)) return "must be a colour like #1a73e8";
  if (type == Type::kDomain && !IsDomain(text)) return "must be a host name like example.com";
  return "";
}

std::string Fault(const Variable& variable, const Value& value) {
  switch (variable.type) {
    case Type::kTime:
      return ParseTime(value) ? "" : "must be a time like 2026-11-22T14:32:00Z";
    case Type::kDuration:
      return ParseDuration(value) ? "" : "must be a duration like 600s, at most ten years";
    case Type::kNumber:
      return value.number() != nullptr ? "" : "must be a number";
    case Type::kMoney:
      return value.string() != nullptr && ParseMoney(*value.string())
                 ? ""
                 : "must be an amount and its currency like 12.90 EUR";
    case Type::kBool:
      return value.boolean() != nullptr ? "" : "must be true or false";
    case Type::kList:
      if (value.list() == nullptr) return "must be a list of objects";
      return value.list()->size() <= kListItems ? ""
                                                : fmt::format("has more than {} items", kListItems);
    default:
      if (value.string() == nullptr)
        return fmt::format("must be a {}", variable.type == Type::kUrl ? "URL" : "string");
      return StringFault(variable.type, *value.string());
  }
}

void CheckObject(const Schema& schema, const Value& object, const std::string& prefix,
                 std::vector<Problem>& problems) {
  // Both are sorted by name.
  auto declared = schema.begin();
  for (const auto& [name, value] : *object.object()) {
    while (declared != schema.end() && declared->first < name) ++declared;
    if (declared == schema.end() || declared->first != name) {
      problems.push_back({prefix + name, Reason::kUndeclared, "is not declared by the template"});
    }
  }
  auto given = object.object()->begin();
  for (const auto& [name, variable] : schema) {
    while (given != object.object()->end() && given->first < name) ++given;
    const bool has = given != object.object()->end() && given->first == name;
    const Value* const value = has ? &given->second : nullptr;
    const std::string path = prefix + name;
    if (value == nullptr || value->is_null()) {
      if (variable.required) problems.push_back({path, Reason::kMissing, "is required"});
      continue;
    }
    // An optional text given empty is absent: sections treat it so.
    if (!variable.required && value->string() != nullptr && value->string()->empty()) continue;
    if (std::string fault = Fault(variable, *value); !fault.empty()) {
      problems.push_back({path, Reason::kType, std::move(fault)});
      continue;
    }
    if (variable.type != Type::kList) continue;
    for (size_t i = 0; i < value->list()->size(); ++i) {
      const Value& item = (*value->list())[i];
      const std::string at = fmt::format("{}[{}]", path, i);
      if (item.object() == nullptr) {
        problems.push_back({at, Reason::kType, "must be an object"});
      } else {
        CheckObject(variable.fields, item, at + ".", problems);
      }
    }
  }
}

}  // namespace

std::vector<Problem> Check(const Schema& schema, const Value& variables) {
  std::vector<Problem> problems;
  static const Value kNothing = Value::Object({});
  if (variables.object() == nullptr && !variables.is_null()) {
    problems.push_back({"", Reason::kType, "must be an object"});
    return problems;
  }
  CheckObject(schema, variables.is_null() ? kNothing : variables, "", problems);
  return problems;
}

bool IsChosen(const Variable& variable, const Value* chosen, std::string_view choice) {
  std::string_view word;
  if (chosen != nullptr && chosen->string() != nullptr) word = *chosen->string();
  std::string plain;
  if (word.find('-') != std::string_view::npos) {
    plain = word;
    std::replace(plain.begin(), plain.end(), '-', '_');
    word = plain;
  }
  const auto& known = variable.choices;
  if (choice == "other") return std::find(known.begin(), known.end(), word) == known.end();
  return word == choice;
}

std::string_view TypeName(Type type) {
  for (const auto& [name, known] : kTypeNames) {
    if (known == type) return name;
  }
  return "";
}

std::optional<Type> FindType(std::string_view name) {
  for (const auto& [known, type] : kTypeNames) {
    if (known == name) return type;
  }
  return std::nullopt;
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '_';
         });
}

}  // namespace posthaste::templates

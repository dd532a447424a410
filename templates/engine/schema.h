// The variables that a template declares, and the check of a caller's variables against them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "templates/engine/value.h"

namespace posthaste::templates {

enum class Type {
  kString,    // UTF-8 without controls, line breaks allowed, at most 4 KiB.
  kUrl,       // An absolute URL; the only type that may begin a link.
  kTime,      // RFC 3339, "2026-11-22T14:32:00Z".
  kDuration,  // "600s" or a number of seconds.
  kNumber,
  kMoney,  // "12.90 EUR": no more decimals than the currency has.
  kBool,
  kColor,   // "#1a73e8"; the only type that may enter a style.
  kDomain,  // A host name in ASCII, "example.com".
  kChoice,  // A word; sections ask `{{#purpose.sign_in}}`, and `{{#purpose.other}}` for any that is
            // not declared, or none.
  kList,    // Objects with declared fields; sections repeat.
};

struct Variable;
using Schema = std::map<std::string, Variable, std::less<>>;

struct Variable {
  Type type = Type::kString;
  bool required = false;
  bool has_default = false;  // Brand variables: always there, so no section need guard them.
  Value sample;              // For skeletons, previews and tests.
  std::string description;
  std::vector<std::string> choices;  // kChoice.
  Schema fields;                     // kList.
};

// What is wrong with one variable. The API answers it as VARIABLE_MISSING and so on, with the path.
struct Problem {
  enum class Reason { kMissing, kUndeclared, kType, kHeaderInjection };

  std::string path;  // "expire_time", "items[2].name".
  Reason reason = Reason::kMissing;
  std::string description;  // "is required", "must be a time like 2026-11-22T14:32:00Z". Never
                            // repeats the value.
};

// Every problem of `variables`, in the order of their names. null counts as absent. A value that is
// no object has one problem.
std::vector<Problem> Check(const Schema& schema, const Value& variables);

// Whether the choice `chosen` (null pointer: absent) is `choice`; "other" is whatever was not
// declared. '-' and '_' are the same.
bool IsChosen(const Variable& variable, const Value* chosen, std::string_view choice);

// "string", "url" … and back.
std::string_view TypeName(Type type);
std::optional<Type> FindType(std::string_view name);

// Lower case letters, digits, '_', beginning with a letter, at most 64.
bool IsVariableName(std::string_view name);

}  // namespace posthaste::templates

// The variables of a template: an immutable value like JSON's.
//
// No protobuf and no parser here: the API turns a google.protobuf.Struct into a Value, tests write
// one down:
//   Value::Object({{"product_name", "Acme"}, {"seats", 3}, {"admin", true}})
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace posthaste::templates {

class Value {
 public:
  using Items = std::vector<Value>;
  using Fields = std::map<std::string, Value, std::less<>>;

  Value() = default;                                             // null
  Value(bool value) : value_(value) {}                           // NOLINT: literals are values.
  Value(int value) : value_(static_cast<double>(value)) {}       // NOLINT
  Value(double value) : value_(value) {}                         // NOLINT
  Value(const char* value) : value_(std::string(value)) {}       // NOLINT
  Value(std::string value) : value_(std::move(value)) {}         // NOLINT
  Value(std::string_view value) : value_(std::string(value)) {}  // NOLINT

  static Value List(Items items) { return Value(Storage(std::move(items))); }
  static Value Object(Fields fields) { return Value(Storage(std::move(fields))); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }

  // Each answers null if the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const double* number() const { return std::get_if<double>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Items* list() const { return std::get_if<Items>(&value_); }
  const Fields* object() const { return std::get_if<Fields>(&value_); }

  // The field of an object; null pointer if this is no object or has no such field.
  const Value* Find(std::string_view name) const {
    const Fields* fields = object();
    if (fields == nullptr) return nullptr;
    const auto found = fields->find(name);
    return found == fields->end() ? nullptr : &found->second;
  }

  // Whether a section on this value is rendered: not null, not false, not "" and no empty list. 0
  // is a number like any other.
  bool Truthy() const {
    if (const bool* flag = boolean()) return *flag;
    if (const std::string* text = string()) return !text->empty();
    if (const Items* items = list()) return !items->empty();
    return !is_null();
  }

 private:
  using Storage = std::variant<std::monostate, bool, double, std::string, Items, Fields>;
  explicit Value(Storage value) : value_(std::move(value)) {}

  Storage value_;
};

// A number as a person writes it in plain text: "85", "1.21"; up to 15 significant digits, never an
// exponent below 1e15.
std::string NumberText(double number);

}  // namespace posthaste::templates

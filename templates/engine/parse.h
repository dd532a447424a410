// Turns the text of a template into a tree: the syntax of Mustache
// (mustache.github.io/mustache.5.html) and nothing else.
//
// Whether a name exists, and whether a variable may stand where it stands, is decided later
// (compile.h). We add to Mustache's syntax only the formatter, `{{name | formatter}}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace posthaste::templates {

// Where something stands in a file; both count from 1, columns in bytes.
struct Place {
  int line = 1;
  int column = 1;
};

struct Node {
  enum class Kind { kText, kVariable, kSection, kInverted, kPartial };

  Kind kind = Kind::kText;
  Place place;
  std::string text;               // kText: the bytes. kPartial: the partial's name.
  std::vector<std::string> path;  // kVariable, kSection, kInverted: the dotted name; empty for `.`.
  bool raw = false;               // kVariable: written {{{name}}} or {{&name}}.
  std::string formatter;          // kVariable: what stands after `|`, or "".
  std::string indent;          // kPartial alone on its line: put before each line of the partial.
  std::vector<Node> children;  // kSection, kInverted.
};

struct Limits {
  static constexpr size_t kSourceBytes = 256 * 1024;  // One file.
  static constexpr int kDepth = 32;                   // Sections and partials within each other.
  static constexpr size_t kNodes = 20'000;            // One template with its partials.
  static constexpr size_t kOutputBytes = 512 * 1024;  // One rendering of one part.
};

// INVALID_ARGUMENT "file:line:column: what is wrong". `indent` is put before every line of
// `source`, as the specification asks for a partial that stands alone on an indented line.
absl::StatusOr<std::vector<Node>> Parse(std::string_view file, std::string_view source,
                                        std::string_view indent = "");

// "file:line:column: message" as INVALID_ARGUMENT.
absl::Status ErrorAt(std::string_view file, Place place, std::string_view message);

// "a.b.c", or "." for the empty path.
std::string PathText(const std::vector<std::string>& path);

}  // namespace posthaste::templates

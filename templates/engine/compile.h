// Compiles a template: puts partials in, finds out where in the HTML each tag stands, checks every
// name against the declared variables. What is left for rendering cannot go wrong but by a value.
//
// Two ways. Strict is the product: every name is declared, an optional variable stands within its
// own section, a type fits its place. Lenient is the Mustache specification to the letter (a
// missing name is ""), kept to prove the parser right.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "templates/engine/escape.h"
#include "templates/engine/formatters.h"
#include "templates/engine/parse.h"
#include "templates/engine/schema.h"

namespace posthaste::templates {

enum class Medium { kSubject, kText, kHtml };

struct SourceFile {
  std::string path;  // For messages: "layout/head.html".
  std::string bytes;
};

// Null if there is no such partial. The pointer is used before the next call only.
using PartialSource = std::function<const SourceFile*(std::string_view name)>;

struct CompileOptions {
  Medium medium = Medium::kText;
  bool lenient = false;
  std::vector<const Schema*> scopes;  // Strict: the declared names; a later scope hides an earlier
                                      // one. Must outlive the Program.
  bool allow_code = false;            // Strict: whether `{{code}}` may be used.
  PartialSource partials;
};

// One step of a compiled template.
struct Op {
  enum class Kind { kText, kVariable, kSection, kInverted, kPartial };

  Kind kind = Kind::kText;
  std::string text;  // kText; the code's mark is text too.
  std::vector<std::string> path;
  size_t name = 0;  // Of path[0] among the names of the program, if there is a path.
  Formatter formatter = Formatter::kNone;
  Slot slot = Slot::kPlain;
  const Variable* choice_of = nullptr;  // A section on a choice: true if path[0] is path[1].
  size_t partial = 0;                   // kPartial (lenient only): index into Program::partials.
  std::vector<Op> body;
};

// Immutable once compiled; rendered by any number of threads.
struct Program {
  std::vector<Op> ops;
  std::vector<std::vector<Op>> partials;  // Lenient only: they may include themselves.
  std::set<std::string> used;  // First parts of all names that were used, "code" included.
  size_t names = 0;            // How many different first parts its paths have.
  bool lenient = false;
};

// INVALID_ARGUMENT "file:line:column: what is wrong".
absl::StatusOr<Program> Compile(const SourceFile& file, const CompileOptions& options);

}  // namespace posthaste::templates

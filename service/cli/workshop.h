// A designer's table: templates in a folder of one's own, compiled, linted and rendered here,
// without a service.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "templates/engine/files.h"
#include "templates/engine/finding.h"
#include "templates/engine/template.h"

namespace posthaste::cli {

// A folder "…/welcome" with template.yaml and its languages; beside it there may be a "layout".
struct Workpiece {
  std::string name;           // "welcome".
  templates::Files files;     // The folder's own, by their path within it.
  templates::Files with_all;  // With the layout and what is built in, as the engine wants them.
};

// NOT_FOUND: no such folder. INVALID_ARGUMENT: its name is none of a template, a file is too large.
absl::StatusOr<Workpiece> ReadWorkpiece(const std::string& folder);

// Null if it does not compile; then the findings say where.
struct Worked {
  std::unique_ptr<const templates::Template> mail;
  std::vector<templates::Finding> findings;
};
Worked Work(const Workpiece& piece);

// A message with the samples, and `variables` in their place, in one language.
struct Sample {
  std::string subject, text, html;
  std::string eml;  // As it would go to a relay, unsigned.
};
absl::StatusOr<Sample> MakeSample(const templates::Template& mail,
                                  const templates::Value& variables, const std::string& locale);

// The files of a new template that lints clean: a copy of a built-in one, in English.
// INVALID_ARGUMENT: the class is none of notice and general, the name is none.
absl::StatusOr<templates::Files> Scaffold(const std::string& name, const std::string& mail_class);

}  // namespace posthaste::cli

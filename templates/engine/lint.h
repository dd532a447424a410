// What a template should not do although it compiles: the rules that keep mail readable, honest and
// safe. docs/TEMPLATES.md says why each is there.
//
// The rules look at what is rendered from the samples: with all variables, with the required ones
// alone, and with each choice; so a section that only some readers see is checked too. What lint
// cannot see is whether a translation says what the original says.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "templates/engine/finding.h"
#include "templates/engine/template.h"

namespace posthaste::templates {

struct LintOptions {
  std::vector<std::string> locales;  // Languages that the template must speak.
};

// Each fault once for each file, in the order of LintRules(); empty if there is none. Renders the
// template some ten times in each language: milliseconds, not for a loop.
std::vector<Finding> Lint(const Template& mail, const LintOptions& options = {});

// The names of all rules, "compile" not among them.
std::span<const std::string_view> LintRules();

}  // namespace posthaste::templates

// One rendering of a template that the rules of lint look at. Only for lint*.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "templates/engine/finding.h"
#include "templates/engine/page.h"
#include "templates/engine/template.h"

namespace posthaste::templates {

inline constexpr std::string_view kLintCode = "123456";

struct LintCase {
  const Template& mail;
  std::string locale;
  bool full = true;  // With every variable and a full brand; else with the required ones alone.
  std::string subject, text, html;  // The code filled in: kLintCode.
  Page page;                        // Of `html`.
  std::vector<Finding>& findings;

  // `part` is "subject.txt", "body.txt" or "body.html".
  void Find(std::string_view rule, std::string_view part, std::string message) const;
};

// The rules that read the texts: code-first, expiry, autofill, never-ask, notice-facts, urgency.
void LintWords(const LintCase& one);

// The rules that read the page: preheader, links, pictures, size, structure, contrast, direction.
void LintPage(const LintCase& one);

}  // namespace posthaste::templates

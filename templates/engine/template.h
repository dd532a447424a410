// One template with all its languages: checks a caller's variables and renders a message.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "templates/engine/compile.h"
#include "templates/engine/files.h"
#include "templates/engine/metadata.h"
#include "templates/engine/schema.h"
#include "templates/engine/value.h"

namespace posthaste::templates {

// A message but for its code, whose place holds a mark (marks.h).
struct Rendered {
  std::string subject;  // One line, no control but the marks.
  std::string text;     // Lines end in "\n"; never two blank lines in a row.
  std::string html;
  std::string
      locale;  // The language it is written in, which need not be the one that was asked for.
};

// Immutable; every method may be called by any thread. Lives as long as its Catalogue.
class Template {
 public:
  // Compiles `name` out of `files` (its own folder and layout/). A language's template.mjml, what
  // its body.html was made of, is passed over. INVALID_ARGUMENT "file:line:column: what is wrong".
  static absl::StatusOr<std::unique_ptr<const Template>> Load(std::string_view name,
                                                              const Files& files);

  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  const std::string& name() const { return name_; }
  MailClass mail_class() const { return metadata_.mail_class; }
  bool code_in_subject() const { return metadata_.code_in_subject; }
  const std::string& description() const { return metadata_.description; }
  const Schema& variables() const { return metadata_.variables; }
  std::vector<std::string> Locales() const;

  // SHA-256 (32 bytes) of everything that decides what is rendered: template, layout, metadata,
  // engine.
  const std::string& revision() const { return revision_; }

  // The names that a part uses in the nearest language to `locale`: the brand's and "code" too.
  const std::set<std::string>& Used(std::string_view locale, Medium part) const;

  // What is wrong with the variables, each with its path; empty if they can be rendered. A line
  // break in a variable that the subject uses is kHeaderInjection.
  std::vector<Problem> Check(const Value& variables) const;

  // The message in the nearest language that we have to `locale` ("" is the default; "pt-BR" → "pt"
  // → default), its times in `time_zone` (IANA; "" is UTC). `brand` as in brand.h. INVALID_ARGUMENT
  // names the first variable that is wrong, "brand.<name>" for the brand's, or "time_zone".
  absl::StatusOr<Rendered> Render(const Value& variables, const Value& brand,
                                  std::string_view locale, std::string_view time_zone) const;

  // The sample variables, for previews and tests; `required_only` leaves the optional ones out.
  Value Samples(bool required_only = false) const;

 private:
  struct Parts {
    Program subject, text, html;
  };

  Template() = default;
  absl::Status LoadLocale(const std::string& locale, const Files& files);
  absl::StatusOr<Program> CompilePart(const std::string& locale, const char* part, Medium medium,
                                      const Files& files) const;
  absl::Status Prove(const std::string& locale, const Parts& parts) const;
  absl::StatusOr<Rendered> RenderParts(const Parts& parts, const std::string& resolved,
                                       const Value& variables, const Value& brand,
                                       const Reader& reader) const;
  const std::string& Resolve(std::string_view locale) const;

  std::string name_;
  Metadata metadata_;
  std::string revision_;
  std::map<std::string, Parts, std::less<>> locales_;
  std::set<std::string> in_subject_;  // Variables that some locale's subject uses.
};

}  // namespace posthaste::templates

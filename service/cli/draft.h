// A template that somebody is writing, as the sandbox's console shows it: `posthaste template
// preview --watch` leaves it there after every save.
//
// One file a template, replaced at once: <data_dir>/drafts/<name>.json
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace posthaste::cli {

struct DraftMail {
  std::string locale, subject, text, html;
};

struct Draft {
  std::string name;
  absl::Time time;                    // Of the save.
  std::vector<std::string> findings;  // What lint says, a line each.
  std::vector<DraftMail> mails;       // A language each; empty: it does not compile.
};

std::string DraftsFolder(const std::string& data_dir);

// Whether a sandbox runs there that could show drafts.
bool ShowsDrafts(const std::string& data_dir);

// INVALID_ARGUMENT names the file that cannot be written.
absl::Status WriteDraft(const std::string& folder, const Draft& draft);

// Newest first. What cannot be read is left out.
std::vector<Draft> ReadDrafts(const std::string& folder);

}  // namespace posthaste::cli

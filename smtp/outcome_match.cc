// The only place that knows RE2: all words of the table are one automaton, so a reply is read once
// however many rows there are.
#include <re2/set.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "smtp/outcome_rules.h"

namespace posthaste::smtp::rules {
namespace {

constexpr int64_t kMemoryMax = 16 << 20;  // Of the automaton's cache; it starts anew when full.

// An enhanced code of another class than the reply's is not believed (RFC 2034 section 4).
const EnhancedCode* Believed(const Reply& reply) {
  return reply.enhanced && reply.enhanced->klass == reply.code / 100 ? &*reply.enhanced : nullptr;
}

bool Fits(const Enhanced& wanted, const EnhancedCode* code) {
  if (wanted.kind == Enhanced::Kind::kIgnored) return true;
  return code != nullptr && (wanted.klass == 0 || wanted.klass == code->klass) &&
         wanted.subject == code->subject && wanted.detail_min <= code->detail &&
         code->detail <= wanted.detail_max;
}

class Words {
 public:
  Words();

  // For each row whether its words are in `text`.
  std::vector<bool> In(const std::string& text) const;

 private:
  RE2::Set set_;
  std::vector<size_t> row_of_;  // By number in the set.
};

// A pattern that does not compile is a fault of the build; a test compiles them all.
Words::Words()
    : set_(
          [] {
            RE2::Options options;
            options.set_encoding(RE2::Options::EncodingLatin1);
            options.set_case_sensitive(false);
            options.set_max_mem(kMemoryMax);
            return options;
          }(),
          RE2::UNANCHORED) {
  const std::span<const Rule> rules = Rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    if (*rules[i].words == '\0') continue;
    std::string why;
    const std::string anchored = std::string("\\b(?:") + rules[i].words + ")\\b";
    if (set_.Add(anchored, &why) < 0) {
      std::fprintf(stderr, "posthaste: row %s: %s\n", rules[i].name, why.c_str());
      std::abort();
    }
    row_of_.push_back(i);
  }
  if (set_.Compile()) return;
  std::fprintf(stderr, "posthaste: the table of replies is too large\n");
  std::abort();
}

std::vector<bool> Words::In(const std::string& text) const {
  std::vector<bool> rows(Rules().size());
  std::vector<int> found;
  if (set_.Match(text, &found)) {
    for (const int number : found) rows[row_of_[static_cast<size_t>(number)]] = true;
  }
  return rows;
}

const Words& AllWords() {
  static const Words words;
  return words;
}

}  // namespace

void Prepare() { AllWords(); }

const Rule* Match(Phase phase, const Reply& reply) {
  if (!reply.Transient() && !reply.Permanent()) return nullptr;
  const EnhancedCode* const code = Believed(reply);
  const std::vector<bool> said = AllWords().In(reply.Text());
  const std::span<const Rule> rules = Rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if ((rule.phases & Bit(phase)) == 0) continue;
    if (reply.code < rule.code_min || reply.code > rule.code_max) continue;
    if (!Fits(rule.enhanced, code)) continue;
    if (*rule.words != '\0' && !said[i]) continue;
    return &rule;
  }
  return nullptr;
}

}  // namespace posthaste::smtp::rules

// Follows HTML far enough to know where a tag of a template stands: in text, in which attribute, in
// CSS, in a script.
//
// This is no HTML parser: it reads the text between a template's tags as a browser's tokenizer
// would (WHATWG HTML 13.2.5) and refuses what would be ambiguous. A template is ours to write;
// being strict costs its author a word, being lax costs a hole.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace posthaste::templates {

class HtmlPlace {
 public:
  enum class State {
    kText,         // Between tags, and in <title> and <textarea>.
    kTagName,      // `<` to the end of the name, and closing tags.
    kInTag,        // Between attributes.
    kAttrName,     // In an attribute's name.
    kAfterName,    // After it, before `=`.
    kBeforeValue,  // After `=`.
    kQuoted,       // In a quoted value.
    kUnquoted,     // In a value without quotes.
    kComment,      // <!-- … -->, conditional comments included.
    kMarkup,       // <!doctype …>, <? … >
    kStyle,        // In <style>.
    kScript,       // In <script> and other elements whose text is not text.
  };

  // What an attribute's value is read as.
  enum class Attribute { kPlain, kUrl, kStyle, kRefused };

  // Reads on. INVALID_ARGUMENT where the text is ambiguous or dangerous: a static URL with a scheme
  // that we do not know.
  absl::Status Read(std::string_view text);

  // A variable stands here: what follows continues after some unknown text. Only matters within
  // attributes.
  void PassVariable();

  State state() const { return state_; }
  Attribute attribute() const { return attribute_; }
  const std::string& attribute_name() const { return attr_name_; }

  // The part of the current attribute's value that has been read, "" at its start.
  const std::string& value() const { return value_; }
  // Whether a variable has already stood in the current value.
  bool value_has_variable() const { return value_has_variable_; }

  // The text read so far ends in `<`, and what follows would decide what it begins.
  bool begins_tag() const { return state_ == State::kText && !recent_.empty(); }

  // Two places are the same if a section may begin at one and end at the other.
  friend bool operator==(const HtmlPlace& a, const HtmlPlace& b);

  // "in a comment", "in the attribute 'style'", for messages.
  std::string Describe() const;

 private:
  absl::Status Step(char c);
  absl::Status InText(char c);
  void InTagName(char c);
  void EndTag();
  void InAttrName(char c);
  void BeginValue();
  absl::Status EndValue();
  void InRawText(char c);

  State state_ = State::kText;
  std::string tag_;        // Lower case, "/" first for a closing tag.
  std::string attr_name_;  // Lower case.
  std::string value_;
  std::string recent_;  // The last bytes in a comment, in raw text: looks for their end.
  Attribute attribute_ = Attribute::kPlain;
  char quote_ = '"';
  bool value_has_variable_ = false;
};

// Whether `url` may be the target of a link or the source of an image: absolute, with scheme https,
// http, mailto, tel or cid, and without blanks, controls, quotes, angle brackets, braces,
// backslashes (RFC 3986 has none of them).
bool IsSafeUrl(std::string_view url);

}  // namespace posthaste::templates

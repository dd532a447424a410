// What a reader sees of an HTML mail: its texts, with the colours that they have in light and in
// dark, and its elements. For lint.
//
// Reads what mail is made of: inline styles, rules of one class (`.card{…}`) in <style>, and such
// rules within `@media (prefers-color-scheme:dark)`. Other selectors and media are left out, and so
// is <title>. Not for HTML of others.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace posthaste::templates {

struct Element {
  std::string tag;                                // Lower case.
  std::map<std::string, std::string> attributes;  // Names in lower case, references resolved.

  // "" if there is none.
  std::string Get(const std::string& name) const;
};

// "#rrggbb", or as it is written where it is no colour that we can read.
struct Colors {
  std::string text = "#000000";
  std::string background = "#ffffff";
};

// A text between two tags, with references resolved; never blank.
struct Text {
  std::string text;
  Colors light, dark;
  double pixels = 16;  // Its height.
  bool hidden = false;
  std::string dir;  // Of the nearest element that says so; "" if none does.
  int link = -1;    // Index into Page::elements of the `a` it stands in.
};

struct Page {
  std::vector<Element> elements;  // In the order of their opening tags.
  std::vector<Text> texts;
  std::string style;  // What stands in <style>.

  // The texts that are shown, one after the other, every run of blanks one space.
  std::string Visible() const;
};

Page ReadPage(std::string_view html);

}  // namespace posthaste::templates

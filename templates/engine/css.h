// As much of CSS as mail needs: declarations, and rules of one class in light and in dark.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace posthaste::templates {

struct Declaration {
  std::string text;  // In lower case: "#1c2024".
  bool important = false;
};

// By property, in lower case. `background` is read as background-color, `font` as font-size; a
// background without a colour (an image, inherit) is left out.
using Declarations = std::map<std::string, Declaration>;

// "color:#fff!important;margin:0". Colours come out as "#rrggbb" where they can be read.
Declarations ReadDeclarations(std::string_view style);

struct Rules {
  std::map<std::string, Declarations> light, dark;  // By class, without the point.
};

// The rules of one class in a style sheet; `dark` are those in a block whose condition speaks of
// prefers-color-scheme:dark. Whatever else it holds is passed over.
Rules ReadRules(std::string_view sheet);

}  // namespace posthaste::templates

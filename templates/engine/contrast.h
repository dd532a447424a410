// How well a colour is read on another (WCAG 2.1, 1.4.3).
#pragma once

#include <string_view>

namespace posthaste::templates {

// From 1 (the same) to 21 (black on white). REQUIRES: both are "#rrggbb".
double Contrast(std::string_view a, std::string_view b);

}  // namespace posthaste::templates

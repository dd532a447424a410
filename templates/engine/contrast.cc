#include "templates/engine/contrast.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace posthaste::templates {
namespace {

// Relative luminance.
double Luminance(std::string_view color) {
  double channels[3];
  for (size_t i = 0; i < 3; ++i) {
    const double part =
        static_cast<double>(std::stoi(std::string(color.substr(1 + 2 * i, 2)), nullptr, 16)) /
        255.0;
    channels[i] = part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
}

}  // namespace

double Contrast(std::string_view a, std::string_view b) {
  const double x = Luminance(a) + 0.05;
  const double y = Luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

}  // namespace posthaste::templates

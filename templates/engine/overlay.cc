#include "templates/engine/overlay.h"

#include <set>
#include <string>

namespace posthaste::templates {
namespace {

// The first folder of a path: a template's name.
std::string NameOf(const std::string& path) { return path.substr(0, path.find('/')); }

// The templates that `files` hold whole.
std::set<std::string> Whole(const Files& files) {
  std::set<std::string> names;
  for (const auto& [path, bytes] : files) {
    const size_t end = path.rfind("/subject.txt");
    if (end == std::string::npos) continue;
    const std::string folder = path.substr(0, end);
    if (files.contains(folder + "/body.txt") && files.contains(folder + "/body.html") &&
        files.contains(NameOf(path) + "/template.yaml")) {
      names.insert(NameOf(path));
    }
  }
  return names;
}

}  // namespace

Files Overlaid(Files over, const Files& under) {
  const std::set<std::string> whole = Whole(over);
  for (const auto& [path, bytes] : under) {
    if (!whole.contains(NameOf(path))) over.emplace(path, bytes);  // Keeps what is there.
  }
  return over;
}

}  // namespace posthaste::templates

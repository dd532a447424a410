#include "service/queue/scripts.h"

#include <cstdio>
#include <cstdlib>
#include <map>

namespace posthaste::queue {
namespace {

constexpr std::string_view kInclude = "-- include ";
constexpr std::string_view kLibrary = "lib_";
constexpr std::string_view kSuffix = ".lua";

// A script that is not there, or a line that includes none, is a fault of the build.
std::string_view FileNamed(std::string_view path) {
  for (const EmbeddedFile& file : ScriptFiles()) {
    if (file.path == path) return file.bytes;
  }
  std::fprintf(stderr, "posthaste: no script %s\n", std::string(path).c_str());
  std::abort();
}

std::string Assemble(std::string_view bytes) {
  std::string source;
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    if (line.starts_with(kInclude)) {
      source.append(FileNamed(line.substr(kInclude.size())));
    } else {
      source.append(line).push_back('\n');
    }
  }
  return source;
}

using Table = std::map<std::string, redis::Script, std::less<>>;

const Table& Scripts() {
  static const Table table = [] {
    Table scripts;
    for (const EmbeddedFile& file : ScriptFiles()) {
      if (file.path.starts_with(kLibrary)) continue;
      const std::string_view name = file.path.substr(0, file.path.size() - kSuffix.size());
      scripts.emplace(name, redis::MakeScript(name, Assemble(file.bytes)));
    }
    return scripts;
  }();
  return table;
}

}  // namespace

const redis::Script& ScriptNamed(std::string_view name) {
  const auto found = Scripts().find(name);
  if (found != Scripts().end()) return found->second;
  FileNamed(name);
  std::abort();
}

void RegisterScripts(redis::Client& client) {
  for (const auto& [name, script] : Scripts()) client.Register(script);
}

}  // namespace posthaste::queue

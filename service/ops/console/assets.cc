#include "service/ops/console/assets.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace posthaste::ops {
namespace {

const char* TypeOf(const std::string& path) {
  if (absl::EndsWith(path, ".js")) return "text/javascript; charset=utf-8";
  if (absl::EndsWith(path, ".css")) return "text/css; charset=utf-8";
  if (absl::EndsWith(path, ".svg")) return "image/svg+xml";
  return "text/html; charset=utf-8";
}

// By path; computed once.
const std::map<std::string, std::string, std::less<>>& Tags() {
  static const auto* const tags = [] {
    auto* made = new std::map<std::string, std::string, std::less<>>();
    for (const EmbeddedFile& file : ConsoleFiles()) {
      made->emplace(file.path,
                    absl::StrCat("\"", Hex(crypto::Sha256(file.bytes).substr(0, 12)), "\""));
    }
    return made;
  }();
  return *tags;
}

}  // namespace

std::string_view ConsoleFile(std::string_view path) {
  for (const EmbeddedFile& file : ConsoleFiles()) {
    if (file.path == path) return file.bytes;
  }
  return {};
}

Page Asset(std::string_view path, std::string_view if_none_match) {
  const auto tag = Tags().find(path);
  if (tag == Tags().end()) return {404, "text/plain; charset=utf-8", "no such file\n"};
  Page page{200, TypeOf(tag->first), ""};
  page.headers = {{"ETag", tag->second}, {"Cache-Control", "no-cache"}};
  if (if_none_match == tag->second) {
    page.status = 304;
  } else {
    page.body = std::string(ConsoleFile(path));
  }
  return page;
}

}  // namespace posthaste::ops

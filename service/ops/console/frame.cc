#include "service/ops/console/frame.h"

#include "absl/strings/str_replace.h"
#include "templates/engine/escape.h"

namespace posthaste::ops {

std::string InScheme(std::string_view html, bool dark) {
  const std::string always = dark ? "all" : "not all";
  return absl::StrReplaceAll(std::string(html), {{"(prefers-color-scheme: dark)", always},
                                                 {"(prefers-color-scheme:dark)", always}});
}

std::string TextPage(std::string_view text) {
  std::string html =
      "<!doctype html><title>Text</title><pre style=\"white-space:pre-wrap;font:14px/1.5 "
      "ui-monospace,monospace;padding:16px;margin:0\">";
  templates::AppendHtml(text, html);
  return html + "</pre>";
}

}  // namespace posthaste::ops

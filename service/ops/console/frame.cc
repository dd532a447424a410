#include "service/ops/console/frame.h"

#include <fmt/format.h>

#include "absl/strings/str_replace.h"
#include "base/encoding.h"
#include "templates/engine/escape.h"

namespace posthaste::ops {

std::string InScheme(std::string_view html, bool dark) {
  const std::string always = dark ? "all" : "not all";
  return absl::StrReplaceAll(std::string(html), {{"(prefers-color-scheme: dark)", always},
                                                 {"(prefers-color-scheme:dark)", always}});
}

std::string WithPicture(std::string_view html, std::string_view content_id,
                        std::string_view media_type, std::string_view bytes) {
  if (content_id.empty()) return std::string(html);
  const std::string data = fmt::format("data:{};base64,{}\"", media_type, Base64(bytes));
  return absl::StrReplaceAll(std::string(html), {{fmt::format("cid:{}\"", content_id), data}});
}

std::string TextPage(std::string_view text) {
  std::string html =
      "<!doctype html><title>Text</title><pre style=\"white-space:pre-wrap;font:14px/1.5 "
      "ui-monospace,monospace;padding:16px;margin:0\">";
  templates::AppendHtml(text, html);
  return html + "</pre>";
}

}  // namespace posthaste::ops

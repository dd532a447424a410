// The frame of every page: navigation, who is logged in, and the script that fills it.
#pragma once

#include <string>
#include <string_view>

#include "service/ops/console/session.h"
#include "service/ops/http.h"

namespace posthaste::ops {

struct ShellView {
  Session session;
  bool sandbox = false;
  std::string version;
};

// Whether the console has a page of this name: "now", "message", …; "inbox" and "drafts" in the
// sandbox only.
bool HasPage(std::string_view name, bool sandbox);

// REQUIRES: HasPage.
Page Shell(std::string_view name, const ShellView& view);

// The form that asks for a key; `problem` says why the last try was refused, "" = none was.
Page LoginForm(std::string_view problem);

// With the policy that lets a page load nothing but what is ours.
Page WithPolicy(Page page);

// HTML that others wrote, under the policy that runs nothing and loads nothing.
Page Framed(std::string html);

}  // namespace posthaste::ops

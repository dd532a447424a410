#include "service/ops/console/shell.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/ops/console/assets.h"
#include "templates/engine/escape.h"

namespace posthaste::ops {
namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "
    "'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
constexpr char kFramePolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
    "'none'; frame-ancestors 'self'; sandbox";

struct Entry {
  std::string_view name, title;
  bool sandbox = false;  // There only.
};
constexpr Entry kEntries[] = {{"now", "Now"},
                              {"inbox", "Inbox", true},
                              {"message", "Messages"},
                              {"queue", "Queue"},
                              {"relays", "Relays"},
                              {"verifications", "Verifications"},
                              {"templates", "Templates"},
                              {"drafts", "Drafts", true}};

std::string Escaped(std::string_view text) {
  std::string html;
  templates::AppendHtml(text, html);
  return html;
}

std::string Href(std::string_view name) {
  return name == "now" ? "/console/" : absl::StrCat("/console/", std::string(name));
}

std::string Navigation(std::string_view current, bool sandbox) {
  std::string html;
  for (const Entry& entry : kEntries) {
    if (entry.sandbox && !sandbox) continue;
    absl::StrAppend(&html, "<a href=\"", Href(entry.name), "\"",
                    entry.name == current ? " aria-current=\"page\"" : "", ">",
                    std::string(entry.title), "</a>\n");
  }
  return html;
}

std::string TitleOf(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return std::string(entry.title);
  }
  return "";
}

Page Html(std::string_view file,
          const std::vector<std::pair<const std::string, std::string>>& values) {
  return WithPolicy({200, "text/html; charset=utf-8",
                     absl::StrReplaceAll(std::string(ConsoleFile(file)), values)});
}

}  // namespace

bool HasPage(std::string_view name, bool sandbox) {
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return sandbox || !entry.sandbox;
  }
  return false;
}

Page Shell(std::string_view name, const ShellView& view) {
  const std::string who = view.sandbox ? "Sandbox" : Escaped(view.session.who.key);
  const std::string leave =
      view.sandbox
          ? ""
          : absl::StrCat(
                "<form method=\"post\" action=\"/console/logout\"><input "
                "type=\"hidden\" name=\"csrf\" value=\"",
                Escaped(view.session.csrf), "\"><button class=\"quiet\">Log out</button></form>");
  return Html("shell.html", {{"{{page}}", std::string(name)},
                             {"{{title}}", TitleOf(name)},
                             {"{{navigation}}", Navigation(name, view.sandbox)},
                             {"{{who}}", who},
                             {"{{leave}}", leave},
                             {"{{write}}", view.session.who.write ? "yes" : "no"},
                             {"{{sandbox}}", view.sandbox ? "yes" : "no"},
                             {"{{version}}", Escaped(view.version)},
                             {"{{csrf}}", Escaped(view.session.csrf)}});
}

Page LoginForm(std::string_view problem) {
  const std::string said = problem.empty() ? ""
                                           : absl::StrCat("<p class=\"problem\" role=\"alert\">",
                                                          Escaped(problem), "</p>");
  return Html("login.html", {{"{{problem}}", said}});
}

Page WithPolicy(Page page) {
  page.headers.emplace_back("Content-Security-Policy", kPolicy);
  page.headers.emplace_back("Referrer-Policy", "no-referrer");
  page.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  return page;
}

Page Framed(std::string html) {
  Page page{200, "text/html; charset=utf-8", std::move(html)};
  page.headers = {{"Content-Security-Policy", kFramePolicy}, {"Referrer-Policy", "no-referrer"}};
  return page;
}

}  // namespace posthaste::ops

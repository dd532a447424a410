#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "templates/engine/brand.h"
#include "templates/engine/contrast.h"
#include "templates/engine/escape.h"
#include "templates/engine/lint_case.h"

namespace posthaste::templates {
namespace {

constexpr char kPart[] = "body.html";
constexpr size_t kHtmlBytes = 100'000;  // Gmail cuts at 102 kB.
constexpr double kPixels = 16;
constexpr double kContrast = 4.5;

bool IsRemote(std::string url) {
  absl::AsciiStrToLower(&url);
  return url.starts_with("http:") || url.starts_with("https:") || url.starts_with("//");
}

// "www.example.com" of "https://www.example.com:8080/x"; "" for what is no web address.
std::string HostOf(std::string_view url) {
  const size_t slashes = url.find("//");
  if (slashes == std::string_view::npos) return "";
  std::string host(url.substr(slashes + 2));
  host.resize(std::min(host.find_first_of("/?#:"), host.size()));
  host.erase(0, host.find('@') == std::string::npos ? 0 : host.find('@') + 1);
  absl::AsciiStrToLower(&host);
  return host.starts_with("www.") ? host.substr(4) : host;
}

void LintPreheader(const LintCase& one) {
  if (one.page.texts.empty() || !one.page.texts.front().hidden)
    one.Find("preheader", kPart, "does not begin with a hidden line for the list of mails");
}

// Scanners open every link before the reader does.
void LintActs(const LintCase& one, const std::string& href) {
  static constexpr std::string_view kActs[] = {"confirm", "approve", "activate", "delete", "revoke",
                                               "disable", "cancel",  "token",    "otp"};
  std::string path = href;
  absl::AsciiStrToLower(&path);
  path.erase(0, path.find("//") == std::string::npos ? 0 : path.find('/', path.find("//") + 2));
  const std::vector<std::string> words = absl::StrSplit(path, absl::ByAnyChar("/?#&=-_."));
  for (const std::string& word : words) {
    if (std::find(std::begin(kActs), std::end(kActs), word) != std::end(kActs))
      one.Find("link-acts", kPart,
               fmt::format("'{}' looks as if opening it did something: '{}'", href, word));
  }
}

void LintShortener(const LintCase& one, const std::string& href) {
  static constexpr std::string_view kShorteners[] = {
      "bit.ly", "t.co",    "tinyurl.com", "goo.gl",  "ow.ly", "is.gd",
      "v.gd",   "buff.ly", "rebrand.ly",  "cutt.ly", "t.ly",  "rb.gy"};
  const std::string host = HostOf(href);
  if (std::find(std::begin(kShorteners), std::end(kShorteners), host) != std::end(kShorteners))
    one.Find("link-shortener", kPart, fmt::format("'{}' hides where it leads", host));
}

// "www.example.com/x" as the host it names; "" for words.
std::string NamedHost(std::string text) {
  absl::StripAsciiWhitespace(&text);
  if (text.find(' ') != std::string::npos || text.find('@') != std::string::npos) return "";
  const std::string host = HostOf(text.find("//") == std::string::npos ? "//" + text : text);
  const size_t point = host.rfind('.');
  const bool name =
      point != std::string::npos && point > 0 && host.size() - point > 2 &&
      std::all_of(host.begin(), host.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
      });
  return name ? host : "";
}

void LintLinks(const LintCase& one) {
  for (size_t i = 0; i < one.page.elements.size(); ++i) {
    if (one.page.elements[i].tag != "a") continue;
    const std::string href = one.page.elements[i].Get("href");
    LintActs(one, href);
    LintShortener(one, href);
    std::string said;
    for (const Text& text : one.page.texts) {
      if (text.link == static_cast<int>(i)) said += text.text;
    }
    const std::string host = NamedHost(said);
    if (!host.empty() && host != HostOf(href))
      one.Find("link-text", kPart, fmt::format("says '{}' and leads to '{}'", host, HostOf(href)));
  }
}

// A link of one part is a link of the other. The logo's is decoration.
void LintSameLinks(const LintCase& one) {
  if (!one.full) return;
  const std::string home = *SampleBrand().Find("product_url")->string();
  std::set<std::string> linked;
  for (const Element& element : one.page.elements) {
    const std::string href = element.tag == "a" ? element.Get("href") : "";
    if (href.empty() || href == home) continue;
    linked.insert(href);
    if (IsRemote(href) && one.text.find(href) == std::string::npos)
      one.Find("same-in-both", "body.txt", fmt::format("has no link to '{}'", href));
  }
  const std::vector<std::string> words = absl::StrSplit(one.text, absl::ByAnyChar(" \n"));
  for (const std::string& word : words) {
    if (IsRemote(word) && !linked.contains(word))
      one.Find("same-in-both", kPart, fmt::format("has no link to '{}'", word));
  }
}

// Only general mail has attachments of its caller's; what else a picture names by cid: is nowhere.
bool IsNowhere(const Element& element) {
  const std::string src = element.Get("src");
  return absl::AsciiStrToLower(src).starts_with("cid:") && src != kSampleLogoUrl;
}

void LintPictures(const LintCase& one) {
  const bool plain = one.mail.mail_class() == MailClass::kGeneral;
  for (const Element& element : one.page.elements) {
    const std::string width = element.Get("width"), height = element.Get("height");
    const bool dot = (!width.empty() && std::atoi(width.c_str()) <= 1) ||
                     (!height.empty() && std::atoi(height.c_str()) <= 1);
    if (element.tag == "img" && dot)
      one.Find("tracker", kPart, "a picture of one pixel tells that the mail was read");
    const bool fetched =
        (element.tag != "a" && (IsRemote(element.Get("src")) || IsRemote(element.Get("href")))) ||
        IsRemote(element.Get("background")) ||
        element.Get("style").find("url(") != std::string::npos;
    if (fetched && !plain)
      one.Find("remote-asset", kPart,
               fmt::format("<{}> is fetched when the mail is opened", element.tag));
    if (IsNowhere(element) && !plain)
      one.Find("remote-asset", kPart,
               fmt::format("<{}> shows what this class of mail cannot carry: only logo_url's",
                           element.tag));
  }
  if (one.page.style.find("@import") != std::string::npos ||
      (one.page.style.find("url(") != std::string::npos && !plain))
    one.Find("remote-asset", kPart, "<style> is fetched when the mail is opened");
}

void LintStructure(const LintCase& one) {
  const auto find = [&one](std::string message) {
    one.Find("structure", kPart, std::move(message));
  };
  const auto count = [&one](std::string_view tag) {
    return std::count_if(one.page.elements.begin(), one.page.elements.end(),
                         [tag](const Element& element) { return element.tag == tag; });
  };
  if (count("h1") != 1) find(fmt::format("has {} h1, not one", count("h1")));
  for (const Element& element : one.page.elements) {
    if (element.tag == "table" && element.Get("role") != "presentation")
      find("has a table without role=\"presentation\"");
    if (element.tag == "img" && !element.attributes.contains("alt"))
      find("has a picture without alt");
  }
  const auto root = std::find_if(one.page.elements.begin(), one.page.elements.end(),
                                 [](const Element& element) { return element.tag == "html"; });
  if (root == one.page.elements.end()) return find("has no <html>");
  if (root->Get("lang") != one.locale) find("<html> does not say its lang");
  if (root->Get("dir") != Direction(one.locale)) find("<html> does not say its dir");
}

void LintContrast(const LintCase& one, const Text& text, const Colors& colors, const char* mode) {
  for (const std::string& color : {colors.text, colors.background}) {
    if (IsColor(color)) continue;
    return one.Find("contrast", kPart, fmt::format("cannot read the colour '{}'", color));
  }
  const double contrast = Contrast(colors.text, colors.background);
  if (contrast >= kContrast) return;
  std::string words = text.text.substr(0, text.text.find('\n', 1));
  absl::StripAsciiWhitespace(&words);
  one.Find("contrast", kPart,
           fmt::format("{} on {} is {:.1f}:1 in {}, less than {}:1: '{}'", colors.text,
                       colors.background, contrast, mode, kContrast, words));
}

void LintTexts(const LintCase& one) {
  const bool code = one.mail.mail_class() == MailClass::kCode;
  const bool rtl = Direction(one.locale) == "rtl";
  for (const Text& text : one.page.texts) {
    if (code && rtl && text.text.find("123 456") != std::string::npos)
      one.Find("code-direction", kPart,
               "{{code | grouped}} changes its halves in text from right to left");
    if (text.hidden) continue;
    LintContrast(one, text, text.light, "light");
    LintContrast(one, text, text.dark, "dark");
    if (text.pixels < kPixels)
      one.Find("text-size", kPart, fmt::format("has text of {} px", text.pixels));
    if (code && rtl && text.text.find(kLintCode) != std::string::npos && text.dir != "ltr")
      one.Find("code-direction", kPart, "the code does not stand in an element with dir=\"ltr\"");
  }
}

}  // namespace

void LintPage(const LintCase& one) {
  LintPreheader(one);
  LintLinks(one);
  LintSameLinks(one);
  LintPictures(one);
  LintStructure(one);
  LintTexts(one);
  if (one.html.size() > kHtmlBytes)
    one.Find("size", kPart, fmt::format("has {} bytes, more than {}", one.html.size(), kHtmlBytes));
}

}  // namespace posthaste::templates

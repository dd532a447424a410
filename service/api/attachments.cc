#include "service/api/attachments.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "service/api/header_fields.h"
#include "service/api/refusal.h"
#include "smtp/mime.h"

namespace posthaste::api {
namespace {

constexpr std::string_view kShown = "\"cid:";

// Types that are run or hold scripts.
constexpr std::string_view kTypesRefused[] = {
    "text/html",
    "text/javascript",
    "text/ecmascript",
    "text/vbscript",
    "text/x-sh",
    "text/x-shellscript",
    "image/svg+xml",
    "application/xhtml+xml",
    "application/javascript",
    "application/ecmascript",
    "application/x-javascript",
    "application/hta",
    "application/x-msdownload",
    "application/x-msdos-program",
    "application/x-dosexec",
    "application/x-msi",
    "application/x-ms-installer",
    "application/x-ms-shortcut",
    "application/x-bat",
    "application/x-sh",
    "application/x-executable",
    "application/x-elf",
    "application/x-mach-binary",
    "application/vnd.microsoft.portable-executable",
    "application/java-archive",
    "application/x-java-archive",
    "application/vnd.android.package-archive",
};

// Ends of names that Gmail refuses, those of HTML, and others that a double click runs.
constexpr std::string_view kEndsRefused[] = {
    "ade", "adp", "apk",   "app",     "appx",    "appxbundle", "bat",   "cab",        "chm",
    "cmd", "com", "cpl",   "diagcab", "diagcfg", "diagpkg",    "dll",   "dmg",        "elf",
    "ex",  "ex_", "exe",   "gadget",  "hta",     "htm",        "html",  "inf",        "ins",
    "isp", "iso", "img",   "jar",     "jnlp",    "js",         "jse",   "lib",        "lnk",
    "mde", "mht", "mhtml", "mjs",     "msc",     "msi",        "msix",  "msixbundle", "msp",
    "mst", "nsh", "pif",   "pl",      "ps1",     "ps2",        "psc1",  "py",         "reg",
    "rgs", "scf", "scr",   "sct",     "sh",      "shb",        "shtml", "svg",        "svgz",
    "sys", "url", "vb",    "vbe",     "vbs",     "vhd",        "vhdx",  "vxd",        "wsc",
    "wsf", "wsh", "xht",   "xhtml",   "xll",     "xlam",       "xla",
};

constexpr std::string_view kImages[] = {"image/gif", "image/jpeg", "image/png"};

template <size_t kSize>
bool Contains(const std::string_view (&all)[kSize], std::string_view one) {
  return std::find(std::begin(all), std::end(all), one) != std::end(all);
}

// Marks that write what follows in another order than it is: "Rechnung\u202Efdp.exe" looks like a
// PDF. Names in right-to-left scripts need none of them.
bool TurnsAround(std::string_view text) {
  constexpr std::string_view kMarks[] = {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E",
                                         "\u2066", "\u2067", "\u2068", "\u2069"};
  return std::any_of(std::begin(kMarks), std::end(kMarks), [text](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
}

// What stands behind the last dot, in lower case.
std::string EndOf(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : absl::AsciiStrToLower(name.substr(dot + 1));
}

void CheckName(const std::string& field, const std::string& name, Fields& fields) {
  const auto wrong = [&](const char* what) { fields.Add(field, "FIELD_INVALID", what); };
  if (name.empty()) return wrong("is required");
  if (name.size() > kAttachmentNameMax)
    return fields.Add(field, "FIELD_INVALID",
                      absl::StrCat("must be at most ", kAttachmentNameMax, " bytes"));
  if (HasControl(name)) {
    fields.Add(field, "HEADER_INJECTION", "must be one line of text without control characters");
    return;
  }
  if (name.find_first_of("/\\:") != std::string::npos) return wrong("must be a name, not a path");
  if (!smtp::CheckFileName(field, name).ok() || TurnsAround(name))
    return wrong("must be UTF-8 without line separators and marks that change its direction");
  // Windows drops them, and with them what the name ends in.
  if (name.front() == ' ' || name.back() == ' ' || name.back() == '.')
    return wrong("must not begin with a blank, nor end in one or in a dot");
  if (Contains(kEndsRefused, EndOf(name)))
    return wrong("ends like a program, a script or a page, which receivers refuse");
}

// RFC 2045 5.1, without parameters; a "*" or "'" has no place in a registered type.
bool IsType(std::string_view text) {
  const auto good = [](char c) {
    constexpr std::string_view kMarks = "!#$&^_.+-";
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), good);
}

void CheckType(const std::string& field, const std::string& type, bool shown, Fields& fields) {
  const size_t slash = type.find('/');
  const std::string_view all(type);
  if (type.size() > kAttachmentTypeMax || slash == std::string::npos ||
      !IsType(all.substr(0, slash)) || !IsType(all.substr(slash + 1))) {
    fields.Add(field, "FIELD_INVALID",
               absl::StrCat("must be type/subtype without parameters, at most ", kAttachmentTypeMax,
                            " bytes"));
    return;
  }
  const std::string lower = absl::AsciiStrToLower(type);
  if (lower.starts_with("multipart/") || lower.starts_with("message/")) {
    fields.Add(field, "FIELD_INVALID", "must be a type of data, not of mail");
  } else if (Contains(kTypesRefused, lower)) {
    fields.Add(field, "FIELD_INVALID",
               "is a type of programs, scripts or pages, which receivers refuse");
  } else if (shown && !Contains(kImages, lower)) {
    fields.Add(field, "FIELD_INVALID",
               "must be image/gif, image/jpeg or image/png: nothing else is shown");
  }
}

bool IsIdChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

void CheckContentId(const std::string& field, const std::string& id, std::set<std::string>& ids,
                    Fields& fields) {
  if (id.empty()) return;
  if (id.size() > kContentIdMax || !std::all_of(id.begin(), id.end(), IsIdChar)) {
    fields.Add(field, "FIELD_INVALID",
               absl::StrCat("must be at most ", kContentIdMax,
                            " ASCII letters, digits, dots, hyphens and underscores"));
  } else if (!ids.insert(id).second) {
    fields.Add(field, "FIELD_INVALID", "is there twice");
  }
}

// What `html` shows of attachments: what stands behind each src="cid:.
std::set<std::string> ShownIn(std::string_view html) {
  std::set<std::string> ids;
  for (size_t at = html.find(kShown); at != std::string_view::npos;
       at = html.find(kShown, at + 1)) {
    const std::string_view rest = html.substr(at + kShown.size());
    ids.emplace(rest.substr(0, std::min(rest.find('"'), rest.size())));
  }
  return ids;
}

}  // namespace

void CheckAttachments(const google::protobuf::RepeatedPtrField<v1::Attachment>& attachments,
                      Fields& fields, SendOrder& order) {
  if (attachments.empty() || !OnlyGeneral("attachments", fields, order)) return;
  if (attachments.size() > kAttachmentsMax) {
    fields.Add("attachments", "FIELD_INVALID", absl::StrCat("must be at most ", kAttachmentsMax));
    return;
  }
  size_t bytes = 0;
  std::set<std::string> ids;
  for (int i = 0; i < attachments.size(); ++i) {
    const v1::Attachment& attachment = attachments[i];
    const std::string field = absl::StrCat("attachments[", i, "]");
    CheckName(field + ".filename", attachment.filename(), fields);
    CheckType(field + ".content_type", attachment.content_type(), !attachment.content_id().empty(),
              fields);
    CheckContentId(field + ".content_id", attachment.content_id(), ids, fields);
    if (attachment.content().empty())
      fields.Add(field + ".content", "FIELD_INVALID", "is required");
    bytes += attachment.content().size();
  }
  if (bytes > smtp::kAttachmentsBytesMax)
    fields.Add("attachments", "FIELD_INVALID", "must be at most 512 KiB in all");
  if (!fields.ok()) return;
  for (const v1::Attachment& attachment : attachments) {
    order.attachments.push_back({attachment.filename(), attachment.content_type(),
                                 attachment.content(), attachment.content_id()});
  }
}

store::v1::Attachments AttachmentsOf(const SendOrder& order) {
  store::v1::Attachments attachments;
  for (const smtp::Attachment& one : order.attachments) {
    store::v1::Attachments::File& file = *attachments.add_files();
    file.set_file_name(one.file_name);
    file.set_media_type(one.media_type);
    file.set_content(one.bytes);
    file.set_content_id(one.content_id);
  }
  return attachments;
}

absl::Status CheckShown(const std::vector<smtp::Attachment>& attachments, std::string_view html,
                        const std::string& logo) {
  Fields fields;
  std::set<std::string> shown = ShownIn(html);
  shown.erase(logo);
  for (size_t i = 0; i < attachments.size(); ++i) {
    const std::string& id = attachments[i].content_id;
    if (id.empty() || shown.erase(id) > 0) continue;
    fields.Add(absl::StrCat("attachments[", i, "].content_id"), "FIELD_INVALID",
               "is shown nowhere: the template's HTML has no src=\"cid:…\" of this name");
  }
  if (!shown.empty())
    fields.Add("attachments", "FIELD_INVALID",
               "lack an image that the template's HTML shows by src=\"cid:…\"");
  return fields.Done();
}

}  // namespace posthaste::api

#include "service/cli/attachments.h"

#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "smtp/mime.h"

namespace posthaste::cli {
namespace {

constexpr std::pair<std::string_view, const char*> kTypes[] = {
    {".csv", "text/csv"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".gif", "image/gif"},
    {".ics", "text/calendar"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".json", "application/json"},
    {".md", "text/markdown"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".odt", "application/vnd.oasis.opendocument.text"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {".txt", "text/plain"},
    {".webp", "image/webp"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".xml", "application/xml"},
    {".zip", "application/zip"},
};

std::string TypeOf(const std::filesystem::path& path) {
  const std::string end = absl::AsciiStrToLower(path.extension().string());
  for (const auto& [name, type] : kTypes) {
    if (name == end) return type;
  }
  return "application/octet-stream";
}

absl::Status Wrong(const char* option, const std::string& word, const char* what) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", word, " ", what));
}

absl::Status Read(const char* option, const std::string& file, v1::Attachment& attachment) {
  const std::filesystem::path path(file);
  absl::StatusOr<std::string> content = ReadFile(file, smtp::kAttachmentsBytesMax);
  if (absl::IsResourceExhausted(content.status()))
    return Wrong(option, file, "is larger than 512 KiB");
  if (!content.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", std::string(content.status().message())));
  }
  attachment.set_filename(path.filename().string());
  attachment.set_content_type(TypeOf(path));
  attachment.set_content(*std::move(content));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadAttachments(const std::vector<std::string>& files,
                             const std::vector<std::string>& inlined,
                             v1::SendTemplateRequest& request) {
  for (const std::string& file : files) {
    const absl::Status read = Read("--attach", file, *request.add_attachments());
    if (!read.ok()) return read;
  }
  for (const std::string& word : inlined) {
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Wrong("--inline", word, "has no name and file");
    v1::Attachment& attachment = *request.add_attachments();
    const absl::Status read = Read("--inline", word.substr(equals + 1), attachment);
    if (!read.ok()) return read;
    attachment.set_content_id(word.substr(0, equals));
  }
  return absl::OkStatus();
}

}  // namespace posthaste::cli

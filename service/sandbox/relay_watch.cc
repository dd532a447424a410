#include "service/sandbox/relay_watch.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/cli/fate.h"

namespace posthaste::sandbox {

std::optional<Refused> ReadRefused(std::string_view line) {
  google::protobuf::Struct event;
  if (!google::protobuf::util::JsonStringToMessage(std::string(line), &event).ok())
    return std::nullopt;
  const auto text = [&event](const char* key) {
    const auto found = event.fields().find(key);
    return found == event.fields().end() ? std::string() : found->second.string_value();
  };
  if (text("event") != "attempt" || text("relay").empty() || text("held") != "tried")
    return std::nullopt;
  Refused refused{text("message"), text("state"), text("relay"), text("reply")};
  if (refused.state == "ACCEPTED") return std::nullopt;
  if (!v1::FailureClass_Parse(text("failure_class"), &refused.failure_class)) {
    refused.failure_class = v1::FAILURE_CLASS_UNSPECIFIED;
  }
  return refused;
}

RelayWatch::RelayWatch(std::string log_file, PhaseOf phase_of)
    : log_file_(std::move(log_file)), phase_of_(std::move(phase_of)) {
  std::error_code error;
  const auto size = std::filesystem::file_size(log_file_, error);
  if (!error) offset_ = static_cast<int64_t>(size);
}

void RelayWatch::Print(cli::Terminal& terminal) {
  std::ifstream file(log_file_, std::ios::binary);
  if (!file.seekg(offset_)) return;
  char chunk[16 * 1024];
  while (file.read(chunk, sizeof(chunk)) || file.gcount() > 0) {
    unread_.append(chunk, static_cast<size_t>(file.gcount()));
    offset_ += file.gcount();
  }
  for (size_t end = 0; (end = unread_.find('\n')) != std::string::npos; unread_.erase(0, end + 1)) {
    const std::optional<Refused> refused = ReadRefused(std::string_view(unread_).substr(0, end));
    if (!refused) continue;
    terminal.Line();
    terminal.Line(
        absl::StrCat(terminal.Bad(absl::AsciiStrToLower(refused->state)), "  ", refused->message));
    cli::PrintFailure(refused->relay, phase_of_(refused->message), refused->reply,
                      refused->failure_class, terminal);
    terminal.Flush();
  }
}

}  // namespace posthaste::sandbox

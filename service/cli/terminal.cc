#include "service/cli/terminal.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace posthaste::cli {

Terminal Terminal::Standard() {
  const bool colour = isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 &&
                      std::getenv("NO_COLOR") == nullptr;
  return Terminal(std::cout, std::cerr, colour);
}

std::string Terminal::Styled(std::string_view style, std::string_view text) const {
  if (!colour_) return std::string(text);
  return absl::StrCat("\033[", std::string(style), "m", std::string(text), "\033[0m");
}

void Terminal::Line(std::string_view text) { out_ << text << '\n'; }
void Terminal::Raw(std::string_view text) { out_ << text; }
void Terminal::Flush() { out_.flush(); }

void Terminal::Row(std::string_view label, std::string_view value) {
  std::string head = absl::StrCat("  ", std::string(label));
  head.resize(std::max(head.size() + 2, kLabelWidth), ' ');
  while (!value.empty()) {
    const size_t end = std::min(value.find('\n'), value.size());
    out_ << Dim(head) << value.substr(0, end) << '\n';
    value.remove_prefix(std::min(end + 1, value.size()));
    head.assign(kLabelWidth, ' ');
  }
}

void Terminal::Json(const google::protobuf::Message& message) { out_ << ToJson(message) << '\n'; }

void Terminal::Error(std::string_view text) {
  ErrorLine(absl::StrCat(Bad("posthaste:"), " ", std::string(text)));
}

void Terminal::ErrorLine(std::string_view text) {
  out_.flush();
  err_ << text << std::endl;
}

void Terminal::Hint(std::string_view text) { err_ << "  " << text << std::endl; }

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, and no answer of ours holds one.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &json, options));
  return json;
}

std::string Words(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 0.9995)
    return absl::StrFormat("%d ms", absl::ToInt64Milliseconds(duration + absl::Microseconds(500)));
  if (seconds < 10 && duration % absl::Seconds(1) != absl::ZeroDuration())
    return absl::StrFormat("%.1f s", seconds);
  if (seconds < 120) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 7200) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.0f h", seconds / 3600);
}

std::string Words(const google::protobuf::Timestamp& time, absl::Time now) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  const absl::TimeZone zone = absl::LocalTimeZone();
  const std::string day = absl::FormatTime("%Y-%m-%d", ToTime(time), zone);
  const bool today = day == absl::FormatTime("%Y-%m-%d", now, zone);
  return absl::StrCat(today ? "" : day + " ", absl::FormatTime("%H:%M:%S", ToTime(time), zone));
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string Harmless(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      ++i;
    } else if ((byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\t') {
      out += text[i];
    }
  }
  return out;
}

}  // namespace posthaste::cli

// Where the command line prints, and how: plain, aligned, in colour only on a terminal.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace posthaste::cli {

class Terminal {
 public:
  Terminal(std::ostream& out, std::ostream& err, bool colour)
      : out_(out), err_(err), colour_(colour) {}

  // Standard output and error; colour if both are terminals and NO_COLOR is not set.
  static Terminal Standard();

  void Line(std::string_view text = "");
  // "  label         value"; a long value goes on under itself. Nothing is printed for an empty
  // value.
  void Row(std::string_view label, std::string_view value);
  // The message as one line of JSON (field names as in the .proto).
  void Json(const google::protobuf::Message& message);
  void Raw(std::string_view text);  // As it is, without a line end.
  void Flush();

  // "posthaste: text" on standard error.
  void Error(std::string_view text);
  // A line of standard error as it is.
  void ErrorLine(std::string_view text);
  // A line that explains an error, indented below it.
  void Hint(std::string_view text);

  std::string Bold(std::string_view text) const { return Styled("1", text); }
  std::string Dim(std::string_view text) const { return Styled("2", text); }
  std::string Good(std::string_view text) const { return Styled("32", text); }
  std::string Bad(std::string_view text) const { return Styled("31", text); }

 private:
  std::string Styled(std::string_view style, std::string_view text) const;

  std::ostream& out_;
  std::ostream& err_;
  const bool colour_;
};

// The width that Row gives to labels, with the blanks around them.
inline constexpr size_t kLabelWidth = 16;

std::string ToJson(const google::protobuf::Message& message);

// "34 ms", "1.2 s", "10 min", "2 h".
std::string Words(absl::Duration duration);
// "14:32:05" today, else "2027-01-15 14:32:05"; local time. "" for a time that is not set.
std::string Words(const google::protobuf::Timestamp& time, absl::Time now);

absl::Time ToTime(const google::protobuf::Timestamp& time);
absl::Duration ToDuration(const google::protobuf::Duration& duration);

// Without terminal controls: what others wrote (mail, replies) must not move our cursor. Line ends
// and tabs stay.
std::string Harmless(std::string_view text);

}  // namespace posthaste::cli

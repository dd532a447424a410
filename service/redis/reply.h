// An answer of Redis as a value (RESP2).
//
// An error that the server sends is a Reply too: we asked, and the answer was no. Accessors turn
// what does not fit into an absl::Status, so that a caller reads `reply.Integer()` and handles the
// server's refusal and a surprise in one place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace posthaste::redis {

class Reply {
 public:
  enum class Kind : uint8_t { kNil, kInteger, kString, kStatus, kError, kArray };

  Reply() = default;  // Nil.
  static Reply OfInteger(int64_t value);
  static Reply OfString(std::string bytes);
  static Reply OfStatus(std::string text);
  static Reply OfError(std::string text);
  static Reply OfArray(std::vector<Reply> elements);

  Kind kind() const { return kind_; }
  bool IsNil() const { return kind_ == Kind::kNil; }
  bool IsError() const { return kind_ == Kind::kError; }
  // Whether this is the server's error whose first word is `code`: "NOSCRIPT", "OOM", "NOPERM".
  bool IsError(std::string_view code) const;

  // The accessors answer the value if the kind is right. Otherwise: ErrorStatus() for an error of
  // the server, INTERNAL with the kinds' names for anything else.
  absl::StatusOr<int64_t> Integer() const;
  absl::StatusOr<std::string_view> Text()
      const;  // String or status; the bytes live as long as this reply.
  absl::StatusOr<std::string> TakeText();  // The same, moved out.
  absl::StatusOr<std::optional<std::string>> TakeTextOrNil();
  absl::StatusOr<const std::vector<Reply>*> Array() const;  // Never null.
  absl::StatusOr<std::vector<Reply>> TakeArray();
  // OK for the status +OK (or any other status), an error otherwise.
  absl::Status Ok() const;

  // The server's error as a status: OOM is RESOURCE_EXHAUSTED; LOADING, READONLY, MASTERDOWN,
  // CLUSTERDOWN, TRYAGAIN, MISCONF, BUSY are UNAVAILABLE; NOAUTH, WRONGPASS, NOPERM are
  // PERMISSION_DENIED; the rest is INTERNAL. Redis quotes arguments of commands that it does not
  // know; that part is cut off, because arguments are secret. REQUIRES: IsError().
  absl::Status ErrorStatus() const;

  // The text of a string, status or error; empty for other kinds.
  const std::string& raw_text() const { return text_; }

  friend bool operator==(const Reply& a, const Reply& b) {
    return a.kind_ == b.kind_ && a.integer_ == b.integer_ && a.text_ == b.text_ &&
           a.elements_ == b.elements_;
  }

 private:
  friend class ReplyBuilder;  // reply_reader.cc fills replies in place.

  absl::Status Unexpected(std::string_view wanted) const;

  Kind kind_ = Kind::kNil;
  int64_t integer_ = 0;
  std::string text_;
  std::vector<Reply> elements_;
};

// "nil", "integer", …
std::string_view KindName(Reply::Kind kind);

}  // namespace posthaste::redis

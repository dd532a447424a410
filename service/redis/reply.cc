#include "service/redis/reply.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::redis {
namespace {

std::string_view FirstWord(std::string_view text) { return text.substr(0, text.find(' ')); }

absl::StatusCode CodeOf(std::string_view word) {
  if (word == "OOM") return absl::StatusCode::kResourceExhausted;
  for (const std::string_view busy : {"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN",
                                      "TRYAGAIN", "MISCONF", "BUSY", "NOREPLICAS"}) {
    if (word == busy) return absl::StatusCode::kUnavailable;
  }
  for (const std::string_view denied : {"NOAUTH", "WRONGPASS", "NOPERM"}) {
    if (word == denied) return absl::StatusCode::kPermissionDenied;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

Reply Reply::OfInteger(int64_t value) {
  Reply reply;
  reply.kind_ = Kind::kInteger;
  reply.integer_ = value;
  return reply;
}

Reply Reply::OfString(std::string bytes) {
  Reply reply;
  reply.kind_ = Kind::kString;
  reply.text_ = std::move(bytes);
  return reply;
}

Reply Reply::OfStatus(std::string text) {
  Reply reply = OfString(std::move(text));
  reply.kind_ = Kind::kStatus;
  return reply;
}

Reply Reply::OfError(std::string text) {
  Reply reply = OfString(std::move(text));
  reply.kind_ = Kind::kError;
  return reply;
}

Reply Reply::OfArray(std::vector<Reply> elements) {
  Reply reply;
  reply.kind_ = Kind::kArray;
  reply.elements_ = std::move(elements);
  return reply;
}

bool Reply::IsError(std::string_view code) const { return IsError() && FirstWord(text_) == code; }

absl::Status Reply::Unexpected(std::string_view wanted) const {
  if (IsError()) return ErrorStatus();
  return absl::InternalError(absl::StrCat("redis answered ", std::string(KindName(kind_)),
                                          " where ", std::string(wanted), " was expected"));
}

absl::StatusOr<int64_t> Reply::Integer() const {
  if (kind_ != Kind::kInteger) return Unexpected("integer");
  return integer_;
}

absl::StatusOr<std::string_view> Reply::Text() const {
  if (kind_ != Kind::kString && kind_ != Kind::kStatus) return Unexpected("string");
  return std::string_view(text_);
}

absl::StatusOr<std::string> Reply::TakeText() {
  if (kind_ != Kind::kString && kind_ != Kind::kStatus) return Unexpected("string");
  return std::move(text_);
}

absl::StatusOr<std::optional<std::string>> Reply::TakeTextOrNil() {
  if (IsNil()) return std::optional<std::string>();
  if (kind_ != Kind::kString && kind_ != Kind::kStatus) return Unexpected("string or nil");
  return std::optional<std::string>(std::move(text_));
}

absl::StatusOr<const std::vector<Reply>*> Reply::Array() const {
  if (kind_ != Kind::kArray) return Unexpected("array");
  return &elements_;
}

absl::StatusOr<std::vector<Reply>> Reply::TakeArray() {
  if (kind_ != Kind::kArray) return Unexpected("array");
  return std::move(elements_);
}

absl::Status Reply::Ok() const {
  if (kind_ == Kind::kStatus) return absl::OkStatus();
  return Unexpected("status");
}

absl::Status Reply::ErrorStatus() const {
  std::string_view text = text_;
  text = text.substr(0, text.find(", with args beginning with"));
  return absl::Status(CodeOf(FirstWord(text)), absl::StrCat("redis refused: ", std::string(text)));
}

std::string_view KindName(Reply::Kind kind) {
  switch (kind) {
    case Reply::Kind::kNil:
      return "nil";
    case Reply::Kind::kInteger:
      return "integer";
    case Reply::Kind::kString:
      return "string";
    case Reply::Kind::kStatus:
      return "status";
    case Reply::Kind::kError:
      return "error";
    case Reply::Kind::kArray:
      return "array";
  }
  return "unknown";
}

}  // namespace posthaste::redis

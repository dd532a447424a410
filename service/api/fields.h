// Checks the fields of a request, one by one, and collects what is wrong with all of them.
//
// Limits stand in the .proto's comments. A description never repeats a value: it may be an address
// or a code.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mailbox.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "posthaste/v1/client_context.pb.h"
#include "service/api/refusal.h"
#include "templates/engine/value.h"

namespace posthaste::api {

class Fields {
 public:
  using Strings = google::protobuf::Map<std::string, std::string>;

  // The same once more is not told twice. Beyond kViolationsMax nothing is kept: each is compared
  // with those before it, and one request has room for 100 000 wrong names.
  void Add(std::string field, std::string reason, std::string description);

  std::optional<Mailbox> Recipient(const std::string& address,
                                   const std::string& field = "recipient");
  // One line of UTF-8 without controls, at most `max` characters; "" is good unless `required`.
  void Line(const std::string& field, const std::string& value, size_t max, bool required = false,
            const std::string& reason = "FIELD_INVALID");
  // Why an operator or a caller acts, for the log: a line of at most 200 characters.
  void Reason(const std::string& value, bool required);
  // What was asked for, from 1 to `most`; `usual` for 0, and for what is wrong.
  int PageSize(int asked, int most, int usual);
  // A name for the To header: a line break in it is HEADER_INJECTION.
  void HeaderText(const std::string& field, const std::string& value, size_t max);
  void RequestId(const std::string& value);
  void Purpose(const std::string& value, bool required);
  void Locale(const std::string& value);
  void TimeZone(const std::string& value);
  void Labels(const Strings& labels);
  void Binding(const Strings& binding);
  void HttpsUrl(const std::string& field, const std::string& value);
  void IpAddress(const std::string& field, const std::string& value);
  void Context(const v1::ClientContext& context);
  // An id that a store could have given out.
  void Id(const std::string& field, const std::string& value, char kind);
  // nullopt: absent or wrong.
  std::optional<absl::Duration> Ttl(bool present, const google::protobuf::Duration& value,
                                    absl::Duration low, absl::Duration high);
  std::optional<absl::Duration> Span(const std::string& field, bool present,
                                     const google::protobuf::Duration& value, absl::Duration low,
                                     absl::Duration high,
                                     const std::string& reason = "FIELD_INVALID");
  std::optional<absl::Time> Time(const std::string& field, bool present,
                                 const google::protobuf::Timestamp& value);

  bool ok() const { return violations_.empty(); }
  // What is kept, in the order in which it was found.
  const std::vector<Violation>& violations() const { return violations_; }
  // OK, or INVALID_ARGUMENT with the violations that are kept.
  absl::Status Done() const;

 private:
  std::vector<Violation> violations_;
};

// A Struct as the variables of a template. Depth is bounded by protobuf's own parser.
templates::Value ToValue(const google::protobuf::Struct& variables);

// The address or, of IPv6, its /64: what limits count. REQUIRES: checked by Fields::IpAddress.
std::string NetworkOf(const std::string& ip_address);

}  // namespace posthaste::api

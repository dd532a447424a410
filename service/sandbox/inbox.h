// The folder of captured mail: one file a message, as a mail program would open it, its envelope in
// header lines of ours on top.
//
//   <folder>/tmp  being written        <folder>/new  whole: Return-Path, X-Envelope-To, X-Captured,
//   then the message as it came
//
// Names sort by time: sixteen digits of microseconds, "-", the message's id. One process writes;
// any number reads.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace posthaste::sandbox {

struct Envelope {
  std::string mail_from;  // "" = null reverse-path.
  std::vector<std::string> rcpt_to;
};

struct Captured {
  std::string id;  // 8 characters of base32.
  absl::Time time;
  Envelope envelope;
  std::string message;  // As it came.
};

// For readers.
class Inbox {
 public:
  explicit Inbox(std::string folder) : folder_(std::move(folder)) {}

  // Newest first; `to` limits it to one recipient (any case), "" = everybody.
  std::vector<Captured> List(std::string_view to, size_t max) const;

  // The newest message to `to` ("" = anybody) that is newer than the message `after` ("" = any).
  std::optional<Captured> Newest(std::string_view to, std::string_view after = "") const;

  // As Newest, but waits up to `limit` for one, looking every few milliseconds.
  std::optional<Captured> WaitFor(std::string_view to, std::string_view after, absl::Duration limit,
                                  const Clock& clock) const;

  // By the beginning of its id. NOT_FOUND; INVALID_ARGUMENT when several begin so.
  absl::StatusOr<Captured> Find(std::string_view id) const;

 private:
  std::string folder_;
};

// For the one writer.
class InboxWriter {
 public:
  static constexpr size_t kKept = 1000;  // Messages; older ones go.

  // Makes the folders (mode 0700). Errors name the folder.
  static absl::StatusOr<InboxWriter> Open(const std::string& folder, const Clock& clock,
                                          size_t kept = kKept);

  // Returns the id once the message is on the disk.
  absl::StatusOr<std::string> Store(const Envelope& envelope, std::string_view message);

 private:
  InboxWriter(std::string folder, const Clock& clock, size_t kept)
      : folder_(std::move(folder)), clock_(&clock), kept_(kept) {}

  std::string folder_;
  const Clock* clock_;
  size_t kept_;
  std::deque<std::string> names_;  // Oldest first.
};

}  // namespace posthaste::sandbox

#include "service/queue/record.h"

#include <optional>

#include "absl/status/status.h"
#include "service/queue/ids.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kVersion = 2, kVersionWithAttachments = 3;
constexpr int kMillisBytes = 6;
constexpr size_t kCreateAt = 8, kDeadlineAt = 14, kChangeAt = 20, kAcceptAt = 26,
                 kFingerprintAt = 32, kFailureAt = 40, kScopeAt = 41, kGenerationAt = 42,
                 kVerificationSizeAt = 44, kFactsSizeAt = 46, kResultSizeAt = 48;

void Put(std::string& out, uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(bits >> 8 * i));
}

uint64_t Get(std::string_view bytes, size_t at, int count) {
  uint64_t bits = 0;
  for (int i = 0; i < count; ++i) {
    bits |= uint64_t{static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)])} << 8 * i;
  }
  return bits;
}

uint8_t Get8(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
uint16_t Get16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(Get(bytes, at, 2));
}
int64_t GetMillis(std::string_view bytes, size_t at) {
  return static_cast<int64_t>(Get(bytes, at, kMillisBytes));
}

absl::Status Unreadable(std::string_view why) {
  return absl::DataLossError("stored record: " + std::string(why));
}

void PutHead(const Head& head, std::string& out) {
  out.push_back(HasAttachments(head) ? kVersionWithAttachments : kVersion);
  out.push_back(static_cast<char>(head.state));
  out.push_back(static_cast<char>(head.mail_class));
  out.push_back(static_cast<char>(head.flags));
  out.push_back(static_cast<char>(head.attempts));
  out.push_back(static_cast<char>(head.uncertain));
  Put(out, head.settled, 2);
  for (const int64_t ms : {head.create_ms, head.deadline_ms, head.change_ms, head.accept_ms}) {
    Put(out, static_cast<uint64_t>(ms), kMillisBytes);
  }
  out.append(head.fingerprint, 0, kFingerprintBytes);
  out.resize(kFingerprintAt + kFingerprintBytes, '\0');
  out.push_back(static_cast<char>(head.failure_class));
  out.push_back(static_cast<char>(head.scope));
  Put(out, head.generation, 2);
}

Head GetHead(std::string_view bytes) {
  Head head;
  head.state = static_cast<State>(Get8(bytes, 1));
  head.mail_class = static_cast<MailClass>(Get8(bytes, 2));
  head.flags = Get8(bytes, 3);
  head.attempts = Get8(bytes, 4);
  head.uncertain = Get8(bytes, 5);
  head.settled = Get16(bytes, 6);
  head.create_ms = GetMillis(bytes, kCreateAt);
  head.deadline_ms = GetMillis(bytes, kDeadlineAt);
  head.change_ms = GetMillis(bytes, kChangeAt);
  head.accept_ms = GetMillis(bytes, kAcceptAt);
  head.fingerprint = bytes.substr(kFingerprintAt, kFingerprintBytes);
  head.failure_class = static_cast<v1::FailureClass>(Get8(bytes, kFailureAt));
  head.scope = static_cast<v1::FailureScope>(Get8(bytes, kScopeAt));
  head.generation = Get16(bytes, kGenerationAt);
  return head;
}

// Cuts `size` bytes off the front; nothing if there are not as many.
std::optional<std::string_view> Take(std::string_view& rest, size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view part = rest.substr(0, size);
  rest.remove_prefix(size);
  return part;
}

template <typename Message>
bool Parse(const std::optional<std::string_view>& bytes, Message& message) {
  return bytes && message.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()));
}

// What is behind the result.
bool ParseTail(std::string_view rest, Record& record) {
  if (rest.empty()) return true;
  const std::optional<std::string_view> size = Take(rest, 2);
  if (!size || !Parse(Take(rest, Get16(*size, 0)), record.live)) return false;
  record.sealed = rest;
  return true;
}

}  // namespace

std::string Encode(const Record& record, std::string_view id) {
  const store::v1::Facts* facts = &record.facts;
  store::v1::Facts without_id;
  if (!record.verification.empty() && facts->verification_id() == VerificationIdOf(id)) {
    without_id = *facts;
    without_id.clear_verification_id();
    facts = &without_id;
  }
  const size_t facts_bytes = facts->ByteSizeLong();
  const size_t result_bytes = record.result.ByteSizeLong();
  const size_t live_bytes = record.live.ByteSizeLong();
  std::string out;
  out.reserve(kHeadBytes + record.verification.size() + facts_bytes + result_bytes + 2 +
              live_bytes + record.sealed.size());
  PutHead(record.head, out);
  Put(out, record.verification.size(), 2);
  Put(out, facts_bytes, 2);
  Put(out, result_bytes, 2);
  out.append(record.verification);
  facts->AppendToString(&out);
  record.result.AppendToString(&out);
  if (live_bytes == 0 && record.sealed.empty()) return out;
  Put(out, live_bytes, 2);
  record.live.AppendToString(&out);
  out.append(record.sealed);
  return out;
}

absl::StatusOr<Record> Decode(std::string_view bytes, std::string_view id) {
  if (bytes.empty()) return Unreadable("empty");
  if (Get8(bytes, 0) > kVersionWithAttachments) {
    return absl::FailedPreconditionError("stored record: of a newer version");
  }
  if (Get8(bytes, 0) < kVersion) return Unreadable("of a version that we do not know");
  if (bytes.size() < kHeadBytes) return Unreadable("shorter than its head");
  const uint8_t state = Get8(bytes, 1);
  if (state == 0 || !v1::Message::State_IsValid(state)) return Unreadable("no such state");
  if (Get8(bytes, 2) >= kMailClasses) return Unreadable("no such class");
  Record record;
  record.head = GetHead(bytes);
  std::string_view rest = bytes.substr(kHeadBytes);
  const auto verification = Take(rest, Get16(bytes, kVerificationSizeAt));
  if (!verification) return Unreadable("cut off");
  record.verification = *verification;
  if (!Parse(Take(rest, Get16(bytes, kFactsSizeAt)), record.facts)) return Unreadable("facts");
  if (!Parse(Take(rest, Get16(bytes, kResultSizeAt)), record.result)) return Unreadable("result");
  if (!ParseTail(rest, record)) return Unreadable("live facts");
  const bool began_here = !record.verification.empty() && record.facts.verification_id().empty();
  if (began_here) record.facts.set_verification_id(VerificationIdOf(id));
  return record;
}

bool HasAttachments(const Head& head) { return (head.flags & kFlagAttachments) != 0; }

bool IsTerminal(State state) {
  switch (state) {
    case v1::Message::ACCEPTED:
    case v1::Message::BOUNCED:
    case v1::Message::UNCERTAIN:
    case v1::Message::EXPIRED:
    case v1::Message::SUPERSEDED:
    case v1::Message::CANCELLED:
    case v1::Message::SUPPRESSED:
    case v1::Message::FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace posthaste::queue

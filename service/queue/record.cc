#include "service/queue/record.h"

#include "absl/status/status.h"

namespace posthaste::queue {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kFingerprintAt = 40, kFingerprintBytes = 16;

template <typename T>
void Put(std::string& out, T value) {
  const auto bits = static_cast<uint64_t>(value);
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(bits >> 8 * i));
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << 8 * i;
  }
  return static_cast<T>(bits);
}

absl::Status Unreadable(std::string_view why) {
  return absl::DataLossError("stored record: " + std::string(why));
}

}  // namespace

std::string Encode(const Record& record) {
  const Head& head = record.head;
  const size_t facts_bytes = record.facts.ByteSizeLong();
  const size_t result_bytes = record.result.ByteSizeLong();
  std::string out;
  out.reserve(kHeadBytes + facts_bytes + result_bytes + record.sealed.size());
  Put<uint8_t>(out, kVersion);
  Put<uint8_t>(out, static_cast<uint8_t>(head.state));
  Put<uint8_t>(out, static_cast<uint8_t>(head.mail_class));
  Put<uint8_t>(out, head.flags);
  Put<uint8_t>(out, head.attempts);
  Put<uint8_t>(out, head.uncertain);
  Put<uint16_t>(out, head.settled);
  Put<int64_t>(out, head.create_ms);
  Put<int64_t>(out, head.deadline_ms);
  Put<int64_t>(out, head.change_ms);
  Put<int64_t>(out, head.accept_ms);
  out.append(head.fingerprint.substr(0, kFingerprintBytes));
  out.resize(kFingerprintAt + kFingerprintBytes, '\0');
  Put<uint8_t>(out, static_cast<uint8_t>(head.failure_class));
  Put<uint8_t>(out, static_cast<uint8_t>(head.scope));
  Put<uint16_t>(out, static_cast<uint16_t>(facts_bytes));
  Put<uint16_t>(out, static_cast<uint16_t>(result_bytes));
  Put<uint16_t>(out, head.generation);
  record.facts.AppendToString(&out);
  record.result.AppendToString(&out);
  out.append(record.sealed);
  return out;
}

absl::StatusOr<Record> Decode(std::string_view bytes) {
  if (bytes.size() < kHeadBytes) return Unreadable("shorter than its head");
  if (Get<uint8_t>(bytes, 0) != kVersion) return Unreadable("of a version that we do not know");
  const auto state = Get<uint8_t>(bytes, 1);
  const auto mail_class = Get<uint8_t>(bytes, 2);
  if (state == 0 || !v1::Message::State_IsValid(state)) return Unreadable("no such state");
  if (mail_class >= kMailClasses) return Unreadable("no such class");
  const size_t facts_bytes = Get<uint16_t>(bytes, 58);
  const size_t result_bytes = Get<uint16_t>(bytes, 60);
  if (bytes.size() < kHeadBytes + facts_bytes + result_bytes) return Unreadable("cut off");

  Record record;
  Head& head = record.head;
  head.state = static_cast<State>(state);
  head.mail_class = static_cast<MailClass>(mail_class);
  head.flags = Get<uint8_t>(bytes, 3);
  head.attempts = Get<uint8_t>(bytes, 4);
  head.uncertain = Get<uint8_t>(bytes, 5);
  head.settled = Get<uint16_t>(bytes, 6);
  head.create_ms = Get<int64_t>(bytes, 8);
  head.deadline_ms = Get<int64_t>(bytes, 16);
  head.change_ms = Get<int64_t>(bytes, 24);
  head.accept_ms = Get<int64_t>(bytes, 32);
  head.fingerprint = bytes.substr(kFingerprintAt, kFingerprintBytes);
  head.failure_class = static_cast<v1::FailureClass>(Get<uint8_t>(bytes, 56));
  head.scope = static_cast<v1::FailureScope>(Get<uint8_t>(bytes, 57));
  head.generation = Get<uint16_t>(bytes, 62);
  const char* at = bytes.data() + kHeadBytes;
  if (!record.facts.ParseFromArray(at, static_cast<int>(facts_bytes))) return Unreadable("facts");
  at += facts_bytes;
  if (!record.result.ParseFromArray(at, static_cast<int>(result_bytes))) {
    return Unreadable("result");
  }
  record.sealed = bytes.substr(kHeadBytes + facts_bytes + result_bytes);
  return record;
}

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

// A whole session with the fuzzer as the relay. Whatever it says, and however it breaks off: the
// session ends; a dot goes out once at most, after the whole message and after the fence's yes;
// "accepted" is believed only after a complete 25z to a dot that was written; doubt is told exactly
// when a dot may be out; what leaves is whole lines; credentials go to nobody unproven.
//
// Input: two bytes of settings, then what the relay says, in turns: each is there to be read once
// the client has written again. Turns are separated by 0xfe; 0xfd in a turn: the write that begins
// it fails; 0xfc: silence follows, where else the connection would be closed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/session.h"
#include "tests/support/fake_clock.h"
#include "tests/support/run_task.h"

namespace {

using namespace posthaste;
using namespace posthaste::smtp;

constexpr std::string_view kMessage = "Subject: x\r\n\r\n.code 123456\r\n.\r\n";
constexpr std::string_view kStuffed = "Subject: x\r\n\r\n..code 123456\r\n..\r\n";

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Turn {
  std::string bytes;
  bool write_fails = false, silence = false;
};

// The fuzzer's relay, and its own books of one transaction.
struct Wire {
  FakeClock clock;
  std::vector<Turn> turns;
  size_t turn = 0, at = 0;
  bool handshake_works = false, verified = false;
  bool may_log_in = false;
  // Of the transaction under way.
  bool body_written = false, dot_written = false, dot_failed = false, fence_passed = false;
  int dots = 0;
  std::string after_dot;

  std::string_view Unread() const {
    return turn < turns.size() ? std::string_view(turns[turn].bytes).substr(at) : "";
  }
  void Begin() {
    body_written = dot_written = dot_failed = fence_passed = false;
    dots = 0;
    after_dot.clear();
  }
};

class FuzzedStream final : public Stream {
 public:
  explicit FuzzedStream(Wire& wire) : wire_(wire) {}

  Task<absl::StatusOr<size_t>> Read(char* buffer, size_t size) override {
    const std::string_view unread = wire_.Unread();
    if (closed_) co_return absl::CancelledError("closed");
    if (unread.empty()) {
      const bool silence = wire_.turn < wire_.turns.size() && wire_.turns[wire_.turn].silence;
      if (!silence) co_return absl::UnavailableError("closed by the relay");
      if (expiry_ > wire_.clock.Steady()) {
        wire_.clock.Advance(absl::FromChrono(expiry_ - wire_.clock.Steady()));
      }
      co_return absl::DeadlineExceededError("time limit");
    }
    const size_t count = std::min(size, unread.size());
    unread.copy(buffer, count);
    if (wire_.dot_written) wire_.after_dot += unread.substr(0, count);
    wire_.at += count;
    co_return count;
  }
  Task<absl::Status> Write(std::string_view bytes) override {
    if (closed_) co_return absl::CancelledError("closed");
    CheckWritten(bytes);
    ++wire_.turn;
    wire_.at = 0;
    const bool fails = wire_.turn >= wire_.turns.size() || wire_.turns[wire_.turn].write_fails;
    wire_.dot_failed = wire_.dot_failed || (fails && wire_.dot_written);
    if (fails) co_return absl::UnavailableError("broken pipe");
    co_return absl::OkStatus();
  }
  Task<absl::Status> WriteUnlessAnswered(std::string_view bytes) override {
    if (Stale()) co_return absl::AbortedError("answered");
    absl::Status status = co_await Write(bytes);
    co_return status;
  }
  Task<absl::Status> StartTls(const std::string&, bool verify) override {
    if (!wire_.handshake_works) co_return absl::UnavailableError("handshake failure");
    if (verify && !wire_.verified) co_return absl::UnauthenticatedError("certificate");
    facts_ = {"TLSv1.3", "cipher", wire_.verified};
    co_return absl::OkStatus();
  }
  void ExpireAt(SteadyTime at) override { expiry_ = at; }
  bool Stale() override { return closed_ || !wire_.Unread().empty(); }
  void Close() override { closed_ = true; }
  TlsFacts Tls() const override { return facts_; }
  ChannelBinding Binding() const override { return {}; }
  std::string Peer() const override { return "192.0.2.1:25"; }

 private:
  void CheckWritten(std::string_view bytes) {
    Require(bytes.ends_with("\r\n"));
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\n') Require(i > 0 && bytes[i - 1] == '\r');
      if (bytes[i] == '\r') Require(i + 1 < bytes.size() && bytes[i + 1] == '\n');
    }
    if (bytes.starts_with("AUTH ")) Require(facts_.verified && wire_.may_log_in);
    Require(!wire_.dot_written);  // Nothing is written after a dot but its reply was heard.
    const bool dot = bytes == ".\r\n" || bytes == "BDAT 0 LAST\r\n";
    if (dot && wire_.body_written) {
      Require(wire_.fence_passed);
      wire_.dot_written = true;
      ++wire_.dots;
    }
    const bool chunk = bytes.find("BDAT ") != std::string_view::npos && bytes.ends_with(kMessage);
    wire_.body_written = wire_.body_written || bytes == kStuffed || chunk;
  }

  Wire& wire_;
  SteadyTime expiry_{};
  bool closed_ = false;
  TlsFacts facts_;
};

class FuzzedDialer final : public Dialer {
 public:
  explicit FuzzedDialer(Wire& wire) : wire_(wire) {}
  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string&, uint16_t,
                                                     SteadyTime) override {
    if (dialled_++ > 0) ++wire_.turn;
    wire_.at = 0;
    absl::StatusOr<std::unique_ptr<Stream>> stream = std::make_unique<FuzzedStream>(wire_);
    co_return stream;
  }

 private:
  Wire& wire_;
  int dialled_ = 0;
};

class FixedAnswer final : public Fence {
 public:
  FixedAnswer(Wire& wire, FenceAnswer answer) : wire_(wire), answer_(answer) {}
  ~FixedAnswer() override { Require(asked_ == answered_ && asked_ <= 1); }
  void Ask() override { ++asked_; }
  Task<FenceAnswer> Answer() override {
    ++answered_;
    wire_.fence_passed = answer_ == FenceAnswer::kPass;
    co_return answer_;
  }

 private:
  Wire& wire_;
  const FenceAnswer answer_;
  int asked_ = 0, answered_ = 0;
};

// The code of the first reply in `bytes`, read in the simplest way; 0 = none that is whole and
// well-formed.
int FirstCode(std::string_view bytes) {
  int code = 0;
  while (true) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return 0;
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() < 3) return 0;
    const int here = std::atoi(std::string(line.substr(0, 3)).c_str());
    if (here < 200 || here > 599 || (code != 0 && here != code)) return 0;
    code = here;
    if (line.size() == 3 || line[3] == ' ') return code;
    if (line[3] != '-') return 0;
  }
}

void CheckAttempt(const Wire& wire, const Attempt& attempt) {
  const bool judged = attempt.ending == Ending::kJudged;
  const Verdict verdict = attempt.outcome.verdict;
  const int code = FirstCode(wire.after_dot);
  Require(attempt.dot_sent == wire.dot_written);
  Require(wire.dots <= 1);
  if (judged && verdict == Verdict::kAccepted) {
    Require(wire.dot_written && !wire.dot_failed && code >= 250 && code <= 259);
  }
  if (judged && verdict == Verdict::kUncertain) Require(wire.dot_written);
  const bool refused = code >= 400 && code <= 599;
  const bool yes = code >= 250 && code <= 259 && !wire.dot_failed;
  // A reply that passes our limits is none, though it may be well-formed.
  if (wire.dot_written && !yes && !refused) Require(judged && verdict == Verdict::kUncertain);
  if (attempt.ending != Ending::kJudged) Require(!wire.dot_written);
  Require(attempt.transcript.size() <= 2048);
  Require(attempt.transcript.find("123456") == std::string::npos);
  for (const char c : attempt.transcript) Require(c == '\n' || (c >= 0x20 && c < 0x7f));
}

std::vector<Turn> TurnsOf(std::string_view bytes) {
  std::vector<Turn> turns(1);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0xfe) {
      turns.emplace_back();
    } else if (byte == 0xfd) {
      turns.back().write_fails = true;
    } else if (byte == 0xfc) {
      turns.back().silence = true;
    } else {
      turns.back().bytes += c;
    }
  }
  return turns;
}

Task<void> Play(Wire& wire, const SessionOptions& options, FenceAnswer answer) {
  FuzzedDialer dialer(wire);
  Attempt failed;
  std::unique_ptr<Session> session =
      co_await Session::Open(dialer, wire.clock, "relay.test", 25, options, &failed);
  if (session == nullptr) {
    CheckAttempt(wire, failed);
    co_return;
  }
  Envelope envelope;
  envelope.mail_from = "bounce@client.test";
  envelope.rcpt_to = "anna@x.test";
  envelope.id = "01jd";
  for (int i = 0; i < 3 && session->Usable(); ++i) {
    wire.Begin();
    FixedAnswer fence(wire, answer);
    const Attempt attempt = co_await session->Send(envelope, kMessage, fence);
    CheckAttempt(wire, attempt);
    wire.Begin();
  }
  co_await session->Quit();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  Wire wire;
  wire.turns = TurnsOf(std::string_view(reinterpret_cast<const char*>(data) + 2, size - 2));
  wire.handshake_works = (data[0] & 1) != 0;
  wire.verified = (data[0] & 2) != 0;
  SessionOptions options;
  options.tls_name = "relay.test";
  options.ehlo_name = "client.test";
  options.tls = static_cast<TlsLevel>((data[0] >> 2) & 3);
  options.implicit_tls = (data[0] & 16) != 0;
  if ((data[0] & 32) != 0) {
    options.username = "app";
    options.password = Secret("s3cret");
    wire.may_log_in = true;
  }
  if ((data[0] & 64) != 0) {
    options.tokens = TokenFrom([]() -> absl::StatusOr<Secret> { return Secret("t0ken"); });
  }
  Loop loop;
  RunTask(loop, Play(wire, options, static_cast<FenceAnswer>(data[1] % 5)));
  return 0;
}

#include "tests/support/scripted_relay.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "smtp/body.h"

namespace posthaste::smtp {
namespace {

using Kind = DialogueLine::Kind;

absl::Duration SecondsOf(std::string_view word) {  // "599s"
  return absl::Seconds(std::atoi(std::string(word).c_str()));
}

// Undoes dot-stuffing, in the most literal reading of RFC 5321 4.5.2.
std::string Unstuff(std::string_view wire) {
  std::string message;
  for (size_t i = 0; i < wire.size(); ++i) {
    const bool line_begin = i == 0 || wire[i - 1] == '\n';
    if (line_begin && wire[i] == '.') continue;
    message += wire[i];
  }
  return message;
}

}  // namespace

// One connection; all of them share the script.
class ScriptedRelay::Connection final : public Stream {
 public:
  explicit Connection(ScriptedRelay& relay) : relay_(relay) {}

  Task<absl::StatusOr<size_t>> Read(char* buffer, size_t size) override {
    absl::StatusOr<size_t> read = absl::CancelledError("closed");
    if (!closed_) read = relay_.Read(buffer, size, expiry_);
    co_return read;
  }
  Task<absl::Status> Write(std::string_view bytes) override {
    absl::Status status = absl::CancelledError("closed");
    if (!closed_) status = relay_.Write(bytes, expiry_);
    co_return status;
  }
  Task<absl::Status> WriteUnlessAnswered(std::string_view bytes) override {
    absl::Status status = absl::AbortedError("answered");
    if (!Stale()) status = co_await Write(bytes);
    co_return status;
  }
  Task<absl::Status> StartTls(const std::string& name, bool verify) override {
    if (name.empty()) relay_.Violation("handshake without a name");
    absl::Status status = relay_.Handshake(verify, expiry_, facts_);
    co_return status;
  }
  void ExpireAt(SteadyTime at) override { expiry_ = at; }
  bool Stale() override { return closed_ || relay_.Stale(); }
  void Close() override { closed_ = true; }
  TlsFacts Tls() const override { return facts_; }
  ChannelBinding Binding() const override {
    if (facts_.version.empty()) return {};
    return {"tls-exporter", std::string(32, 'B')};
  }
  std::string Peer() const override { return "127.0.0.1:25"; }

 private:
  ScriptedRelay& relay_;
  SteadyTime expiry_{};
  bool closed_ = false;
  TlsFacts facts_;
};

ScriptedRelay::ScriptedRelay(const Dialogue& dialogue, FakeClock& clock, RelayMode mode)
    : dialogue_(dialogue), clock_(clock), mode_(mode) {}

const DialogueLine* ScriptedRelay::LineAt(size_t index) const {
  const bool gone = mode_.cut_before >= 0 && index >= static_cast<size_t>(mode_.cut_before);
  return gone || index >= dialogue_.lines.size() ? nullptr : &dialogue_.lines[index];
}

const DialogueLine* ScriptedRelay::Upcoming() const { return LineAt(at_); }

const DialogueLine* ScriptedRelay::UpcomingButServer() const {
  size_t index = at_;
  const DialogueLine* line = LineAt(index);
  while (line != nullptr && (line->kind == Kind::kServer || line->kind == Kind::kEvent)) {
    line = LineAt(++index);
  }
  return line;
}

void ScriptedRelay::PassTo(const DialogueLine* line) {
  at_ = static_cast<size_t>(line - dialogue_.lines.data()) + 1;
}

bool ScriptedRelay::IsEvent(size_t index, std::string_view word) const {
  const DialogueLine* line = LineAt(index);
  return line != nullptr && line->kind == Kind::kEvent &&
         std::string_view(line->text).substr(0, word.size()) == word;
}

void ScriptedRelay::Violation(const std::string& what) {
  const DialogueLine* line = Upcoming();
  const std::string where =
      line == nullptr ? "at the end" : "before line " + std::to_string(line->number);
  violations_.push_back(what + " (" + where + ")");
}

void ScriptedRelay::BeginTransaction(std::string message) {
  message_ = std::move(message);
  trace_ = RelayTrace();
}

Task<absl::StatusOr<std::unique_ptr<Stream>>> ScriptedRelay::Dial(const std::string&, uint16_t,
                                                                  SteadyTime deadline) {
  absl::StatusOr<std::unique_ptr<Stream>> stream = absl::UnavailableError("connection refused");
  if (deadline <= clock_.Steady()) Violation("dialled without a limit");
  unread_.clear();
  heard_line_.clear();
  heard_code_ = 0;
  if (connections_++ > 0) {
    // What the relay still had to say on the old connection is lost with it.
    const DialogueLine* connect = UpcomingButServer();
    if (connect == nullptr) co_return stream;
    if (connect->kind != Kind::kAct || connect->text != "connect") {
      Violation("another connection");
      co_return stream;
    }
    PassTo(connect);
  }
  if (cut()) co_return stream;
  if (IsEvent(at_, "refused")) {
    ++at_;
    co_return stream;
  }
  stream = std::make_unique<Connection>(*this);
  co_return stream;
}

absl::Status ScriptedRelay::Expire(SteadyTime expiry) {
  if (expiry <= clock_.Steady()) {
    Violation("waits with a limit that has passed, or none");
  } else {
    clock_.Advance(absl::FromChrono(expiry - clock_.Steady()));
  }
  return absl::DeadlineExceededError("limit passed");
}

// Moves reply lines that are due to where the client can read them.
void ScriptedRelay::Fill() {
  const DialogueLine* line = LineAt(at_);
  while (line != nullptr && line->kind == Kind::kServer) {
    unread_ += line->text + "\r\n";
    line = LineAt(++at_);
  }
  if (cut() && mode_.cut_in_line && !half_sent_) {
    half_sent_ = true;
    const DialogueLine& last = dialogue_.lines[static_cast<size_t>(mode_.cut_before)];
    if (last.kind == Kind::kServer) unread_ += last.text.substr(0, last.text.size() / 2);
  }
}

// Plays the event that is next, for a client that reads. False if nothing more comes: `status` is
// then the read's.
bool ScriptedRelay::PlayEvent(SteadyTime expiry, absl::Status& status) {
  status = absl::UnavailableError("closed by the relay");
  if (cut() || IsEvent(at_, "close")) return false;
  if (IsEvent(at_, "silence") || IsEvent(at_, "stop reading")) {
    status = Expire(expiry);
    return false;
  }
  if (IsEvent(at_, "part ") || IsEvent(at_, "drip ")) {
    const std::string& text = LineAt(at_)->text;
    const size_t end = text.find("> ");
    unread_ += text.substr(end + 2);
    if (text[0] == 'd') {
      drip_ = SecondsOf(text.substr(5));
      unread_ += "\r\n";
    }
    ++at_;
    return true;
  }
  if (IsEvent(at_, "wait ")) {
    const absl::Duration wait = SecondsOf(LineAt(at_)->text.substr(5));
    if (clock_.Steady() + absl::ToChronoNanoseconds(wait) >= expiry) {
      status = Expire(expiry);
      return false;
    }
    clock_.Advance(wait);
    ++at_;
    return true;
  }
  Violation("the client reads where it should speak");
  status = Expire(expiry);
  return false;
}

absl::StatusOr<size_t> ScriptedRelay::Read(char* buffer, size_t size, SteadyTime expiry) {
  Fill();
  while (unread_.empty()) {
    absl::Status status;
    if (!PlayEvent(expiry, status)) return status;
    Fill();
  }
  if (drip_ > absl::ZeroDuration()) {
    if (clock_.Steady() + absl::ToChronoNanoseconds(drip_) >= expiry) return Expire(expiry);
    clock_.Advance(drip_);
  }
  const bool single = mode_.byte_by_byte || drip_ > absl::ZeroDuration();
  const size_t count = std::min({size, unread_.size(), single ? size_t{1} : size_t{4096}});
  for (size_t i = 0; i < count; ++i) Heard(unread_[i]);
  unread_.copy(buffer, count);
  unread_.erase(0, count);
  return count;
}

void ScriptedRelay::Heard(char byte) {
  if (byte != '\n') {
    heard_line_ += byte;
    return;
  }
  HeardLine(heard_line_);
  heard_line_.clear();
}

// The oracle's own idea of a reply, simpler than the parser that it checks.
void ScriptedRelay::HeardLine(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const int code = std::atoi(std::string(line.substr(0, 3)).c_str());
  const bool reply = line.size() >= 3 && code >= 200 && code <= 599 &&
                     (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!reply || (heard_code_ != 0 && heard_code_ != code)) trace_.garbage = true;
  if (trace_.garbage) return;
  const bool more = line.size() > 3 && line[3] == '-';
  heard_code_ = more ? code : 0;
  if (more) return;
  trace_.replies.push_back(code);
  if (trace_.dot_begun) trace_.dot_replies.push_back(code);
}

absl::Status ScriptedRelay::Write(std::string_view bytes, SteadyTime expiry) {
  ++trace_.writes;
  const bool chunk = bytes.find("BDAT ") != std::string_view::npos && bytes.ends_with(message_);
  if (!message_.empty() && (chunk || Unstuff(bytes) == message_)) trace_.body_begun = true;
  const bool dot = bytes == kFinalDot || bytes == "BDAT 0 LAST\r\n";
  if (dot && trace_.body_begun) trace_.dot_begun = true;
  size_t next = at_;
  while (LineAt(next) != nullptr && LineAt(next)->kind == Kind::kServer) ++next;
  if (IsEvent(next, "close")) return absl::UnavailableError("broken pipe");
  if (IsEvent(next, "stop reading")) return Expire(expiry);
  if (IsEvent(at_, "write fails")) {
    trace_.dot_failed = trace_.dot_begun;
    at_ += 2;  // With the line that does not arrive whole.
    return absl::UnavailableError("broken pipe");
  }
  if (expiry <= clock_.Steady()) Violation("writes with a limit that has passed, or none");
  if (next != at_ || !unread_.empty()) {
    if (!cut()) Violation("the client speaks before it has heard the reply");
    at_ = next;
    unread_.clear();
  }
  return Match(bytes);
}

absl::Status ScriptedRelay::Match(std::string_view bytes) {
  const auto gone = [this] {
    return mode_.cut_swallows ? absl::OkStatus() : absl::UnavailableError("broken pipe");
  };
  while (!bytes.empty()) {
    if (cut()) return gone();
    const DialogueLine* line = Upcoming();
    const bool act = line != nullptr && line->kind == Kind::kAct;
    std::string expected = line == nullptr ? "" : line->text + "\r\n";
    if (act && line->text == "body") {
      if (Unstuff(bytes) != message_) Violation("another message: " + std::string(bytes));
      trace_.body_taken = true;
      expected = bytes;
    } else if (act && line->text == "chunk") {
      expected = message_;
      trace_.body_taken = bytes.substr(0, expected.size()) == expected;
    }
    const bool known = act || (line != nullptr && line->kind == Kind::kClient);
    if (!known || bytes.substr(0, expected.size()) != expected) {
      Violation("the client says: " + std::string(bytes));
      return gone();
    }
    bytes.remove_prefix(expected.size());
    ++at_;
  }
  if (!cut() && Upcoming() != nullptr && Upcoming()->kind == Kind::kClient) {
    Violation("a flight in more than one write");
  }
  return cut() ? gone() : absl::OkStatus();
}

absl::Status ScriptedRelay::Handshake(bool verify, SteadyTime expiry, TlsFacts& facts) {
  if (cut()) return absl::UnavailableError("connection reset");
  const DialogueLine* line = Upcoming();
  if (line == nullptr || line->kind != Kind::kAct || line->text != "tls" || !unread_.empty()) {
    Violation("handshake");
    return absl::UnavailableError("not TLS");
  }
  ++at_;
  if (IsEvent(at_, "silence")) return Expire(expiry);
  const bool good = IsEvent(at_, "tls good"), bad = IsEvent(at_, "tls bad certificate");
  if (cut() || (!good && !bad)) return absl::UnavailableError("handshake failure");
  if (bad && verify) return absl::UnauthenticatedError("certificate has expired");
  ++at_;
  facts = {"TLSv1.3", "TLS_AES_256_GCM_SHA384", good};
  return absl::OkStatus();
}

bool ScriptedRelay::Stale() {
  if (!unread_.empty()) return true;
  if (cut()) return !mode_.cut_unseen;
  const DialogueLine* line = Upcoming();
  return line != nullptr && (line->kind == Kind::kServer || IsEvent(at_, "close"));
}

}  // namespace posthaste::smtp

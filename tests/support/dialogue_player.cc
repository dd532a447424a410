#include "tests/support/dialogue_player.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {
namespace {

using Kind = DialogueLine::Kind;

// 33 bytes, with a line that must be stuffed.
constexpr std::string_view kShortMessage = "Subject: Your code\r\n\r\n123456\r\n.\r\n";

std::string_view FenceName(FenceAnswer answer) {
  switch (answer) {
    case FenceAnswer::kPass:
      return "pass";
    case FenceAnswer::kCancelled:
      return "cancelled";
    case FenceAnswer::kExpired:
      return "expired";
    case FenceAnswer::kLost:
      return "lost";
    case FenceAnswer::kUnavailable:
      return "unavailable";
  }
  return "";
}

FenceAnswer FenceByName(const std::string& name) {
  for (const FenceAnswer answer : {FenceAnswer::kCancelled, FenceAnswer::kExpired,
                                   FenceAnswer::kLost, FenceAnswer::kUnavailable}) {
    if (name == FenceName(answer)) return answer;
  }
  return FenceAnswer::kPass;
}

class FakeFence final : public Fence {
 public:
  // While it is asked the wall clock moves by `jump`.
  FakeFence(ScriptedRelay& relay, PlayedAttempt& played, FakeClock& clock, absl::Duration jump)
      : relay_(relay), played_(played), clock_(clock), jump_(jump) {}
  void Ask() override {
    ++played_.fence_asked;
    played_.replies_at_ask = relay_.trace().replies.size();
  }
  Task<FenceAnswer> Answer() override {
    ++played_.fence_answered;
    clock_.Jump(jump_);
    co_return played_.fence_answer;
  }

 private:
  ScriptedRelay& relay_;
  PlayedAttempt& played_;
  FakeClock& clock_;
  const absl::Duration jump_;
};

// The same nonce every time: the dialogues have the proofs that follow from it.
class SameRandom final : public Random {
 public:
  std::string Bytes(size_t size) override { return std::string(size, 'n'); }
};

// Hands out its tokens one after the other, the last again and again; "none" is an error.
class ListedTokens final : public TokenSource {
 public:
  explicit ListedTokens(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}
  Task<absl::StatusOr<Secret>> Token() override {
    const std::string token = tokens_.front();
    if (tokens_.size() > 1) tokens_.erase(tokens_.begin());
    if (token == "none") co_return absl::UnavailableError("token command /bin/false: status 1");
    co_return Secret(token);
  }

 private:
  std::vector<std::string> tokens_;
};

std::string EnhancedWord(const EnhancedCode& code) {
  return absl::StrCat(code.klass, ".", code.subject, ".", code.detail);
}

class Player {
 public:
  Player(const Dialogue& dialogue, RelayMode mode)
      : dialogue_(dialogue), relay_(dialogue, clock_, mode), cutting_(mode.cut_before >= 0) {
    options_.relay = "primary";
    options_.tls_name = "relay.test";
    options_.ehlo_name = "client.test";
    options_.tls = TlsLevel::kNone;
    options_.random = &random_;
  }

  Play Run() {
    while (!over_) Step();
    session_.reset();
    // What a cut makes the client do is not in the dialogue.
    if (!cutting_) play_.violations = relay_.violations();
    return std::move(play_);
  }

 private:
  void Step();
  void Set(const DialogueLine& line);
  void Check(const DialogueLine& line);
  void Open();
  void Send();
  Envelope EnvelopeAhead() const;
  std::string MessageText() const;

  const Dialogue& dialogue_;
  FakeClock clock_;
  ScriptedRelay relay_;
  const bool cutting_;
  Loop loop_;
  SameRandom random_;
  SessionOptions options_;
  std::string message_ = "short";
  FenceAnswer fence_ = FenceAnswer::kPass;
  bool smtputf8_ = false;
  std::string recipient_ = "nobody@x.test";
  std::string id_ = "01jd+1";
  absl::Duration life_ = absl::InfiniteDuration();
  absl::Duration jump_;
  std::unique_ptr<Session> session_;
  Play play_;
  bool unchecked_ = false;  // The last attempt has not met its expectation yet.
  bool over_ = false;
};

void Player::Step() {
  const DialogueLine* line = relay_.UpcomingButServer();
  const bool cut = cutting_ && line == nullptr;
  if (line == nullptr && !cut && relay_.Upcoming() == nullptr) {
    over_ = true;
  } else if (line != nullptr && line->kind == Kind::kSetting) {
    Set(*line);
    relay_.PassTo(line);
  } else if (line != nullptr && line->kind == Kind::kExpect) {
    // An expectation of an attempt needs one, also if nothing is said in it.
    const bool about_session = Words(line->text)[0].find("usable") != std::string::npos;
    if (!about_session && !unchecked_) {
      if (session_ == nullptr)
        Open();
      else
        Send();
    } else {
      if (!about_session) unchecked_ = false;
      Check(*line);
      relay_.PassTo(line);
    }
  } else if (line != nullptr && line->kind == Kind::kClient && line->text == "QUIT") {
    RunTask(loop_, session_->Quit());
    session_.reset();
  } else if (line != nullptr && line->kind == Kind::kAct && line->text == "connect" &&
             session_ != nullptr) {
    if (session_->Usable()) play_.violations.push_back("connects although the session is usable");
    session_.reset();
  } else if (session_ == nullptr || !session_->Usable()) {
    if (cut && !play_.attempts.empty()) {
      over_ = true;
      return;
    }
    Open();
    over_ = over_ || (session_ == nullptr && cutting_ && relay_.cut());
  } else {
    Send();
    over_ = over_ || relay_.cut();
  }
}

void Player::Set(const DialogueLine& line) {
  const std::vector<std::string> words = Words(line.text);
  if (words[0] == "tls") {
    options_.tls = words[1] == "opportunistic" ? TlsLevel::kOpportunistic
                   : words[1] == "required"    ? TlsLevel::kRequired
                                               : TlsLevel::kVerified;
  } else if (words[0] == "implicit-tls") {
    options_.implicit_tls = true;
  } else if (words[0] == "auth") {
    options_.username = words[1];
    options_.password = Secret(words[2]);
  } else if (words[0] == "token") {
    options_.username = words[1];
    options_.tokens =
        std::make_shared<ListedTokens>(std::vector<std::string>(words.begin() + 2, words.end()));
  } else if (words[0] == "mechanisms") {
    options_.mechanisms.clear();
    for (size_t i = 1; i < words.size(); ++i) {
      options_.mechanisms.push_back(*MechanismByName(words[i]));
    }
  } else if (words[0] == "auth-without-tls") {
    options_.auth_without_tls = true;
  } else if (words[0] == "fence") {
    fence_ = FenceByName(words[1]);
  } else if (words[0] == "message") {
    message_ = words[1];
  } else if (words[0] == "smtputf8") {
    smtputf8_ = true;
  } else if (words[0] == "to") {
    recipient_ = line.text.substr(3);
  } else if (words[0] == "ignore") {
    options_.ignored_extensions.push_back(words[1]);
  } else if (words[0] == "clock-jumps") {
    jump_ = absl::Seconds(std::atoi(words[1].c_str()));
  } else if (words[0] == "life") {
    life_ = absl::Seconds(std::atoi(words[1].c_str()));
  } else {
    play_.violations.push_back("unknown setting " + line.text);
  }
}

void Player::Check(const DialogueLine& line) {
  const std::vector<std::string> expected = Words(line.text);
  std::vector<std::string> words;
  if (expected[0] == "usable" || expected[0] == "unusable") {
    words.push_back(session_ != nullptr && session_->Usable() ? "usable" : "unusable");
  } else if (!play_.attempts.empty()) {
    words = WordsFor(play_.attempts.back().attempt);
    if (session_ != nullptr && session_->tls_downgraded()) words.push_back("downgraded");
    if (play_.attempts.back().attempt.transcript.find("tls_injection") != std::string::npos) {
      words.push_back("tls_injection");
    }
  }
  for (const std::string& word : expected) {
    if (std::find(words.begin(), words.end(), word) != words.end()) continue;
    play_.wrong_expectations.push_back(absl::StrCat("line ", line.number, ": expected \"",
                                                    line.text,
                                                    "\" but it is: ", absl::StrJoin(words, " ")));
    return;
  }
}

void Player::Open() {
  Attempt failed;
  relay_.BeginTransaction("");
  const uint16_t port = 25;
  session_ = RunTask(loop_, Session::Open(relay_, clock_, "relay.test", port, options_, &failed));
  if (session_ != nullptr) return;
  PlayedAttempt played;
  played.attempt = std::move(failed);
  played.trace = relay_.trace();
  played.opening = true;
  play_.attempts.push_back(std::move(played));
  unchecked_ = true;
  // An expectation must come next; without one the dialogue has gone astray.
  const DialogueLine* next = relay_.UpcomingButServer();
  if (next == nullptr || next->kind != Kind::kExpect) over_ = true;
  if (over_ && !cutting_) {
    play_.wrong_expectations.push_back("the session could not be opened: " +
                                       play_.attempts.back().attempt.transcript);
  }
}

void Player::Send() {
  PlayedAttempt played;
  played.fence_answer = fence_;
  const Envelope envelope = EnvelopeAhead();
  played.recipient = envelope.rcpt_to.substr(0, envelope.rcpt_to.find('@'));
  const std::string message = MessageText();
  relay_.BeginTransaction(message);
  FakeFence fence(relay_, played, clock_, jump_);
  const size_t before = relay_.at();
  played.attempt = RunTask(loop_, session_->Send(envelope, message, fence));
  played.trace = relay_.trace();
  play_.attempts.push_back(std::move(played));
  unchecked_ = true;
  fence_ = FenceAnswer::kPass;
  const DialogueLine* next = relay_.UpcomingButServer();
  const bool astray = next == nullptr || next->kind != Kind::kExpect;
  if (astray && !cutting_) {
    play_.violations.push_back("the attempt ends without an expectation: " +
                               play_.attempts.back().attempt.transcript);
  }
  if (astray || (before == relay_.at() && relay_.cut())) over_ = true;
}

// The addresses of the next MAIL and RCPT that the dialogue has.
Envelope Player::EnvelopeAhead() const {
  Envelope envelope;
  envelope.mail_from = "noreply@client.test";
  envelope.rcpt_to = recipient_;
  envelope.id = id_;
  envelope.needs_smtputf8 = smtputf8_;
  if (life_ != absl::InfiniteDuration()) {
    envelope.deadline = clock_.Steady() + absl::ToChronoNanoseconds(life_);
  }
  for (size_t i = relay_.at(); i < dialogue_.lines.size(); ++i) {
    const DialogueLine& line = dialogue_.lines[i];
    if (line.kind == Kind::kExpect) break;
    if (line.kind != Kind::kClient) continue;
    const size_t begin = line.text.find('<'), end = line.text.find('>');
    if (line.text.rfind("MAIL FROM:", 0) == 0) {
      envelope.mail_from = line.text.substr(begin + 1, end - begin - 1);
    } else if (line.text.rfind("RCPT TO:", 0) == 0) {
      envelope.rcpt_to = line.text.substr(begin + 1, end - begin - 1);
    }
  }
  return envelope;
}

std::string Player::MessageText() const {
  std::string text(kShortMessage);
  if (message_ == "eight-bit") return "Subject: Code\r\n\r\n\xc3\xbc\r\n";
  if (message_ == "bare-lf") return "Subject: Code\r\n\r\n123\n.\n\r\n";
  return text;
}

}  // namespace

std::vector<std::string> WordsFor(const Attempt& attempt) {
  std::vector<std::string> words;
  const Outcome& outcome = attempt.outcome;
  switch (attempt.ending) {
    case Ending::kJudged:
      words.emplace_back(VerdictName(outcome.verdict));
      break;
    case Ending::kRelayFailed:
      words.emplace_back("relay-failed");
      break;
    case Ending::kStopped:
      words.emplace_back("stopped");
      words.emplace_back(FenceName(attempt.fence));
      return words;
  }
  words.emplace_back(PhaseName(outcome.phase));
  words.emplace_back(FailureClassName(outcome.failure_class));
  words.emplace_back(ScopeName(outcome.scope));
  words.push_back(outcome.reply.code == 0 ? "no-reply" : std::to_string(outcome.reply.code));
  if (outcome.reply.enhanced) words.push_back(EnhancedWord(*outcome.reply.enhanced));
  if (attempt.chunking_refused) words.emplace_back("chunking-refused");
  if (attempt.stale) words.emplace_back("stale");
  words.emplace_back(attempt.tls.version.empty() ? "clear"
                     : attempt.tls.verified      ? "verified"
                                                 : "encrypted");
  return words;
}

Play PlayDialogue(const Dialogue& dialogue, RelayMode mode) { return Player(dialogue, mode).Run(); }

}  // namespace posthaste::smtp

// A newcomer's first hour: the sandbox, and every command that it says to paste.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "base/clock.h"
#include "tests/e2e/cli_program.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The word that follows `label` in a command's answer.
std::string Word(const std::string& out, const std::string& label) {
  const size_t at = out.find(label);
  if (at == std::string::npos) return "";
  const size_t begin = out.find_first_not_of(' ', at + label.size());
  return out.substr(begin, out.find_first_of(" \n", begin) - begin);
}

std::string Another(std::string code) {
  code.back() = code.back() == '9' ? '0' : static_cast<char>(code.back() + 1);
  return code;
}

// So long from now, as --at takes it.
std::string Later(absl::Duration wait) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", SystemClock().Now() + wait, absl::UTCTimeZone());
}

TEST(CliSandbox, SendsReadsAndChecksACode) {
  const RunningSandbox sandbox;
  const Finished sent = sandbox.Call({"send-code", "me@example.test"});
  ASSERT_EQ(sent.code, 0) << sent.out << sent.err;
  EXPECT_THAT(sent.out, HasSubstr("m***@example.test"));
  EXPECT_THAT(sent.out, HasSubstr("accepted by relay capture"));
  const Finished code = sandbox.Call({"inbox", "code", "--to", "me@example.test", "--wait", "5s"});
  ASSERT_EQ(code.code, 0) << code.err;
  const std::string digits = Trimmed(code.out);
  EXPECT_EQ(digits.size(), 6u);
  const Finished wrong = sandbox.Call({"check-code", "me@example.test", Another(digits)});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.out, HasSubstr("MISMATCHED"));
  EXPECT_THAT(wrong.out, HasSubstr("4 guesses left"));
  const Finished right = sandbox.Call({"check-code", Word(sent.out, "  verification"),
                                       digits.substr(0, 3) + " " + digits.substr(3)});
  EXPECT_EQ(right.code, 0) << right.out << right.err;
  EXPECT_THAT(right.out, HasSubstr("MATCHED"));
  EXPECT_EQ(sandbox.Call({"check-code", Word(sent.out, "  verification"), digits}).code, 1)
      << "a code is used once";
}

TEST(CliSandbox, TellsTheFateOfAMessage) {
  const RunningSandbox sandbox;
  const Finished sent =
      sandbox.Call({"send-password-changed", "me@example.test", "--account", "me"});
  ASSERT_EQ(sent.code, 0) << sent.out << sent.err;
  const std::string id = Word(sent.out, "message");
  const Finished shown = sandbox.Call({"message", "show", id, "--transcript"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("accepted by relay capture"));
  EXPECT_THAT(shown.out, HasSubstr("attempt 1"));
  EXPECT_THAT(shown.out, HasSubstr("EHLO"));
  EXPECT_THAT(sandbox.Call({"message", "list", "me@example.test"}).out, HasSubstr(id));
  EXPECT_EQ(sandbox.Call({"message", "list", "nobody@example.test"}).code, 1);
  EXPECT_THAT(sandbox.Call({"message", "watch", id}).out, HasSubstr("accepted"));
  EXPECT_THAT(sandbox.Call({"message", "show", id, "--json"}).out,
              HasSubstr("\"state\":\"ACCEPTED\""));
  const Finished late = sandbox.Call({"message", "cancel", id});
  EXPECT_EQ(late.code, 1);
  EXPECT_THAT(late.err, HasSubstr("MESSAGE_NOT_CANCELLABLE"));
  EXPECT_THAT(sandbox.Call({"inbox", "show", "--to", "me@example.test"}).out,
              HasSubstr("password of your Acme account"));
  EXPECT_THAT(sandbox.Call({"inbox", "list"}).out, HasSubstr("me@example.test"));
}

TEST(CliSandbox, SendsEveryNoticeAndATemplateAtItsTime) {
  const RunningSandbox sandbox;
  const Finished moved = sandbox.Call({"send-email-changed", "old@example.test", "new@example.test",
                                       "--not-me-url", "https://example.test/not-me"});
  ASSERT_EQ(moved.code, 0) << moved.out << moved.err;
  EXPECT_THAT(moved.out, HasSubstr("o***@example.test"));
  EXPECT_THAT(moved.out, HasSubstr("n***@example.test"));
  EXPECT_THAT(sandbox.Call({"inbox", "show", "--to", "old@example.test"}).out,
              HasSubstr("https://example.test/not-me"));
  ASSERT_EQ(sandbox.Call({"suppression", "create", "old@example.test"}).code, 0);
  const Finished half =
      sandbox.Call({"send-email-changed", "old@example.test", "newer@example.test"});
  EXPECT_EQ(half.code, 1) << half.out;
  EXPECT_THAT(half.err, HasSubstr("RECIPIENT_SUPPRESSED"));
  EXPECT_THAT(half.out, HasSubstr("accepted by relay capture"));
  EXPECT_EQ(sandbox.Call({"send-new-sign-in", "me@example.test", "--device", "Firefox"}).code, 0);
  EXPECT_EQ(sandbox
                .Call({"send-mfa-changed", "me@example.test", "--change", "method_added",
                       "--method", "Security key"})
                .code,
            0);
  const Finished later = sandbox.Call(
      {"send-template", "me@example.test", "--template", "password_changed", "--var",
       "change_time=2026-11-22T14:32:00Z", "--ttl", "1h", "--at", Later(absl::Hours(2))});
  ASSERT_EQ(later.code, 0) << later.out << later.err;
  const std::string id = Word(later.out, "message");
  EXPECT_THAT(sandbox.Call({"message", "show", id}).out, HasSubstr("queued"));
  EXPECT_EQ(sandbox.Call({"message", "cancel", id}).code, 0);
}

TEST(CliSandbox, KeepsWhoGetsNoMailAndTakesTheNewsOfABounce) {
  const RunningSandbox sandbox;
  const Finished made =
      sandbox.Call({"suppression", "create", "gone@example.test", "--reason", "asked us by phone"});
  ASSERT_EQ(made.code, 0) << made.out << made.err;
  EXPECT_THAT(made.out, HasSubstr("g***@example.test"));
  EXPECT_THAT(made.out, HasSubstr("for good"));
  EXPECT_THAT(sandbox.Call({"suppression", "show", "gone@example.test"}).out,
              HasSubstr("asked us by phone"));
  EXPECT_THAT(sandbox.Call({"suppression", "list"}).out, HasSubstr("requested"));
  const Finished refused = sandbox.Call({"send-password-changed", "gone@example.test"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("RECIPIENT_SUPPRESSED"));
  EXPECT_EQ(
      sandbox.Call({"suppression", "delete", "gone@example.test", "--reason", "came back"}).code,
      0);
  const Finished sent = sandbox.Call({"send-password-changed", "gone@example.test"});
  ASSERT_EQ(sent.code, 0) << sent.err;
  const std::string id = Word(sent.out, "message");
  const Finished bounced = sandbox.Call(
      {"message", "report-bounce", id, "--code", "5.1.1", "--text", "no such mailbox"});
  ASSERT_EQ(bounced.code, 0) << bounced.out << bounced.err;
  EXPECT_THAT(sandbox.Call({"message", "show", id}).out,
              HasSubstr("refused for good by relay capture, after it was accepted"));
  EXPECT_EQ(sandbox.Call({"send-password-changed", "gone@example.test"}).code, 1)
      << "a mailbox that does not exist is not written to again";
}

TEST(CliSandbox, TellsWhatHappenedSinceAPlace) {
  const RunningSandbox sandbox;
  const Finished begin = sandbox.Call({"events", "tail", "--json", "--for", "1s"});
  ASSERT_EQ(begin.code, 0) << begin.err;
  const std::string label = "\"resume_token\":\"";
  const size_t at = begin.out.find(label);
  ASSERT_NE(at, std::string::npos) << begin.out;
  const std::string token = begin.out.substr(
      at + label.size(), begin.out.find('"', at + label.size()) - at - label.size());
  const Finished sent = sandbox.Call({"send-code", "me@example.test"});
  ASSERT_EQ(sent.code, 0) << sent.err;
  const Finished told =
      sandbox.Call({"events", "tail", "--from", token, "--max", "2", "--for", "20s"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("queued      m***@example.test"));
  EXPECT_THAT(told.out, HasSubstr("accepted    m***@example.test"));
  EXPECT_THAT(told.err, HasSubstr("go on with --from "));
  const Finished forged = sandbox.Call({"events", "tail", "--from", "forged"});
  EXPECT_NE(forged.code, 0);
  EXPECT_THAT(forged.err, HasSubstr("RESUME_TOKEN_INVALID"));
}

TEST(CliSandbox, ExplainsRefusals) {
  const RunningSandbox sandbox;
  const Finished bad = sandbox.Call({"send-code", "nobody", "--json"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, ::testing::StartsWith("{\"code\":\"INVALID_ARGUMENT\""));
  EXPECT_THAT(bad.err, HasSubstr("\"field\":\"recipient\""));
  EXPECT_EQ(bad.out, "");
  ASSERT_EQ(sandbox.Call({"send-code", "me@example.test", "--wait", "0s"}).code, 0);
  const Finished again = sandbox.Call({"send-code", "me@example.test"});
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("(RESEND_COOLDOWN)\n  Try again in "));
  const Finished unknown = sandbox.Call({"message", "show", "m0000000000000000000000"});
  EXPECT_NE(unknown.code, 0);
}

TEST(CliSandbox, AnswersAnythingThatItSaysToPasteIntoPython) {
  RunningSandbox sandbox;
  const std::string out = sandbox.process().Out();
  const size_t at = out.find("mkdir -p stubs");
  ASSERT_NE(at, std::string::npos) << out;
  const std::string line = out.substr(at, out.find('\n', at) - at);
  const TempDir folder;
  const std::string enter =
      "cd " + folder.path() + " && ln -s " PH_SOURCE_DIR "/proto proto && PATH=/usr/bin:$PATH && ";
  const Finished python = RunProcess({"/bin/sh", "-c", enter + line});
  EXPECT_EQ(python.code, 0) << line << python.err;
  EXPECT_THAT(python.out, HasSubstr("purpose: \"sign_in\""));
}

TEST(CliSandbox, SaysThatRedisIsAwayAndComesBack) {
  RunningSandbox sandbox;
  const pid_t redis = std::atoi(Word(sandbox.process().Out(), "private, process").c_str());
  ASSERT_GT(redis, 1);
  kill(redis, SIGKILL);
  ASSERT_TRUE(sandbox.process().WaitForLine("Redis has ended").has_value());
  const Finished away = sandbox.Call({"send-code", "me@example.test"});
  EXPECT_EQ(away.code, 3) << away.out;
  EXPECT_THAT(away.err, HasSubstr("(STORE_UNAVAILABLE)\n  Try again in "));
  ASSERT_TRUE(sandbox.process().WaitForLine("Redis is back", absl::Seconds(30)).has_value());
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] {
    return sandbox.Call({"send-code", "me@example.test"}).code == 0;
  }));
}

TEST(CliSandbox, EndsInOrderAndHasItsDataTheNextTime) {
  RunningSandbox sandbox;
  const Finished sent = sandbox.Call({"send-password-changed", "me@example.test"});
  ASSERT_EQ(sent.code, 0) << sent.err;
  const pid_t redis = std::atoi(Word(sandbox.process().Out(), "private, process").c_str());
  EXPECT_EQ(sandbox.Stop(), 0);
  EXPECT_NE(kill(redis, 0), 0) << "Redis is still there";
  EXPECT_EQ(sandbox.Call({"send-code", "me@example.test"}).code, 2) << "nobody to ask";
  sandbox.Start();
  EXPECT_EQ(sandbox.Call({"message", "show", Word(sent.out, "message")}).code, 0);
}

TEST(CliSandbox, NamesWhatIsTaken) {
  const RunningSandbox sandbox;
  const Finished same = Posthaste({"sandbox", "--data-dir", sandbox.dir()});
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("already; give this one another --data-dir"));
  const TempDir other;
  const std::string address = sandbox.Row("gRPC");
  const std::string port = address.substr(address.rfind(':') + 1);
  const Finished taken = Posthaste({"sandbox", "--data-dir", other.path(), "--grpc-port", port,
                                    "--http-port", "0", "--smtp-port", "0"});
  EXPECT_EQ(taken.code, 2);
  EXPECT_THAT(taken.err, HasSubstr(address));
  EXPECT_EQ(std::count(taken.err.begin(), taken.err.end(), '\n'), 1) << taken.err;
}

TEST(CliSandbox, TellsHowARelayRefused) {
  const TempDir dir;
  const std::string relay = "127.0.0.1:" + std::to_string(FreePort());
  const Finished refused = Posthaste({"sandbox", "--data-dir", dir.path(), "--relay",
                                      "smtp://" + relay, "--from", "a@example.test"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("the relay refuses us"));
  EXPECT_THAT(refused.out, HasSubstr("relay         " + relay));
  EXPECT_THAT(refused.out, HasSubstr("phase         connect"));
  EXPECT_THAT(refused.out, HasSubstr("what to do    Check host and port"));
}

}  // namespace
}  // namespace posthaste

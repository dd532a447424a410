// What an operator types, against a running sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/cli_program.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::HasSubstr;

TEST(CliOperations, HoldsMailAndLetsItGo) {
  const RunningSandbox sandbox;
  const Finished made =
      sandbox.Call({"hold", "create", "all", "--reason", "moving house", "--for", "10m"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("h1  all"));
  EXPECT_THAT(sandbox.Call({"hold", "list"}).out, HasSubstr("moving house"));
  // Workers and handlers read the holds once a second.
  Finished refused;
  EXPECT_TRUE(PollUntil(absl::Seconds(10),
                        [&] {
                          refused = sandbox.Call({"send-code", "ana@example.test", "--force-new"});
                          return refused.err.find("SENDING_HELD") != std::string::npos;
                        }))
      << refused.out << refused.err;
  EXPECT_EQ(refused.code, 1);
  const Finished notice = sandbox.Call(
      {"send-password-changed", "bob@example.test", "--account", "bob", "--wait", "0s"});
  ASSERT_EQ(notice.code, 0) << notice.err;
  EXPECT_THAT(sandbox.Call({"message", "list", "bob@example.test", "--json"}).out,
              HasSubstr("\"hold_reason\":\"moving house\""));
  EXPECT_THAT(sandbox.Call({"queue", "shape"}).out, HasSubstr("NOTICE"));
  ASSERT_EQ(sandbox.Call({"hold", "delete", "h1"}).code, 0);
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] {
    return sandbox.Call({"message", "list", "bob@example.test", "--json"})
               .out.find("\"state\":\"ACCEPTED\"") != std::string::npos;
  }));
  EXPECT_EQ(sandbox.Call({"hold", "delete", "h1"}).code, 1);
  EXPECT_EQ(sandbox.Call({"hold", "create", "planet", "mars", "--reason", "x"}).code, 2);
}

TEST(CliOperations, ShowsTheQueueAndTheRelays) {
  const RunningSandbox sandbox;
  ASSERT_EQ(sandbox.Call({"send-code", "me@example.test"}).code, 0);
  const Finished stats = sandbox.Call({"queue", "stats"});
  EXPECT_EQ(stats.code, 0) << stats.err;
  EXPECT_THAT(stats.out, HasSubstr("CODE"));
  EXPECT_THAT(sandbox.Call({"queue", "parked"}).out, HasSubstr("Nothing is parked"));
  EXPECT_EQ(sandbox.Call({"queue", "redrive", "--all"}).code, 2) << "a reason is required";
  EXPECT_EQ(sandbox.Call({"queue", "redrive", "--all", "--dry-run"}).code, 0);
  const Finished relays = sandbox.Call({"relay", "list"});
  EXPECT_THAT(relays.out, HasSubstr("capture"));
  EXPECT_THAT(relays.out, HasSubstr("well"));
  const Finished probed = sandbox.Call({"relay", "probe", "capture", "--transcript"});
  EXPECT_EQ(probed.code, 0) << probed.out << probed.err;
  EXPECT_THAT(probed.out, HasSubstr("takes sessions"));
  EXPECT_THAT(probed.out, HasSubstr("EHLO"));
  EXPECT_EQ(sandbox.Call({"relay", "probe", "elsewhere"}).code, 1);
  const Finished top = sandbox.Call({"top", "--once"});
  EXPECT_EQ(top.code, 0) << top.err;
  EXPECT_THAT(top.out, HasSubstr("oldest due"));
}

TEST(CliOperations, UnlocksARecipientAndShowsWhatWasUsed) {
  const RunningSandbox sandbox;
  ASSERT_EQ(sandbox.Call({"send-code", "me@example.test"}).code, 0);
  const Finished unlocked = sandbox.Call(
      {"recipient", "unlock", "me@example.test", "--tenant", "sandbox", "--reason", "called us"});
  EXPECT_EQ(unlocked.code, 0) << unlocked.err;
  EXPECT_THAT(unlocked.out, HasSubstr("Limits of sends forgotten: 1"));
  EXPECT_THAT(unlocked.out, HasSubstr("Wrong guesses forgotten: none"));
  EXPECT_EQ(
      sandbox
          .Call({"recipient", "unlock", "me@example.test", "--tenant", "nobody", "--reason", "x"})
          .code,
      2);
  const Finished usage = sandbox.Call({"usage"});
  EXPECT_EQ(usage.code, 0) << usage.err;
  EXPECT_THAT(usage.out, HasSubstr("No quota."));
  EXPECT_THAT(sandbox.Call({"usage", "--json"}).out, HasSubstr("\"codes\":\"1\""));
}

TEST(CliOperations, ShowsAndForgetsAPerson) {
  const RunningSandbox sandbox;
  ASSERT_EQ(sandbox.Call({"send-code", "me@example.test"}).code, 0);
  const Finished shown = sandbox.Call({"recipient", "export", "me@example.test"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("m***@example.test"));
  EXPECT_THAT(shown.out, HasSubstr("PENDING"));
  EXPECT_THAT(sandbox.Call({"recipient", "export", "me@example.test", "--json"}).out,
              HasSubstr("\"recipient_hash\":"));
  EXPECT_EQ(sandbox.Call({"recipient", "forget", "me@example.test"}).code, 2) << "without a reason";
  const Finished gone =
      sandbox.Call({"recipient", "forget", "me@example.test", "--reason", "asked us"});
  EXPECT_EQ(gone.code, 0) << gone.err;
  EXPECT_THAT(gone.out, HasSubstr("Messages forgotten: 1"));
  EXPECT_THAT(sandbox.Call({"recipient", "export", "me@example.test"}).out,
              HasSubstr("No messages."));
}

}  // namespace
}  // namespace posthaste

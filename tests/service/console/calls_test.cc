#include "service/console/calls.h"

#include "base/encoding.h"
#include "tests/service/api/store_fixture.h"
#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConsoleCallsTest : public StoreTest {
 protected:
  explicit ConsoleCallsTest(
      bool sandbox = false,
      const std::function<void(config::v1::Config&)>& edit = [](config::v1::Config&) {})
      : StoreTest(edit) {
    parts_.sandbox = sandbox;
    console::AddCalls(snapshots_, parts_);
  }
  absl::StatusOr<std::string> Ask(const std::string& name, const std::string& request) {
    return Run(parts_.calls.find(name)->second.run({{"ana", true}, "a reason", request}));
  }

  Snapshots snapshots_{std::vector<Snapshots::Place>(1, {backend_.loop, backend_.store, nullptr}),
                       Snapshot::Make(world_.config, world_.shared).value()};
  ops::ConsoleParts parts_;
};

TEST_F(ConsoleCallsTest, FindMessagesOfEveryTenantByIdRecipientAndState) {
  const std::string mine = Send().message_id();
  const std::string theirs = Send(Code(), "globex").message_id();
  const std::string by_address = *Ask("FindMessages", R"({"query":"ana@example.com"})");
  EXPECT_THAT(by_address, HasSubstr(mine));
  EXPECT_THAT(by_address, HasSubstr(theirs));
  EXPECT_THAT(by_address, HasSubstr("waiting in the queue"));
  EXPECT_THAT(by_address, Not(HasSubstr("ana@example.com"))) << "addresses are masked";
  const std::string by_id = *Ask("FindMessages", R"({"query":")" + theirs + "\"}");
  EXPECT_THAT(by_id, HasSubstr(R"("tenant":"globex")"));
  EXPECT_THAT(by_id, Not(HasSubstr(mine)));
  EXPECT_THAT(*Ask("FindMessages", R"({"state":"QUEUED"})"), HasSubstr(mine));
  EXPECT_EQ(*Ask("FindMessages", R"({"state":"PARKED"})"), R"({"messages":[]})");
  EXPECT_TRUE(absl::IsInvalidArgument(Ask("FindMessages", R"({"query":"nobody"})").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Ask("FindMessages", R"({"state":"LOST"})").status()));
}

TEST_F(ConsoleCallsTest, TellOneMessageWithItsAttempts) {
  const std::string id = Send().message_id();
  const std::string json = *Ask("GetMessage", R"({"tenant":"acme","id":")" + id + "\"}");
  EXPECT_THAT(json, HasSubstr(R"("sentence":"waiting in the queue")"));
  EXPECT_THAT(json, HasSubstr(R"("attempts":{"attempts":[]})"));
  const absl::Status other =
      Ask("GetMessage", R"({"tenant":"globex","id":")" + id + "\"}").status();
  EXPECT_TRUE(absl::IsNotFound(other)) << other;
  EXPECT_TRUE(absl::IsNotFound(Ask("GetMessage", R"({"tenant":"none"})").status()));
}

TEST_F(ConsoleCallsTest, WithdrawAMessage) {
  const std::string id = Send().message_id();
  EXPECT_TRUE(parts_.calls["CancelMessage"].acts);
  EXPECT_THAT(*Ask("CancelMessage", R"({"tenant":"acme","id":")" + id + "\"}"),
              HasSubstr("CANCELLED"));
  EXPECT_EQ(Stored(id).head.state, v1::Message::CANCELLED);
}

TEST_F(ConsoleCallsTest, ShowTemplatesByDayAndByNight) {
  EXPECT_THAT(*Ask("ListTemplates", "{}"),
              HasSubstr(R"("tenant":"globex","name":"verification_code")"));
  const auto preview = [this](const std::string& query) {
    return parts_.previews["template"](query);
  };
  const std::string light = *preview("tenant=acme&name=verification_code&locale=de&scheme=light");
  const std::string dark = *preview("tenant=acme&name=verification_code&locale=de&scheme=dark");
  EXPECT_THAT(light, HasSubstr("lang=\"de\""));
  EXPECT_THAT(light, HasSubstr("@media not all"));
  EXPECT_THAT(dark, HasSubstr("@media all"));
  EXPECT_THAT(*preview("tenant=acme&name=verification_code&part=text"), HasSubstr("123456"));
  EXPECT_TRUE(absl::IsNotFound(preview("tenant=acme&name=none").status()));
  EXPECT_TRUE(absl::IsNotFound(preview("tenant=none&name=verification_code").status()));
}

class ConsoleWithLogo : public ConsoleCallsTest {
 protected:
  ConsoleWithLogo()
      : ConsoleCallsTest(false, [](config::v1::Config& config) {
          static const TempDir dir;
          config.mutable_tenants(0)->mutable_brand()->set_logo_file(
              dir.Write("logo.png", PngOf(300, 80)));
        }) {}
};

TEST_F(ConsoleWithLogo, ShowsItInTheFrame) {
  const auto page = [this](const std::string& tenant) {
    return *parts_.previews["template"]("tenant=" + tenant + "&name=verification_code");
  };
  EXPECT_THAT(page("acme"),
              HasSubstr("src=\"data:image/png;base64," + Base64(PngOf(300, 80)) + "\""));
  EXPECT_THAT(page("acme"), Not(HasSubstr("cid:")));
  EXPECT_THAT(page("globex"), Not(HasSubstr("<img")));
}

TEST_F(ConsoleCallsTest, LetInOperatorsOnly) {
  const std::string here = "127.0.0.1";
  EXPECT_TRUE(absl::IsUnauthenticated(parts_.authenticate("nobody.x", here).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      parts_.authenticate(world_.config.tenants(0).keys(0).id() + "." + kSecret, here).status()));
  EXPECT_FALSE(parts_.calls.contains("SendVerificationCode")) << "operators do not send";
}

class SandboxCallsTest : public ConsoleCallsTest {
 protected:
  SandboxCallsTest() : ConsoleCallsTest(true) {}
};

TEST_F(SandboxCallsTest, SendAndCheckForTheOneTenant) {
  const std::string sent =
      *Ask("SendVerificationCode", R"({"recipient":"me@example.com","purpose":"sign_in"})");
  EXPECT_THAT(sent, HasSubstr(R"("state":"PENDING")"));
  EXPECT_THAT(*Ask("CheckVerificationCode",
                   R"({"recipient":"me@example.com","purpose":"sign_in","code":"1"})"),
              HasSubstr("MISMATCHED"));
  EXPECT_FALSE(Ask("SendVerificationCode", "{}").ok());
  EXPECT_FALSE(Ask("SendVerificationCode", R"({"colour":"blue"})").ok());
}

}  // namespace
}  // namespace posthaste::api

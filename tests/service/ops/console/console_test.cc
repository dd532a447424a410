#include "service/ops/console/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/run_task.h"

namespace posthaste::ops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string HeaderOf(const Page& page, const std::string& name) {
  for (const auto& [key, value] : page.headers) {
    if (key == name) return value;
  }
  return "";
}

class ConsoleTest : public testing::Test {
 protected:
  explicit ConsoleTest(bool sandbox = false) {
    ConsoleParts parts;
    parts.sandbox = sandbox;
    parts.authenticate = [this](std::string_view key,
                                std::string_view source) -> absl::StatusOr<Operator> {
      source_ = source;
      if (key == "ana.s3cret") return Operator{"ana", true};
      if (key == "eve.s3cret") return Operator{"eve", false};
      if (key == "portal.s3cret") return absl::PermissionDeniedError("no ops.read");
      return absl::UnauthenticatedError("unknown");
    };
    parts.calls["Look"].run = [this](Order order) { return Run("Look", std::move(order)); };
    parts.calls["Act"] = {true, [this](Order order) { return Run("Act", std::move(order)); }};
    parts.previews["mail"] = [](std::string_view query) -> absl::StatusOr<std::string> {
      if (query != "id=1") return absl::NotFoundError("no such mail");
      return "<p>mail</p>";
    };
    parts.now = [] { return Now(); };
    parts.beats["inbox"] = [] { return "\"m1\""; };
    console_ = std::make_unique<Console>(loop_, std::move(parts), clock_, random_);
  }

  static Task<std::string> Now() { co_return "{}"; }
  Task<absl::StatusOr<std::string>> Run(std::string name, Order order) {
    ran_.push_back(name + " " + order.who.key + " " + order.reason + " " + order.request);
    if (order.request.find("fail") != std::string::npos)
      co_return absl::FailedPreconditionError("too late");
    co_return R"({"ok":true})";
  }

  Page Ask(Request request) { return RunTask(loop_, console_->Answer(std::move(request))); }
  Request With(const std::string& method, const std::string& path, const std::string& body = "") {
    Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.source = "127.0.0.1";
    request.headers["host"] = "127.0.0.1:8526";
    request.headers["cookie"] = cookie_;
    request.headers["x-csrf-token"] = csrf_;
    return request;
  }
  Page Get(const std::string& path) { return Ask(With("GET", path)); }
  Page Post(const std::string& path, const std::string& body) {
    return Ask(With("POST", path, body));
  }
  void ReadCsrf() {
    const std::string page = Get("/console/").body;
    const size_t at = page.find("data-csrf=\"") + 11;
    csrf_ = page.substr(at, page.find('"', at) - at);
  }
  Page Login(const std::string& key) {
    const Page page = Post("/console/login", "key=" + key);
    cookie_ = HeaderOf(page, "Set-Cookie").substr(0, HeaderOf(page, "Set-Cookie").find(';'));
    if (page.status == 303) ReadCsrf();
    return page;
  }

  Loop loop_{1};
  FakeClock clock_;
  FakeRandom random_;
  std::unique_ptr<Console> console_;
  std::string cookie_, csrf_;
  std::string source_;  // Where the last key was shown to come from.
  std::vector<std::string> ran_;
};

TEST_F(ConsoleTest, SendsStrangersToTheLogin) {
  EXPECT_EQ(HeaderOf(Get("/"), "Location"), "/console/");
  EXPECT_EQ(HeaderOf(Get("/console/"), "Location"), "/console/login");
  EXPECT_EQ(HeaderOf(Get("/console/queue"), "Location"), "/console/login");
  EXPECT_EQ(Get("/console/login").status, 200);
  EXPECT_EQ(Get("/console/assets/console.css").status, 200);
  EXPECT_EQ(Get("/console/events").status, 401);
  EXPECT_EQ(Get("/console/preview/mail").status, 401);
  EXPECT_EQ(Post("/console/api/Look", "{}").status, 401);
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(ConsoleTest, IsShownBeyondThisMachineInTlsOnly) {
  for (const char* source : {"192.0.2.7", "2001:db8::7", "128.0.0.1", ""}) {
    Request request = With("GET", "/console/login");
    request.source = source;
    EXPECT_EQ(Ask(request).status, 403) << source;
    request.encrypted = true;
    EXPECT_EQ(Ask(request).status, 200) << source;
  }
  for (const char* source : {"127.0.0.1", "127.9.9.9", "::1"}) {
    Request request = With("GET", "/console/login");
    request.source = source;
    EXPECT_EQ(Ask(request).status, 200) << source;
  }
}

TEST_F(ConsoleTest, TellsWhereAKeyComesFromAndMarksTheCookieOfTls) {
  Request request = With("POST", "/console/login", "key=ana.s3cret");
  request.source = "192.0.2.7";
  request.encrypted = true;
  EXPECT_THAT(HeaderOf(Ask(request), "Set-Cookie"), EndsWith("; Secure"));
  EXPECT_EQ(source_, "192.0.2.7");
}

TEST_F(ConsoleTest, LetsAKeyInAndOutAgain) {
  const Page page = Login("ana.s3cret");
  EXPECT_EQ(page.status, 303);
  EXPECT_THAT(HeaderOf(page, "Set-Cookie"),
              HasSubstr("; HttpOnly; SameSite=Strict; Path=/console; Max-Age=28800"));
  EXPECT_THAT(Get("/console/").body, HasSubstr("data-page=\"now\""));
  EXPECT_EQ(Get("/console/inbox").status, 404) << "there is none beyond the sandbox";
  EXPECT_EQ(Post("/console/logout", "csrf=wrong").status, 403);
  EXPECT_EQ(Get("/console/").status, 200);
  EXPECT_EQ(Post("/console/logout", "csrf=" + csrf_).status, 303);
  EXPECT_EQ(HeaderOf(Get("/console/"), "Location"), "/console/login");
}

TEST_F(ConsoleTest, RefusesKeysThatMayNotLook) {
  EXPECT_EQ(Login("ana.wrong").status, 401);
  EXPECT_EQ(Login("portal.s3cret").status, 403);
  EXPECT_EQ(Post("/console/login", "").status, 401);
  Request elsewhere = With("POST", "/console/login", "key=ana.s3cret");
  elsewhere.headers["sec-fetch-site"] = "cross-site";
  EXPECT_EQ(Ask(std::move(elsewhere)).status, 403);
  for (int i = 0; i < 10; ++i) Login("ana.wrong");
  EXPECT_EQ(Login("ana.s3cret").status, 429);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Login("ana.s3cret").status, 303);
}

TEST_F(ConsoleTest, EndsASessionAfterItsLife) {
  Login("ana.s3cret");
  clock_.Advance(absl::Hours(8));
  EXPECT_EQ(Get("/console/").status, 303);
}

TEST_F(ConsoleTest, AnswersWhatTheServiceAnswers) {
  Login("ana.s3cret");
  const Page page = Post("/console/api/Look", R"({"request":{"id":"m1"}})");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "application/json");
  EXPECT_EQ(page.body, R"({"ok":true})");
  EXPECT_EQ(ran_.back(), R"(Look ana  {"id":"m1"})");
  const Page refused = Post("/console/api/Look", R"({"request":{"fail":1}})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body, R"({"error":"too late"})");
  EXPECT_EQ(Post("/console/api/None", "{}").status, 404);
  EXPECT_EQ(Post("/console/api/Look", "no json").status, 400);
}

TEST_F(ConsoleTest, ActsForWhoeverMayWithAReasonAndTheToken) {
  Login("ana.s3cret");
  EXPECT_EQ(Post("/console/api/Act", R"({"request":{}})").status, 400);
  EXPECT_THAT(Post("/console/api/Act", R"({"reason":"a\nb"})").body, HasSubstr("reason"));
  EXPECT_EQ(Post("/console/api/Act", R"({"request":{},"reason":"ill"})").status, 200);
  EXPECT_EQ(ran_.back(), "Act ana ill {}");
  csrf_ = "wrong";
  EXPECT_EQ(Post("/console/api/Act", R"({"request":{},"reason":"ill"})").status, 403);
  EXPECT_EQ(Post("/console/api/Look", "{}").status, 403);
  Login("eve.s3cret");
  EXPECT_EQ(Post("/console/api/Look", "{}").status, 200);
  EXPECT_THAT(Post("/console/api/Act", R"({"reason":"ill"})").body, HasSubstr("ops.write"));
  EXPECT_EQ(ran_.size(), 2u);
}

TEST_F(ConsoleTest, FramesWhatOthersWrote) {
  Login("ana.s3cret");
  Request request = With("GET", "/console/preview/mail");
  request.query = "id=1";
  const Page page = Ask(request);
  EXPECT_EQ(page.body, "<p>mail</p>");
  EXPECT_THAT(HeaderOf(page, "Content-Security-Policy"), HasSubstr("; sandbox"));
  request.query = "id=2";
  EXPECT_EQ(Ask(request).status, 404);
  EXPECT_EQ(Get("/console/preview/other").status, 404);
}

TEST_F(ConsoleTest, TellsWhatHappensNow) {
  Login("ana.s3cret");
  const Page page = Get("/console/events");
  EXPECT_EQ(page.content_type, "text/event-stream");
  EXPECT_EQ(RunTask(loop_, page.more()), "data: {\"now\":{},\"inbox\":\"m1\"}\n\n");
  console_->Stop();
  EXPECT_EQ(RunTask(loop_, page.more()), "");
}

class SandboxConsoleTest : public ConsoleTest {
 protected:
  SandboxConsoleTest() : ConsoleTest(true) {}
};

TEST_F(SandboxConsoleTest, IsOpenToThisMachineOnly) {
  EXPECT_THAT(Get("/console/inbox").body, StartsWith("<!doctype html>"));
  ReadCsrf();
  EXPECT_EQ(Post("/console/api/Act", R"({"reason":"to see"})").status, 200);
  csrf_ = "";
  EXPECT_EQ(Post("/console/api/Look", "{}").status, 403) << "another site's page has no token";
  Request elsewhere = With("GET", "/console/");
  elsewhere.headers["host"] = "evil.test";
  EXPECT_EQ(Ask(std::move(elsewhere)).status, 403);
}

TEST(ThisMachine, IsKnownByItsNames) {
  for (const char* good : {"localhost", "localhost:8526", "127.0.0.1:1", "[::1]", "[::1]:8526"})
    EXPECT_TRUE(IsThisMachine(good)) << good;
  for (const char* bad :
       {"", "evil.test", "localhost.evil.test:8526", "127.0.0.1.evil.test", "[::2]"})
    EXPECT_FALSE(IsThisMachine(bad)) << bad;
}

}  // namespace
}  // namespace posthaste::ops

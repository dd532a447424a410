#include "service/webhooks/poster.h"

#include <gtest/gtest.h>

#include "tests/service/webhooks/receiver.h"
#include "tests/support/fake_clock.h"
#include "tests/support/run_task.h"

namespace posthaste::webhooks {
namespace {

class PosterTest : public ::testing::Test {
 protected:
  Poster MakePoster() {
    return Poster(endpoint_, std::make_unique<ReceiverDialer>(receiver_), clock_);
  }
  Outcome Post(Poster& poster, const std::string& request = "request") {
    return RunTask(loop_, poster.Post(request));
  }

  Loop loop_;
  FakeClock clock_;
  Receiver receiver_;
  std::shared_ptr<Endpoint> endpoint_ = TestEndpoint();
};

TEST_F(PosterTest, KeepsItsConnectionWhileItMay) {
  Poster poster = MakePoster();
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(receiver_.dials, 1);
  EXPECT_EQ(receiver_.handshakes, 1) << "and its certificate is verified";
  receiver_.answers = {Answer(200, "Connection: close\r\n")};
  EXPECT_EQ(Post(poster).status, 200);
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(receiver_.dials, 2);
  receiver_.stale = true;
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(receiver_.dials, 3) << "the other one was closed meanwhile";
}

TEST_F(PosterTest, LimitsARequestAndNotTheConnectionThatItLeaves) {
  Poster poster = MakePoster();
  SteadyTime during{};
  receiver_.asked = [&] { during = receiver_.limit; };
  for (int turn = 0; turn < 3; ++turn) {
    const SteadyTime deadline = clock_.Steady() + std::chrono::seconds(10);
    EXPECT_EQ(Post(poster).status, 204);
    EXPECT_EQ(during, deadline) << turn;
    EXPECT_EQ(receiver_.limit, SteadyTime::max()) << turn;
    clock_.Advance(absl::Seconds(60));
  }
  EXPECT_EQ(receiver_.dials, 1);
}

TEST_F(PosterTest, SaysItAgainWhenAKeptConnectionTurnsOutToBeClosed) {
  receiver_.breaks_kept = true;
  Poster poster = MakePoster();
  EXPECT_EQ(Post(poster, "one").status, 204);
  EXPECT_EQ(Post(poster, "two").status, 204);
  EXPECT_EQ(receiver_.requests, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(receiver_.dials, 2);
}

TEST_F(PosterTest, TellsHowItFailedWithoutAnAnswer) {
  Poster poster = MakePoster();
  receiver_.answers = {""};
  EXPECT_EQ(Post(poster).why, "read: closed");
  receiver_.answers = {"HTTP/1.1 200 O"};
  EXPECT_EQ(Post(poster).status, 0);
  receiver_.answers = {"SSH-2.0-OpenSSH_9.2\r\n"};
  EXPECT_EQ(Post(poster).status, 0);
  receiver_.tls = absl::UnauthenticatedError("certificate: it has expired");
  EXPECT_EQ(Post(poster).why, "certificate: it has expired");
  EXPECT_EQ(receiver_.requests.size(), 3u) << "nothing was said to it";
  receiver_.dial = absl::FailedPreconditionError("only private addresses");
  EXPECT_EQ(Post(poster).why, "only private addresses");
}

TEST_F(PosterTest, FollowsNoRedirect) {
  receiver_.answers = {Answer(307, "Location: https://elsewhere.test/\r\n")};
  Poster poster = MakePoster();
  EXPECT_EQ(Post(poster).status, 307);
  EXPECT_EQ(receiver_.requests.size(), 1u);
}

TEST_F(PosterTest, SpeaksInClearOnlyWhereTheUrlSaysSo) {
  endpoint_->url = config::ParseWebhookUrl("http://localhost:8080/").value();
  Poster poster = MakePoster();
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(receiver_.handshakes, 0);
}

TEST_F(PosterTest, KnowsTheStatusOfAnAnswerThatIsTooLong) {
  receiver_.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx"};
  Poster poster = MakePoster();
  EXPECT_EQ(Post(poster).status, 200);
  EXPECT_EQ(Post(poster).status, 204);
  EXPECT_EQ(receiver_.dials, 2);
}

}  // namespace
}  // namespace posthaste::webhooks

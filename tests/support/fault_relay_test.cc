#include "tests/support/fault_relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/poll.h"

namespace posthaste {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Pair;
using ::testing::StartsWith;

// A blocking client of fewest words.
class Client {
 public:
  explicit Client(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const timeval limit{2, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { close(fd_); }

  bool connected() const { return connected_; }
  void Say(const std::string& text) { send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

  // Until a line begins with a code and a blank, or the connection ends ("<end>") or is reset.
  std::string Hear() {
    std::string heard;
    char byte = 0;
    ssize_t got = 0;
    while ((got = recv(fd_, &byte, 1, 0)) == 1) {
      heard += byte;
      const size_t line = heard.rfind('\n', heard.size() - 2) + 1;
      if (byte == '\n' && heard.size() - line > 4 && heard[line + 3] == ' ') return heard;
    }
    return heard + (got == 0 ? "<end>" : errno == ECONNRESET ? "<reset>" : "<silence>");
  }

 private:
  const int fd_;
  bool connected_ = false;
};

constexpr char kMail[] = "X-Entity-Ref-ID: m1\r\nMessage-ID: <m1@x.test>\r\n\r\n..dot\r\n.\r\n";

TEST(FaultRelay, KeepsWhatItIsGivenAndKnowsItsId) {
  FaultRelay relay;
  Client client(relay.port());
  EXPECT_THAT(client.Hear(), StartsWith("220 "));
  client.Say("EHLO c.test\r\n");
  EXPECT_THAT(client.Hear(), EndsWith("250 8BITMIME\r\n"));
  client.Say("MAIL FROM:<>\r\nRCPT TO:<ana@x.test>\r\nDATA\r\n");
  EXPECT_EQ(client.Hear() + client.Hear() + client.Hear(),
            "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n");
  client.Say(kMail);
  EXPECT_THAT(client.Hear(), StartsWith("250 "));
  const FaultRelay::Kept kept = relay.Of("m1");
  EXPECT_EQ(kept.copies, 1);
  EXPECT_EQ(kept.recipient, "ana@x.test");
  EXPECT_EQ(kept.message_id, "<m1@x.test>");
  EXPECT_THAT(kept.bytes, EndsWith("\r\n.dot\r\n"));
}

TEST(FaultRelay, TakesAMessageInChunks) {
  FaultRelay relay;
  Client client(relay.port());
  client.Hear();
  client.Say("MAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nBDAT 5\r\nhelloBDAT 0 LAST\r\n");
  for (int i = 0; i < 4; ++i) EXPECT_THAT(client.Hear(), StartsWith("250 "));
  EXPECT_EQ(relay.Of("").bytes, "hello");
  EXPECT_EQ(relay.dots(), 1);
}

TEST(FaultRelay, PerformsTheActOfAStage) {
  FaultRelay relay;
  relay.At(Stage::kGreeting, {Raw("4"), Drip("21 later\r\n", absl::Milliseconds(1)), Close()});
  Client client(relay.port());
  EXPECT_EQ(client.Hear(), "421 later\r\n");
  EXPECT_EQ(client.Hear(), "<end>");
  relay.At(Stage::kGreeting, {Reset()});
  Client other(relay.port());
  EXPECT_EQ(other.Hear(), "<reset>");
  EXPECT_EQ(relay.connections(), 2);
}

TEST(FaultRelay, TellsTheScriptWhereItStands) {
  FaultRelay relay;
  std::vector<std::string> seen;
  relay.PlayScript([&](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kRcpt) return std::nullopt;
    seen.push_back(moment.recipient + " " + std::to_string(moment.transaction) + " " +
                   std::to_string(moment.number));
    return Act{Say("450 4.2.0 Wait")};
  });
  Client client(relay.port());
  client.Hear();
  client.Say("MAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\n");
  for (int i = 0; i < 4; ++i) client.Hear();
  EXPECT_THAT(seen, ElementsAre("a@x.test 1 1", "a@x.test 2 2"));
}

TEST(FaultRelay, HoldsWhoComesToAGateUntilItIsOpened) {
  FaultRelay relay;
  relay.At(Stage::kGreeting, {Gate(), Say("220 at last")});
  Client client(relay.port());
  EXPECT_TRUE(PollUntil(absl::Seconds(5), [&] { return relay.held() == 1; }));
  relay.OpenGate();
  EXPECT_EQ(client.Hear(), "220 at last\r\n");
}

// Every fate, as a client meets it.
TEST(FaultRelay, PlaysEveryFateToItsEnd) {
  for (int i = 0; i < kFates; ++i) {
    const auto fate = static_cast<Fate>(i);
    SCOPED_TRACE(FateName(fate));
    FaultRelay relay([fate](const std::string&, int) { return fate; });
    relay.SetStall(absl::Milliseconds(5));
    std::string heard;
    {
      Client client(relay.port());
      client.Say("MAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n");
      for (int reply = 0; reply < 4; ++reply) heard = client.Hear();
      if (heard == "354 Go on\r\n") {
        client.Say(kMail);
        const bool hold = fate == Fate::kHoldDotKept || fate == Fate::kHoldDotLost;
        if (hold) {
          EXPECT_TRUE(PollUntil(absl::Seconds(5), [&] { return relay.held() == 1; }));
        }
        heard = hold ? "" : client.Hear();
      }
    }
    const bool kept = relay.Of("m1").copies == 1;
    const bool yes = heard.substr(0, 3) == "250";
    if (!LeavesDoubt(fate)) {
      EXPECT_EQ(kept, yes) << heard;
    } else {
      EXPECT_FALSE(yes) << heard;
      EXPECT_THAT(relay.Doubts(), ElementsAre(Pair("m1", 1)));
    }
    EXPECT_THAT(relay.Played(), ElementsAre(Pair(fate, 1)));
  }
}

TEST(Blackhole, NeverAnswersAConnection) {
  const Blackhole hole;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(hole.port());
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), -1);
  pollfd wait{fd, POLLOUT, 0};
  EXPECT_EQ(poll(&wait, 1, 200), 0);
  close(fd);
}

}  // namespace
}  // namespace posthaste

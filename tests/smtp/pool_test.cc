#include "smtp/pool.h"

#include <gtest/gtest.h>

#include "smtp/dialer.h"
#include "tests/smtp/relays_support.h"

namespace posthaste::smtp {
namespace {

using std::chrono::seconds;

class PoolTest : public ::testing::Test, public RelaysTest {
 protected:
  PoolTest() {
    RelayOptions options = Options("pooled", mini_->port());
    options.transactions_max = 2;
    options.idle_max = absl::Seconds(30);
    options.age_max = absl::Seconds(100);
    relay_ = std::make_shared<Relay>(options, SystemClock());
    pool_.emplace(relay_->options());
  }

  // An open session, as the governor would have it counted.
  std::unique_ptr<Connection> Open() {
    EXPECT_EQ(relay_->governor().Begin(Urgency::kCode, false).answer, Governor::Answer::kGranted);
    relay_->governor().End(Urgency::kCode, false);
    Attempt failed;
    std::unique_ptr<Session> session =
        RunTask(loop, Session::Open(dialer_, SystemClock(), "127.0.0.1", mini_->port(),
                                    relay_->options().session, &failed));
    EXPECT_NE(session, nullptr) << failed.transcript;
    return std::make_unique<Connection>(Slot(relay_), std::move(session), now_);
  }
  void Use(Connection& connection) {
    Envelope envelope;
    envelope.rcpt_to = "a@example.test";
    FixedFence pass(FenceAnswer::kPass, &fences_asked);
    RunTask(loop, connection.session().Send(envelope, kMessage, pass));
  }

  std::shared_ptr<MiniRelay> mini_ = MiniRelay::Start(loop);
  std::shared_ptr<Relay> relay_;
  TcpDialer dialer_{loop, nullptr, true};
  std::optional<Pool> pool_;
  SteadyTime now_{seconds(1000)};
};

TEST_F(PoolTest, HandsOutTheSessionThatWasUsedLast) {
  auto first = Open();
  auto second = Open();
  const Session* const last = &second->session();
  pool_->Put(std::move(first), now_);
  pool_->Put(std::move(second), now_ + seconds(1));
  EXPECT_EQ(&pool_->Take()->session(), last);
  EXPECT_EQ(pool_->size(), 1u);
  EXPECT_EQ(relay_->governor().open(), 1) << "what was taken and dropped gave its slot back";
}

TEST_F(PoolTest, DropsWhatTheRelayHasClosed) {
  pool_->Put(Open(), now_);
  mini_->CloseAll();
  Settle();
  pool_->Prune(now_);
  EXPECT_TRUE(pool_->empty());
  EXPECT_EQ(relay_->governor().open(), 0);
}

TEST_F(PoolTest, DropsWhatWasIdleForTooLong) {
  pool_->Put(Open(), now_);
  pool_->Put(Open(), now_ + seconds(20));
  pool_->Prune(now_ + seconds(30));
  EXPECT_EQ(pool_->size(), 2u);
  pool_->Prune(now_ + seconds(31));
  EXPECT_EQ(pool_->size(), 1u);
  pool_->Prune(now_ + seconds(51));
  EXPECT_TRUE(pool_->empty());
}

TEST_F(PoolTest, DropsWhatIsTooOldHoweverBusyItWas) {
  pool_->Put(Open(), now_ + seconds(90));
  pool_->Prune(now_ + seconds(100));
  EXPECT_EQ(pool_->size(), 1u);
  pool_->Prune(now_ + seconds(101));
  EXPECT_TRUE(pool_->empty());
  pool_->Put(Open(), now_ + seconds(100));
  EXPECT_TRUE(pool_->empty());
}

TEST_F(PoolTest, DoesNotKeepASessionThatHasServedEnough) {
  auto connection = Open();
  Use(*connection);
  pool_->Put(std::move(connection), now_);
  ASSERT_EQ(pool_->size(), 1u);
  connection = pool_->Take();
  Use(*connection);
  pool_->Put(std::move(connection), now_);
  EXPECT_TRUE(pool_->empty());
}

TEST_F(PoolTest, RetiresToWhoeverSaysQuitAndOnlyAFew) {
  int told = 0;
  pool_->set_on_retired([&told] { ++told; });
  for (int i = 0; i < 5; ++i) pool_->Put(Open(), now_);
  pool_->GiveUpOne();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(pool_->size(), 4u);
  EXPECT_EQ(relay_->governor().open(), 5) << "still connected";
  pool_->GiveUpAll();
  EXPECT_TRUE(pool_->has_retired());
  EXPECT_EQ(relay_->governor().open(), 2) << "the rest was closed at once";
  pool_->TakeRetired();
  EXPECT_EQ(relay_->governor().open(), 0);
}

TEST_F(PoolTest, ASlotOutlivesTheSessionItWasTakenFor) {
  auto connection = Open();
  {
    const Slot slot = std::move(*connection).GiveUp();
    connection.reset();
    EXPECT_EQ(relay_->governor().open(), 1);
  }
  EXPECT_EQ(relay_->governor().open(), 0);
}

}  // namespace
}  // namespace posthaste::smtp

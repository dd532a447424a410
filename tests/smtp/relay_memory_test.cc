#include "smtp/relay_memory.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace posthaste::smtp {
namespace {

TEST(RelayMemory, RemembersEachThingForItsTime) {
  FakeClock clock;
  RelayMemory memory;
  EXPECT_FALSE(memory.HandshakeFails(clock.Steady()));
  EXPECT_FALSE(memory.RefusesChunking(clock.Steady()));
  EXPECT_FALSE(memory.OfferedTls(clock.Steady()));
  memory.NoteTlsOffered(clock.Steady());
  memory.NoteHandshakeFailed(clock.Steady());
  EXPECT_TRUE(memory.HandshakeFails(clock.Steady()));
  EXPECT_FALSE(memory.RefusesChunking(clock.Steady()));
  memory.NoteChunkingRefused(clock.Steady());
  clock.Advance(absl::Hours(1));
  EXPECT_FALSE(memory.HandshakeFails(clock.Steady()));
  EXPECT_TRUE(memory.RefusesChunking(clock.Steady()));
  clock.Advance(absl::Hours(23));
  EXPECT_TRUE(memory.OfferedTls(clock.Steady()));
  EXPECT_FALSE(memory.RefusesChunking(clock.Steady()));
  clock.Advance(absl::Hours(6 * 24));
  EXPECT_FALSE(memory.OfferedTls(clock.Steady()));
}

TEST(RelayMemory, KnowsForFiveMinutesWhoCannotBeReached) {
  FakeClock clock;
  RelayMemory memory;
  EXPECT_FALSE(memory.Unreachable(clock.Steady()));
  memory.NoteUnreachable(clock.Steady());
  clock.Advance(absl::Seconds(299));
  EXPECT_TRUE(memory.Unreachable(clock.Steady()));
  clock.Advance(absl::Seconds(1));
  EXPECT_FALSE(memory.Unreachable(clock.Steady()));
  memory.NoteUnreachable(clock.Steady());
  memory.NoteReached();
  EXPECT_FALSE(memory.Unreachable(clock.Steady()));
}

}  // namespace
}  // namespace posthaste::smtp

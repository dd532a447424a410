#include "base/log_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/temp.h"

namespace posthaste::log {
namespace {

std::string Line(size_t size, char byte) { return std::string(size - 1, byte) + "\n"; }

TEST(LogWriter, WritesLinesInTheirOrderToTheEndOfTheFile) {
  const TempDir dir;
  for (const char* line : {"one\n", "two\n"}) {
    const auto writer = Writer::Open(dir.File("log"));
    ASSERT_NE(writer, nullptr);
    writer->Append(line, false);
    writer->Append("end\n", false);
  }
  EXPECT_EQ(ReadFile(dir.File("log")), "one\nend\ntwo\nend\n");
}

TEST(LogWriter, WritesAnUrgentLineAndAllBeforeItAtOnce) {
  const TempDir dir;
  const std::string path = dir.File("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  const auto writer = Writer::Open(path);
  writer->Append("first\n", false);
  writer->Append("urgent\n", true);
  std::string text;
  char buffer[64];
  while (text.size() < 13) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    ASSERT_GT(size, 0);
    text.append(buffer, static_cast<size_t>(size));
  }
  EXPECT_EQ(text, "first\nurgent\n");
  close(fd);
}

TEST(LogWriter, DropsTheOldestLinesWhenTheFileIsStuckAndCountsThem) {
  const TempDir dir;
  const std::string path = dir.File("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  auto writer = Writer::Open(path);
  constexpr size_t kSize = 1024;
  constexpr size_t kCount = 3 * kQueuedBytesMax / kSize;
  for (size_t i = 0; i < kCount; ++i) writer->Append(Line(kSize, 'x'), false);
  writer->Append("last\n", false);
  const uint64_t dropped = writer->dropped();
  EXPECT_GT(dropped, kCount / 3);
  std::string text;
  std::thread reader([&] {
    char buffer[65536];
    while (!text.ends_with("last\n")) {
      const ssize_t size = read(fd, buffer, sizeof(buffer));
      if (size <= 0) break;
      text.append(buffer, static_cast<size_t>(size));
    }
  });
  writer.reset();
  reader.join();
  close(fd);
  EXPECT_EQ(text.size(), (kCount - dropped) * kSize + 5) << "whole lines are dropped, no others";
}

TEST(LogWriter, CountsWhatAFullDiskRefuses) {
  const auto writer = Writer::Open("/dev/full");
  ASSERT_NE(writer, nullptr);
  writer->Append("one\ntwo\n", true);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (writer->dropped() < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(writer->dropped(), 2U);
}

TEST(LogWriter, OpensNoFolder) {
  const TempDir dir;
  EXPECT_EQ(Writer::Open(dir.path()), nullptr);
}

}  // namespace
}  // namespace posthaste::log

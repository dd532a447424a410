#include "service/redis/command.h"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/fake_random.h"

namespace posthaste::redis {
namespace {

std::string Encoded(const Command& command) {
  std::string out;
  command.AppendTo(out);
  return out;
}

// What hiredis makes of the same arguments.
std::string ByHiredis(const std::vector<std::string>& words) {
  std::vector<const char*> pointers;
  std::vector<size_t> sizes;
  for (const std::string& word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* encoded = nullptr;
  const int size = redisFormatCommandArgv(&encoded, static_cast<int>(words.size()), pointers.data(),
                                          sizes.data());
  std::string text(encoded, static_cast<size_t>(size));
  redisFreeCommand(encoded);
  return text;
}

TEST(Command, IsARespArray) {
  const Command command("SET", "k", std::string_view("a\r\n\0b", 5), "PX", 5000);
  EXPECT_EQ(Encoded(command),
            std::string(
                "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n$2\r\nPX\r\n$4\r\n5000\r\n", 49));
  EXPECT_EQ(command.name(), "SET");
  EXPECT_EQ(command.count(), 5u);
}

TEST(Command, GrowsByOneOrMany) {
  Command command("DEL");
  const std::vector<std::string> keys = {"a", "b"};
  command.AddAll(keys).Add("c").Add(INT64_MIN).Add(UINT64_MAX).Add("");
  const std::vector<std::string> words = {
      "DEL", "a", "b", "c", "-9223372036854775808", "18446744073709551615", ""};
  EXPECT_EQ(Encoded(command), ByHiredis(words));
  EXPECT_LE(Encoded(command).size(), command.encoded_bytes_max());
}

TEST(Command, AppendsToWhatIsThere) {
  std::string out;
  Command("PING").AppendTo(out);
  Command("PING").AppendTo(out);
  EXPECT_EQ(out, "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n");
}

TEST(Command, EncodesAnyBytesAsHiredisDoes) {
  FakeRandom random;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::string> words = {"CMD"};
    Command command("CMD");
    for (uint64_t left = random.Below(20); left > 0; --left) {
      words.push_back(random.Bytes(random.Below(300)));
      command.Add(words.back());
    }
    ASSERT_EQ(Encoded(command), ByHiredis(words));
    ASSERT_LE(Encoded(command).size(), command.encoded_bytes_max());
  }
}

}  // namespace
}  // namespace posthaste::redis

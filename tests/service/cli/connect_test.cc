#include "service/cli/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

class ConnectTest : public ::testing::Test {
 protected:
  ConnectTest() { options_.data_dir = dir_.path(); }
  TempDir dir_;
  AccessOptions options_;
  std::ostringstream out_, err_;
  Terminal terminal_{out_, err_, false};
};

TEST_F(ConnectTest, SaysWhatIsMissing) {
  EXPECT_FALSE(Connect(options_, terminal_).has_value());
  EXPECT_THAT(err_.str(), ::testing::StartsWith("posthaste: no sandbox runs here"));
}

TEST_F(ConnectTest, NamesAFileOfAuthoritiesThatCannotBeRead) {
  options_.address = "127.0.0.1:1";
  options_.key_file = dir_.Write("key", "web.secret");
  options_.ca_file = dir_.File("ca.pem");
  EXPECT_FALSE(Connect(options_, terminal_).has_value());
  EXPECT_EQ(err_.str(),
            "posthaste: " + options_.ca_file + ": cannot be read: No such file or directory\n");
}

TEST_F(ConnectTest, NeedsNobodyToAnswerYet) {
  ASSERT_TRUE(
      WriteClientFile(dir_.path(), "127.0.0.1:1", Secret("sandbox.s"), Secret("operator.s")).ok());
  const std::optional<Client> client = Connect(options_, terminal_);
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->address(), "127.0.0.1:1");
}

}  // namespace
}  // namespace posthaste::cli

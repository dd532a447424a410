// What we sign, verified by three programs that we did not write: dkimpy, OpenDKIM and mailauth.
// Keys come from a file instead of DNS.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "smtp/dkim.h"
#include "smtp/message.h"
#include "tests/smtp/dkim_support.h"
#include "tests/smtp/message_support.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

constexpr int kComposed = 130;
constexpr int kRaw = 90;  // Messages with what our composer would never write.

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A header and a body with odd folds, spaces and lengths.
std::string RawMessage(std::mt19937& random) {
  const auto blanks = [&random] {
    static constexpr const char* kBlanks[] = {" ", "  ", "\t", "\r\n ", " \r\n\t ", "\r\n \t"};
    return std::string(kBlanks[random() % 6]);
  };
  std::string message;
  for (const char* name : {"From", "To", "Subject", "Date", "Message-ID", "X-Other", "Cc"}) {
    // OpenDKIM takes nothing without a Date.
    if (name[0] != 'F' && name[0] != 'D' && random() % 4 == 0) continue;
    message += name;
    message += ':';  // dkimpy and OpenDKIM do not read the obsolete "Name :".
    for (size_t words = 1 + random() % 14; words > 0; --words) {
      message += blanks() + std::string(1 + random() % 70, static_cast<char>('a' + random() % 26));
    }
    if (name[0] == 'F') message += " <a@example.test>";
    message += "\r\n";
  }
  message += "\r\n";
  for (size_t lines = random() % 40; lines > 0; --lines) {
    message += std::string(random() % 90, random() % 5 == 0 ? ' ' : 'x');
    message += random() % 4 == 0 ? " \t" : "";
    message += "\r\n";
  }
  if (random() % 3 == 0) message += "no line end";
  return message;
}

class DkimOracleTest : public testing::Test {
 protected:
  // Each message three times: with both signatures, and with each alone; and the keys as they would
  // stand in DNS.
  DkimOracleTest() {
    const std::vector<DkimKey> keys = TestKeys("example.test");
    std::string records;
    for (const DkimKey& key : keys) {
      const bool rsa = key.key.kind() == crypto::SigningKey::Kind::kRsa;
      absl::StrAppend(&records, key.selector, "._domainkey.", key.domain,
                      " v=DKIM1; k=", rsa ? "rsa" : "ed25519", "; p=", Base64(key.key.PublicKey()),
                      "\n");
    }
    records_ = dir_.Write("records", records);
    for (const char* folder : {"both", "rsa", "ed"}) mkdir(dir_.File(folder).c_str(), 0700);
    MessageMaker maker(8463);
    std::mt19937 random(6376);
    for (int i = 0; i < kComposed + kRaw; ++i) {
      const std::string message =
          i < kComposed ? Compose(maker.Make()).value() : RawMessage(random);
      const std::string rsa = SignDkim(message, {keys[0]}, date_).value();
      const std::string ed = SignDkim(message, {keys[1]}, date_).value();
      const std::string name = absl::StrCat(i, ".eml");
      WriteFile(dir_.File("both/" + name), SignDkim(message, keys, date_).value() + message);
      WriteFile(dir_.File("rsa/" + name), rsa + message);
      WriteFile(dir_.File("ed/" + name), ed + message);
    }
  }

  Finished Python(const std::string& tool) {
    return RunProcess({"/usr/bin/python3", "-B", PH_SOURCE_DIR "/tests/smtp/dkim_oracle.py", tool,
                       dir_.path(), PH_DNS_TXT},
                      {}, {}, absl::Minutes(4));
  }
  static std::string Expected(int signatures) {
    return absl::StrCat("good ", (kComposed + kRaw) * signatures, ", altered and refused ",
                        (kComposed + kRaw) * signatures, "\n");
  }

  const absl::Time date_ = SystemClock().Now() - absl::Minutes(2);
  const TempDir dir_;
  std::string records_;
};

TEST_F(DkimOracleTest, DkimpyVerifiesBothSignatures) {
  const Finished oracle = Python("dkimpy");
  EXPECT_EQ(oracle.code, 0) << oracle.err;
  EXPECT_EQ(oracle.out, Expected(2)) << oracle.err;
}

TEST_F(DkimOracleTest, OpenDkimVerifiesEachSignature) {
  const Finished oracle = Python("opendkim");
  EXPECT_EQ(oracle.code, 0) << oracle.err;
  EXPECT_EQ(oracle.out, Expected(2)) << oracle.err;
}

TEST_F(DkimOracleTest, MailauthVerifiesBothSignatures) {
  const Finished oracle =
      RunProcess({"node", PH_SOURCE_DIR "/tests/smtp/dkim_oracle.js", dir_.path()},
                 {"NODE_PATH=" PH_SOURCE_DIR "/build/npm/node_modules"}, {}, absl::Minutes(4));
  EXPECT_EQ(oracle.code, 0) << oracle.err;
  EXPECT_EQ(oracle.out, Expected(2)) << oracle.err;
}

}  // namespace
}  // namespace posthaste::smtp

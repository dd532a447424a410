// What we compose, read by programs that we did not write: /usr/bin/python3's email package, and
// GMime, which mail programs and filters are built on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/mailbox.h"
#include "smtp/message.h"
#include "tests/smtp/message_support.h"
#include "tests/support/process.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {
namespace {

// ORACLE_MESSAGES asks for another number. The usual one takes Python half a minute of CPU, GMime
// two seconds.
int Messages() {
  const char* const wanted = std::getenv("ORACLE_MESSAGES");
  return wanted == nullptr ? 10'000 : std::atoi(wanted);
}

class Records {
 public:
  explicit Records(const std::string& path) : file_(path) {}
  void Put(const char* key, std::string_view value) {
    file_ << key << '=' << Base64(value) << '\n';
  }
  void PutAddress(const std::string& key, const Address& address) {
    Put((key + "_name").c_str(), address.name);
    if (address.mailbox.empty()) return;
    const auto mailbox = ParseMailbox(address.mailbox);
    ASSERT_TRUE(mailbox.ok()) << mailbox.status();
    Put((key + "_written").c_str(), mailbox->needs_smtputf8
                                        ? mailbox->address
                                        : mailbox->local_part + '@' + mailbox->ascii_domain);
    if (mailbox->needs_smtputf8) Put("international", "yes");
  }
  void Put(const Message& message, std::string_view bytes) {
    Put("eml", bytes);
    PutAddress("from", message.from);
    PutAddress("to", message.to);
    PutAddress("reply_to", message.reply_to);
    Put("subject", message.subject);
    Put("date", std::to_string(absl::ToUnixSeconds(message.date)));
    Put("message_id", message.message_id);
    Put("entity_ref_id", message.entity_ref_id);
    Put("feedback_id", message.feedback_id);
    Put("list_unsubscribe", message.list_unsubscribe);
    Put("content_language", message.content_language);
    for (const Header& header : message.extra) Put("label", header.value);
    Put("text", CanonicalText(message.text));
    Put("html", CanonicalText(message.html));
    for (const Attachment& attachment : message.attachments) {
      Put("file_name", attachment.file_name);
      Put("media_type", attachment.media_type);
      Put("bytes", attachment.bytes);
      Put("content_id", attachment.content_id);
    }
    file_ << '\n';
  }

 private:
  std::ofstream file_;
};

// Has `oracle` read what was composed: names in every script, emoji, long words, right to left.
void ExpectAgreement(std::vector<std::string> oracle, int messages) {
  const TempDir temp;
  const std::string path = temp.File("records");
  ASSERT_GT(messages, 0) << "ORACLE_MESSAGES is no number of messages";
  {
    Records records(path);
    MessageMaker maker(20'260);
    for (int i = 0; i < messages; ++i) {
      const Message message = maker.Make();
      const auto composed = Compose(message);
      ASSERT_TRUE(composed.ok()) << i << ": " << composed.status();
      records.Put(message, *composed);
    }
  }
  oracle.push_back(path);
  const Finished read = RunProcess(oracle, {}, {}, absl::Minutes(4));
  EXPECT_EQ(read.code, 0) << read.out << read.err;
  EXPECT_EQ(read.out, std::to_string(messages) + " messages, 0 differences\n");
}

TEST(Compose, WritesWhatPythonsEmailPackageReadsBack) {
  ExpectAgreement({"/usr/bin/python3", PH_SOURCE_DIR "/tests/smtp/email_oracle.py"}, Messages());
}

TEST(Compose, WritesWhatGMimeReadsBack) {
  ASSERT_STRNE(PH_GMIME_ORACLE, "") << "built without libgmime-3.0-dev (cmake/packages.txt)";
  ExpectAgreement({PH_GMIME_ORACLE}, Messages());
}

}  // namespace
}  // namespace posthaste::smtp

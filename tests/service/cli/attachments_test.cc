#include "service/cli/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp.h"

namespace posthaste::cli {
namespace {

class CliAttachmentsTest : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& content) {
    const std::string path = folder_.File(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  const TempDir folder_;
  v1::SendTemplateRequest request_;
};

TEST_F(CliAttachmentsTest, AreTheFilesWithTheTypesOfTheirNames) {
  const std::string bytes("%PDF\0\r\n\xFF", 8);
  const absl::Status read = ReadAttachments({File("Bill 7.PDF", bytes), File("notes", "x")},
                                            {"chart=" + File("chart.png", "image")}, request_);
  ASSERT_TRUE(read.ok()) << read;
  ASSERT_EQ(request_.attachments_size(), 3);
  EXPECT_EQ(request_.attachments(0).filename(), "Bill 7.PDF");
  EXPECT_EQ(request_.attachments(0).content_type(), "application/pdf");
  EXPECT_EQ(request_.attachments(0).content(), bytes);
  EXPECT_EQ(request_.attachments(0).content_id(), "");
  EXPECT_EQ(request_.attachments(1).content_type(), "application/octet-stream");
  EXPECT_EQ(request_.attachments(2).filename(), "chart.png");
  EXPECT_EQ(request_.attachments(2).content_id(), "chart");
}

TEST_F(CliAttachmentsTest, AreNamedWhenTheyCannotBeRead) {
  const auto why = [this](std::vector<std::string> files, std::vector<std::string> inlined) {
    return std::string(ReadAttachments(files, inlined, request_).message());
  };
  EXPECT_EQ(why({"/no/such.pdf"}, {}),
            "--attach: /no/such.pdf: cannot be read: No such file or directory");
  const std::string folder = folder_.File("");
  EXPECT_THAT(why({folder}, {}), testing::HasSubstr("cannot be read"));
  EXPECT_THAT(why({File("big", std::string(512 * 1024 + 1, 'x'))}, {}),
              testing::HasSubstr("is larger than 512 KiB"));
  EXPECT_EQ(why({}, {"chart.png"}), "--inline: chart.png has no name and file");
  EXPECT_EQ(why({}, {"=chart.png"}), "--inline: =chart.png has no name and file");
}

}  // namespace
}  // namespace posthaste::cli

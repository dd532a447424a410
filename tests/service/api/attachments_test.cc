#include "service/api/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Attachments = google::protobuf::RepeatedPtrField<v1::Attachment>;

v1::Attachment File(const std::string& name, const std::string& type = "application/pdf",
                    const std::string& content = "x", const std::string& id = "") {
  v1::Attachment attachment;
  attachment.set_filename(name);
  attachment.set_content_type(type);
  attachment.set_content(content);
  attachment.set_content_id(id);
  return attachment;
}

SendOrder OrderOf(const std::string& template_name) {
  SendOrder order;
  order.tenant = &TheWorld().tenant();
  order.catalogue = order.tenant->shelf->Now();
  order.mail = order.catalogue->Find("acme", template_name);
  return order;
}

// "attachments[0].filename FIELD_INVALID", one for each violation.
std::vector<std::string> Wrong(const std::vector<v1::Attachment>& files,
                               SendOrder order = OrderOf("greeting")) {
  Fields fields;
  CheckAttachments(Attachments(files.begin(), files.end()), fields, order);
  std::vector<std::string> wrong;
  for (const Violation& violation : fields.violations())
    wrong.push_back(violation.field + " " + violation.reason);
  EXPECT_EQ(order.attachments.size(), wrong.empty() ? files.size() : 0);
  return wrong;
}

TEST(Attachments, AreTakenAsTheyAre) {
  SendOrder order = OrderOf("greeting");
  Fields fields;
  const std::string bytes("\0\r\n\xFF", 4);
  const std::vector<v1::Attachment> files = {
      File("R\u00e9sum\u00e9 (2).pdf", "Application/PDF", bytes),
      File("\u0641\u0627\u062a\u0648\u0631\u0629.csv", "text/csv"),
      File("chart.png", "image/png", "y", "chart-1.x_y")};
  CheckAttachments(Attachments(files.begin(), files.end()), fields, order);
  ASSERT_TRUE(fields.ok()) << fields.violations().front().description;
  ASSERT_EQ(order.attachments.size(), 3U);
  EXPECT_EQ(order.attachments[0].file_name, "R\u00e9sum\u00e9 (2).pdf");
  EXPECT_EQ(order.attachments[0].bytes, bytes);
  EXPECT_EQ(order.attachments[2].content_id, "chart-1.x_y");
  const store::v1::Attachments stored = AttachmentsOf(order);
  ASSERT_EQ(stored.files_size(), 3);
  EXPECT_EQ(stored.files(0).content(), bytes);
  EXPECT_EQ(stored.files(2).media_type(), "image/png");
}

TEST(Attachments, AreForGeneralMailOnly) {
  EXPECT_THAT(Wrong({File("a.pdf")}, OrderOf("password_changed")),
              ElementsAre("attachments FIELD_INVALID"));
  EXPECT_THAT(Wrong({}, OrderOf("password_changed")), IsEmpty());
}

TEST(Attachments, HaveBoundsOnTheirNumberAndSize) {
  const std::vector<v1::Attachment> ten(kAttachmentsMax, File("a.pdf"));
  EXPECT_THAT(Wrong(ten), IsEmpty());
  std::vector<v1::Attachment> more = ten;
  more.push_back(File("a.pdf"));
  EXPECT_THAT(Wrong(more), ElementsAre("attachments FIELD_INVALID"));
  const std::string half(256 * 1024, 'x');
  const v1::Attachment large = File("a.pdf", "a/b", half);
  EXPECT_THAT(Wrong({large, large}), IsEmpty());
  EXPECT_THAT(Wrong({large, large, File("b.pdf")}), ElementsAre("attachments FIELD_INVALID"));
  EXPECT_THAT(Wrong({File("a.pdf", "a/b", "")}),
              ElementsAre("attachments[0].content FIELD_INVALID"));
}

TEST(Attachments, HaveNamesThatDeceiveNobody) {
  for (const char* name : {"", "../a.pdf", "a\\b.pdf", "c:a.pdf", " a.pdf", "a.pdf ", "a.exe.",
                           "a\xFF.pdf", "bill\u202Efdp.csv", "\u2066a.pdf", "a\u2028b.pdf", "a.exe",
                           "A.JS", "page.html", "x.svg", "setup.MSI", "run.sh", "tool.diagcab"}) {
    EXPECT_THAT(Wrong({File("good.pdf"), File(name)}),
                ElementsAre("attachments[1].filename FIELD_INVALID"))
        << name;
  }
  EXPECT_THAT(Wrong({File("a\r\nBcc: eve@example.com")}),
              ElementsAre("attachments[0].filename HEADER_INJECTION"));
  EXPECT_THAT(Wrong({File(std::string(kAttachmentNameMax - 4, 'a') + ".pdf")}), IsEmpty());
  EXPECT_THAT(Wrong({File(std::string(kAttachmentNameMax - 3, 'a') + ".pdf")}),
              ElementsAre("attachments[0].filename FIELD_INVALID"));
}

TEST(Attachments, HaveTypesOfData) {
  for (const char* type :
       {"", "pdf", "application/", "/pdf", "text/plain; charset=utf-8", "text/plain\r\nBcc: x",
        "a/b/c", "a b/c", "multipart/mixed", "Message/rfc822", "text/html", "Text/HTML",
        "image/svg+xml", "application/x-msdownload", "application/javascript"}) {
    EXPECT_THAT(Wrong({File("a.pdf", type)}),
                ElementsAre("attachments[0].content_type FIELD_INVALID"))
        << type;
  }
  EXPECT_THAT(Wrong({File("a", "application/vnd.ms-excel.sheet.macroEnabled.12")}), IsEmpty());
  EXPECT_THAT(Wrong({File("a", "a/" + std::string(kAttachmentTypeMax - 2, 'b'))}), IsEmpty());
  EXPECT_THAT(Wrong({File("a", "a/" + std::string(kAttachmentTypeMax - 1, 'b'))}),
              ElementsAre("attachments[0].content_type FIELD_INVALID"));
}

TEST(Attachments, AreShownOnlyWhenTheyAreImages) {
  EXPECT_THAT(Wrong({File("a.pdf", "application/pdf", "x", "chart")}),
              ElementsAre("attachments[0].content_type FIELD_INVALID"));
  for (const std::string& id : {std::string("a b"), std::string("a>"), std::string("a@b"),
                                std::string("\u00fc"), std::string(kContentIdMax + 1, 'a')}) {
    EXPECT_THAT(Wrong({File("a.png", "image/png", "x", id)}),
                ElementsAre("attachments[0].content_id FIELD_INVALID"))
        << id;
  }
  const v1::Attachment chart = File("a.gif", "image/gif", "x", "chart");
  EXPECT_THAT(Wrong({chart, chart}), ElementsAre("attachments[1].content_id FIELD_INVALID"));
}

TEST(Attachments, AreShownByTheHtmlAndMissedThere) {
  const std::vector<smtp::Attachment> both = {{"bill.pdf", "application/pdf", "x", ""},
                                              {"chart.png", "image/png", "y", "chart"}};
  EXPECT_TRUE(CheckShown(both, "<img src=\"cid:chart\">").ok());
  EXPECT_EQ(FirstWrong(CheckShown(both, "<img src=\"cid:chart2\">")),
            "attachments[1].content_id FIELD_INVALID");
  EXPECT_EQ(FirstWrong(CheckShown(both, "<p>cid:chart</p>")),
            "attachments[1].content_id FIELD_INVALID");
  EXPECT_EQ(FirstWrong(CheckShown({}, "<img src=\"cid:chart\">")), "attachments FIELD_INVALID");
  EXPECT_TRUE(CheckShown({}, "<p>&quot;cid:chart&quot; is a text</p>").ok());
  EXPECT_TRUE(CheckShown({}, "").ok());
}

TEST(Attachments, AreNotMissedWhereTheLogoIsShown) {
  const char* const html = "<img src=\"cid:logo-1\"><img src=\"cid:chart\">";
  const std::vector<smtp::Attachment> chart = {{"chart.png", "image/png", "y", "chart"}};
  EXPECT_TRUE(CheckShown(chart, html, "logo-1").ok());
  EXPECT_EQ(FirstWrong(CheckShown(chart, html)), "attachments FIELD_INVALID");
  const std::vector<smtp::Attachment> both = {chart[0], {"a.png", "image/png", "y", "logo-1"}};
  EXPECT_EQ(FirstWrong(CheckShown(both, html, "logo-1")), "attachments[1].content_id FIELD_INVALID")
      << "a mail has one part of a name";
}

}  // namespace
}  // namespace posthaste::api

#include "service/api/header_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SendOrder OrderWith(const std::string& template_name) {
  SendOrder order;
  order.tenant = &TheWorld().tenant();
  order.catalogue = order.tenant->shelf->Now();
  order.mail = order.catalogue->Find("acme", template_name);
  return order;
}

// "headers[Bcc] FIELD_INVALID", one for each violation.
std::vector<std::string> Wrong(const std::map<std::string, std::string>& headers,
                               SendOrder order = OrderWith("greeting")) {
  Fields fields;
  CheckHeaders(Fields::Strings(headers.begin(), headers.end()), fields, order);
  std::vector<std::string> wrong;
  for (const Violation& violation : fields.violations())
    wrong.push_back(violation.field + " " + violation.reason);
  return wrong;
}

std::string WrongUrl(const std::string& url, SendOrder order = OrderWith("greeting")) {
  Fields fields;
  CheckUnsubscribe(url, fields, order);
  if (fields.ok()) {
    EXPECT_EQ(order.list_unsubscribe_url, url);
    return "";
  }
  EXPECT_EQ(fields.violations().front().field, "list_unsubscribe_url");
  return fields.violations().front().reason;
}

TEST(HeaderFields, TakesWhatIsAllowedAsItIsSpelledInTheList) {
  SendOrder order = OrderWith("greeting");
  Fields fields;
  Fields::Strings headers;
  headers["organization"] = "Acme \xC3\xBC";
  headers["in-reply-to"] = "<1@acme.test>";
  headers["COMMENTS"] = std::string(kHeaderValueMax, 'c');
  CheckHeaders(headers, fields, order);
  ASSERT_TRUE(fields.ok()) << fields.violations().front().description;
  std::vector<std::string> names;
  for (const smtp::Header& header : order.headers) names.push_back(header.name);
  EXPECT_THAT(names, ElementsAre("Comments", "In-Reply-To", "Organization"));
  EXPECT_EQ(order.headers[2].value, "Acme \xC3\xBC");
}

TEST(HeaderFields, RefusesNamesThatAreNotAllowed) {
  for (const char* name : {"Bcc", "From", "Subject", "DKIM-Signature", "List-Unsubscribe",
                           "X-Mailgun-Recipient-Variables", "Received", "Content-Type"}) {
    EXPECT_THAT(Wrong({{name, "x"}}),
                ElementsAre("headers[" + std::string(name) + "] FIELD_INVALID"));
  }
  EXPECT_THAT(Wrong({{"ana@example.com", "x"}}), ElementsAre("headers FIELD_INVALID"))
      << "what may be an address is not repeated";
  EXPECT_THAT(Wrong({{"Comments:\r\nBcc", "x"}}), ElementsAre("headers FIELD_INVALID"));
}

TEST(HeaderFields, RefusesValuesThatWouldNotStayInTheirField) {
  EXPECT_THAT(Wrong({{"Comments", "a\r\nBcc: eve@example.com"}}),
              ElementsAre("headers[Comments] HEADER_INJECTION"));
  EXPECT_THAT(Wrong({{"Comments", std::string("a\0b", 3)}}),
              ElementsAre("headers[Comments] HEADER_INJECTION"));
  EXPECT_THAT(Wrong({{"Comments", ""}}), ElementsAre("headers[Comments] FIELD_INVALID"));
  EXPECT_THAT(Wrong({{"Comments", "\xFF"}}), ElementsAre("headers[Comments] FIELD_INVALID"));
  EXPECT_THAT(Wrong({{"Comments", std::string(kHeaderValueMax + 1, 'c')}}),
              ElementsAre("headers[Comments] FIELD_INVALID"));
}

TEST(HeaderFields, RefusesInFieldsThatProgramsReadWhatWouldBeEncoded) {
  EXPECT_THAT(Wrong({{"References", "<1@a.test> <2@a.test>"}}), IsEmpty());
  EXPECT_THAT(Wrong({{"References", std::string(70, 'x') + " " + std::string(70, 'y')}}),
              IsEmpty());
  EXPECT_THAT(Wrong({{"References", std::string(71, 'x')}}),
              ElementsAre("headers[References] FIELD_INVALID"));
  EXPECT_THAT(Wrong({{"In-Reply-To", "<\xC3\xBC@a.test>"}}),
              ElementsAre("headers[In-Reply-To] FIELD_INVALID"));
}

TEST(HeaderFields, TakesEachOnce) {
  EXPECT_THAT(Wrong({{"Comments", "a"}, {"comments", "b"}}),
              ElementsAre("headers[comments] FIELD_INVALID"));
}

TEST(HeaderFields, UnsubscribeByAnHttpsUrl) {
  const std::string base = "https://acme.test/u?";
  EXPECT_EQ(WrongUrl(""), "");
  EXPECT_EQ(WrongUrl(base + "t=1,2;3"), "");
  EXPECT_EQ(WrongUrl(base + std::string(kUnsubscribeUrlMax - base.size(), 'x')), "");
  EXPECT_EQ(WrongUrl(base + std::string(kUnsubscribeUrlMax - base.size() + 1, 'x')),
            "FIELD_INVALID");
  for (const char* bad :
       {"http://acme.test/u", "mailto:off@acme.test", "https://", "https://acme.test/a b",
        "https://acme.test/>,<mailto:eve@example.com", "https://\xC3\xBC.test/"}) {
    EXPECT_EQ(WrongUrl(bad), "FIELD_INVALID") << bad;
  }
  EXPECT_EQ(WrongUrl("https://acme.test/\r\nBcc: eve@example.com"), "HEADER_INJECTION");
}

TEST(HeaderFields, AreOfGeneralMailOnly) {
  EXPECT_THAT(Wrong({{"Comments", "a"}}, OrderWith("password_changed")),
              ElementsAre("headers FIELD_INVALID"));
  EXPECT_EQ(WrongUrl("https://acme.test/u", OrderWith("password_changed")), "FIELD_INVALID");
  EXPECT_EQ(WrongUrl("", OrderWith("password_changed")), "");
  SendOrder unknown = OrderWith("greeting");
  unknown.mail = nullptr;
  EXPECT_EQ(WrongUrl("https://acme.test/u", unknown), "") << "the template is blamed by itself";
}

}  // namespace
}  // namespace posthaste::api

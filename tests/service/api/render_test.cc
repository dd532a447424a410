#include "service/api/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/api/notice_order.h"
#include "service/api/template_order.h"
#include "service/queue/seal.h"
#include "service/queue/skeleton.h"
#include "templates/engine/marks.h"
#include "tests/service/api/world.h"
#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;
using testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'795'357'320);  // 2026-11-22T14:22:00Z

SendOrder OrderOf(const std::function<void(v1::SendVerificationCodeRequest&)>& edit = [](auto&) {
}) {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("Ana@Example.com");
  request.set_recipient_name("Ana");
  request.set_purpose("password_reset");
  edit(request);
  return CheckOrder(request, TheWorld().tenant(), kHashKey).value();
}

const CodeTimes kTimes{"password_reset", kNow, kNow + absl::Minutes(10)};

store::v1::Mail Rendered(const SendOrder& order, const std::optional<CodeTimes>& times = kTimes) {
  return RenderMail(order, times, kNow).value().mail;
}

TEST(Render, FillsInWhoSendsAndToWhom) {
  const store::v1::Mail mail =
      Rendered(OrderOf([](auto& request) { request.set_sender("billing"); }));
  EXPECT_EQ(mail.from_name(), "Acme Billing");
  EXPECT_EQ(mail.from_mailbox(), "billing@acme.test");
  EXPECT_EQ(mail.reply_to(), "help@acme.test");
  EXPECT_EQ(mail.to_name(), "Ana");
  EXPECT_EQ(mail.to_mailbox(), "Ana@example.com") << "the local part as it was given";
  EXPECT_FALSE(mail.needs_smtputf8());
  EXPECT_EQ(mail.date_ms(), absl::ToUnixMillis(kNow));
  EXPECT_EQ(Rendered(OrderOf()).return_path_domain(), "acme.test");
}

TEST(Render, SendsToTheAddressAsItIsWhenOnlyUtf8CanSayIt) {
  const store::v1::Mail mail = Rendered(OrderOf([](auto& r) {
    r.set_recipient(
        "j\xC3\xB6rg@b\xC3\xBC"
        "cher.example");
  }));
  EXPECT_TRUE(mail.needs_smtputf8());
  EXPECT_EQ(mail.to_mailbox(),
            "j\xC3\xB6rg@b\xC3\xBC"
            "cher.example");
  const store::v1::Mail ascii = Rendered(OrderOf([](auto& r) {
    r.set_recipient(
        "joerg@b\xC3\xBC"
        "cher.example");
  }));
  EXPECT_FALSE(ascii.needs_smtputf8());
  EXPECT_EQ(ascii.to_mailbox(), "joerg@xn--bcher-kva.example");
}

// The order of a report with an image of that name; "" = none.
SendOrder Report(const std::string& content_id) {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("report");
  SendOrder order = CheckOrder(request, TheWorld().tenant(), {kNow, kHashKey}).value();
  if (!content_id.empty())
    order.attachments.push_back({"chart.png", "image/png", "image", content_id});
  return order;
}

TEST(Render, WantsTheImagesThatTheHtmlShowsAndNoOthers) {
  EXPECT_TRUE(RenderMail(Report("chart"), std::nullopt, kNow).ok());
  EXPECT_EQ(FirstWrong(RenderMail(Report(""), std::nullopt, kNow).status()),
            "attachments FIELD_INVALID");
  EXPECT_EQ(FirstWrong(RenderMail(Report("chart2"), std::nullopt, kNow).status()),
            "attachments[0].content_id FIELD_INVALID");
}

TEST(Render, LeavesThePlaceOfTheCodeOpen) {
  const store::v1::Mail mail =
      Rendered(OrderOf([](auto& request) { request.set_custom_code("918273"); }));
  EXPECT_TRUE(templates::HasCode(mail.text()));
  EXPECT_TRUE(templates::HasCode(mail.html()));
  EXPECT_FALSE(templates::HasCode(mail.subject()))
      << "a code of recovery is not shown on a locked screen";
  EXPECT_FALSE(mail.has_code()) << "the terms come later";
  EXPECT_THAT(mail.SerializeAsString(), Not(HasSubstr("918273")));
}

TEST(Render, SaysFromWhenToWhenTheCodeIsValid) {
  const store::v1::Mail mail = Rendered(OrderOf());
  EXPECT_THAT(mail.text(), HasSubstr("14:32"));
  EXPECT_THAT(mail.text(), HasSubstr("10 minutes"));
  EXPECT_THAT(mail.text(), HasSubstr("14:22"));
  const store::v1::Mail berlin =
      Rendered(OrderOf([](auto& request) { request.set_time_zone("Europe/Berlin"); }));
  EXPECT_THAT(berlin.text(), HasSubstr("15:32"));
  EXPECT_THAT(mail.subject(), HasSubstr("password reset"));
}

TEST(Render, WritesInTheNearestLanguage) {
  const auto locale = [](const char* asked) {
    return Rendered(OrderOf([&](auto& r) { r.set_locale(asked); })).locale();
  };
  EXPECT_EQ(locale("de-AT"), "de");
  EXPECT_EQ(locale("sw"), "en");
}

TEST(Render, NamesNoPurposeThatTheTemplateHasNoWordsFor) {
  CodeTimes times = kTimes;
  times.purpose = "withdrawal";
  const store::v1::Mail mail = Rendered(OrderOf(), times);
  EXPECT_THAT(mail.subject(), Not(HasSubstr("password")));
}

TEST(Render, UsesTheTenantsLooksAndTheRequestsContact) {
  v1::SendPasswordChangedRequest request;
  request.set_recipient("ana@example.com");
  const auto text = [&] {
    return Rendered(CheckOrder(request, TheWorld().tenant(), OrderContext{kNow, kHashKey}).value(),
                    std::nullopt)
        .text();
  };
  EXPECT_THAT(text(), HasSubstr("Acme"));
  EXPECT_THAT(text(), HasSubstr("help@acme.test"));
  request.set_support_contact("+1 555 0100");
  EXPECT_THAT(text(), HasSubstr("+1 555 0100"));
  EXPECT_THAT(text(), Not(HasSubstr("help@acme.test")));
}

TEST(Render, CarriesTheTimeThatItIsSentAtAsItsDate) {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  Variable(request, "name").set_string_value("Ana");
  const auto date_ms = [&] {
    const OrderContext context{kNow, kHashKey};
    return Rendered(CheckOrder(request, TheWorld().tenant(), context).value(), std::nullopt)
        .date_ms();
  };
  EXPECT_EQ(date_ms(), absl::ToUnixMillis(kNow));
  request.mutable_send_time()->set_seconds(absl::ToUnixSeconds(kNow) + 60);
  EXPECT_EQ(date_ms(), absl::ToUnixMillis(kNow + absl::Minutes(1)));
}

TEST(Render, CarriesHeaderFieldsOfTheCaller) {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  Variable(request, "name").set_string_value("Ana");
  request.set_list_unsubscribe_url("https://acme.test/u");
  (*request.mutable_headers())["Comments"] = "For Ana";
  const OrderContext context{kNow, kHashKey};
  SendOrder order = CheckOrder(request, TheWorld().tenant(), context).value();
  const store::v1::Mail mail = Rendered(order, std::nullopt);
  EXPECT_EQ(mail.list_unsubscribe(), "https://acme.test/u");
  ASSERT_EQ(mail.extra_size(), 1);
  EXPECT_EQ(mail.extra(0).name(), "Comments");
  EXPECT_EQ(mail.extra(0).value(), "For Ana");
  order.headers[0].name = "Bcc";
  EXPECT_EQ(FieldsOf(RenderMail(order, std::nullopt, kNow).status()),
            std::vector<std::string>{"headers"})
      << "the composer has the last word";
}

TEST(Render, LeavesOfAMailLittleMoreThanItsRecipientBesideItsSkeleton) {
  for (const char* locale : {"en", "de"}) {
    const SendOrder order = OrderOf([locale](auto& r) { r.set_locale(locale); });
    const store::v1::Mail mail = RenderMail(order, kTimes, kNow).value().mail;
    const queue::Skeleton skeleton(RenderSkeleton(order, locale).value());
    const size_t packed = skeleton.Compress(mail.SerializeAsString()).value().size();
    std::printf("mail %zu bytes, beside its skeleton %zu\n", mail.ByteSizeLong(), packed);
    EXPECT_LT(packed, 140U);
  }
}

TEST(Render, TellsKindsOfMailApartByAllThatTheyLookLike) {
  const auto kind = [](const auto& edit) { return KindOf(OrderOf(edit), "en"); };
  const std::string first = kind([](auto& r) { r.set_recipient("ana@example.com"); });
  EXPECT_EQ(kind([](auto& r) { r.set_recipient("bob@example.com"); }), first);
  EXPECT_NE(kind([](auto& r) { r.set_sender("billing"); }), first);
  EXPECT_NE(KindOf(OrderOf(), "de"), first);
  SendOrder order = OrderOf();
  TenantView other = *order.tenant;
  other.looks = "others";
  order.tenant = &other;
  EXPECT_NE(KindOf(order, "en"), first);
}

// Acme with a logo of 20 KiB that nothing compresses.
class RenderWithLogo : public testing::Test {
 protected:
  RenderWithLogo()
      : world_([this](config::v1::Config& config) {
          config.mutable_tenants(0)->mutable_brand()->set_logo_file(
              dir_.Write("logo.png", PngOf(300, 80, 20 << 10)));
        }) {}
  SendOrder Code() const {
    v1::SendVerificationCodeRequest request;
    request.set_recipient("ana@example.com");
    request.set_purpose("password_reset");
    return CheckOrder(request, world_.tenant(), kHashKey).value();
  }
  SendOrder General(const std::string& name) const {
    v1::SendTemplateRequest request;
    request.set_recipient("ana@example.com");
    request.set_template_name(name);
    if (name == "greeting") Variable(request, "name").set_string_value("Ana");
    return CheckOrder(request, world_.tenant(), OrderContext{kNow, kHashKey}).value();
  }

  const TempDir dir_;
  const World world_;
};

TEST_F(RenderWithLogo, CarriesThePictureThatTheHtmlShows) {
  const store::v1::Mail mail = Rendered(Code());
  EXPECT_EQ(mail.logo().content(), PngOf(300, 80, 20 << 10));
  EXPECT_EQ(mail.logo().media_type(), "image/png");
  EXPECT_EQ(mail.logo().file_name(), "logo.png");
  EXPECT_THAT(mail.html(), HasSubstr("<img class=\"logo\" src=\"cid:" + mail.logo().content_id() +
                                     "\" alt=\"Acme\" width=\"120\" height=\"32\""));
  EXPECT_THAT(mail.text(), Not(HasSubstr("cid:")));
  EXPECT_FALSE(Rendered(OrderOf()).has_logo()) << "of a tenant without";
}

TEST_F(RenderWithLogo, CarriesNoPictureWithoutAPageThatShowsIt) {
  SendOrder order = Code();
  TenantView other = *order.tenant;
  other.logo.content_id = "logo-of-somebody";
  order.tenant = &other;
  EXPECT_FALSE(Rendered(order).has_logo());
}

TEST_F(RenderWithLogo, LeavesNothingOfThePictureInASealedCode) {
  const SendOrder order = Code();
  const store::v1::Mail mail = Rendered(order);
  EXPECT_GT(mail.ByteSizeLong(), size_t{20} << 10);
  const queue::Skeleton skeleton(RenderSkeleton(order, "en").value());
  const queue::SealBinding binding{
      .tenant = "acme", .id = "m0500000000000000000000", .template_revision = "r"};
  FakeRandom random;
  const std::string sealed =
      queue::Seal(mail, skeleton, binding, world_.shared.seal_keys, random).value();
  EXPECT_LT(sealed.size(), 256U);
  EXPECT_EQ(queue::Open(sealed, skeleton, binding, world_.shared.seal_keys)->logo().content(),
            mail.logo().content());
}

TEST_F(RenderWithLogo, StandsBesideWhatACallerAttaches) {
  SendOrder order = General("report");
  EXPECT_EQ(FirstWrong(RenderMail(order, std::nullopt, kNow).status()), "attachments FIELD_INVALID")
      << "of the chart that the page shows";
  order.attachments = {{"chart.png", "image/png", "y", "chart"}};
  const store::v1::Mail mail = Rendered(order, std::nullopt);
  EXPECT_TRUE(mail.has_logo());
  order.attachments.push_back({"a.png", "image/png", "y", mail.logo().content_id()});
  EXPECT_EQ(FirstWrong(RenderMail(order, std::nullopt, kNow).status()),
            "attachments[1].content_id FIELD_INVALID");
}

TEST(Render, RefusesAContactThatIsNone) {
  SendOrder order = OrderOf();
  order.support_contact =
      "a\x01"
      "b";
  EXPECT_EQ(Verdict(RenderMail(order, kTimes, kNow).status()), "INVALID_ARGUMENT VARIABLE_TYPE");
}

}  // namespace
}  // namespace posthaste::api

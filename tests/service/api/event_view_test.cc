#include "service/api/event_view.h"

#include <gmock/gmock.h>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

queue::Event EventOf(const std::string& id, int state) {
  return {3, "1764171234567-2", "acme", id, state};
}

queue::MessageView ViewOf(const std::string& id, queue::MailClass mail_class) {
  queue::MessageView view;
  view.id = id;
  view.record.head.mail_class = mail_class;
  view.record.facts.set_masked_recipient("a***@example.com");
  view.record.facts.set_template_name("password_changed");
  (*view.record.facts.mutable_labels())["team"] = "web";
  return view;
}

TEST(EventView, ShowsWhatAMessageBecame) {
  const queue::MessageView view = ViewOf("m03x", queue::MailClass::kNotice);
  const v1::Event event = ToEvent(EventOf("m03x", v1::Message::DEFERRED), &view, true);
  EXPECT_EQ(event.id(), "3-1764171234567-2");
  EXPECT_EQ(event.type(), v1::Event::MESSAGE_CHANGED);
  EXPECT_EQ(event.time().seconds(), 1764171234);
  EXPECT_EQ(event.time().nanos(), 567'000'000);
  EXPECT_EQ(event.masked_recipient(), "a***@example.com");
  EXPECT_EQ(event.message().state(), v1::Message::DEFERRED);
  EXPECT_EQ(event.message().mail_class(), v1::NOTICE);
  EXPECT_EQ(event.message().template_name(), "password_changed");
  EXPECT_EQ(event.message().labels().at("team"), "web");
}

TEST(EventView, ShowsAMessageWhoseRecordIsGone) {
  const v1::Event event = ToEvent(EventOf("m03x", v1::Message::BOUNCED), nullptr, true);
  EXPECT_EQ(event.message().id(), "m03x");
  EXPECT_EQ(event.message().state(), v1::Message::BOUNCED);
  EXPECT_EQ(event.masked_recipient(), "");
}

TEST(EventView, TellsOfADecoyOnlyToWhomMayKnow) {
  const queue::MessageView code = ViewOf("m03x", queue::MailClass::kCode);
  const queue::MessageView notice = ViewOf("m03x", queue::MailClass::kNotice);
  const queue::Event event = EventOf("m03x", v1::Message::SUPPRESSED);
  EXPECT_EQ(ToEvent(event, &code, true).message().state(), v1::Message::SUPPRESSED);
  EXPECT_EQ(ToEvent(event, &code, false).message().state(), v1::Message::ACCEPTED);
  EXPECT_EQ(ToEvent(event, nullptr, false).message().state(), v1::Message::ACCEPTED);
  EXPECT_EQ(ToEvent(event, &notice, false).message().state(), v1::Message::SUPPRESSED);
}

TEST(EventView, ShowsVerificationsAndSuppressions) {
  EXPECT_EQ(MessageOf(EventOf("v03x", 2)), "m03x");
  const v1::Event verified = ToEvent(EventOf("v03x", v1::Verification::VERIFIED), nullptr, true);
  EXPECT_EQ(verified.type(), v1::Event::VERIFICATION_CHANGED);
  EXPECT_EQ(verified.verification().state(), v1::Verification::VERIFIED);
  EXPECT_EQ(MessageOf(EventOf("s03x", 1)), "");
  EXPECT_EQ(ToEvent(EventOf("s03x", 1), nullptr, true).type(), v1::Event::SUPPRESSION_CREATED);
  EXPECT_EQ(ToEvent(EventOf("s03x", 2), nullptr, true).type(), v1::Event::SUPPRESSION_DELETED);
  EXPECT_EQ(ToEvent(EventOf("s03x", 2), nullptr, true).suppression().id(), "s03x");
  EXPECT_EQ(TypeOf(EventOf("", 0)), v1::Event::TYPE_UNSPECIFIED);
  EXPECT_EQ(TypeOf(EventOf("z", 1)), v1::Event::TYPE_UNSPECIFIED);
}

TEST(EventFilter, WantsAllUnlessTold) {
  Fields fields;
  const EventFilter all(v1::StreamEventsRequest(), fields);
  EXPECT_TRUE(all.Wants(ToEvent(EventOf("m03x", 1), nullptr, true)));
  EXPECT_FALSE(all.Wants(v1::Event::TYPE_UNSPECIFIED)) << "of a newer version";
  v1::StreamEventsRequest request;
  request.add_types(v1::Event::MESSAGE_CHANGED);
  request.add_mail_classes(v1::CODE);
  const EventFilter codes(request, fields);
  const queue::MessageView code = ViewOf("m03x", queue::MailClass::kCode);
  const queue::MessageView notice = ViewOf("m03x", queue::MailClass::kNotice);
  EXPECT_TRUE(codes.Wants(ToEvent(EventOf("m03x", 1), &code, true)));
  EXPECT_FALSE(codes.Wants(ToEvent(EventOf("m03x", 1), &notice, true)));
  EXPECT_TRUE(codes.Wants(ToEvent(EventOf("m03x", 1), nullptr, true))) << "nobody knows its class";
  EXPECT_FALSE(codes.Wants(ToEvent(EventOf("v03x", 2), &code, true)));
  EXPECT_TRUE(fields.ok());
}

TEST(EventFilter, NamesWhatDoesNotExist) {
  v1::StreamEventsRequest request;
  request.add_types(static_cast<v1::Event::Type>(99));
  request.add_mail_classes(v1::MAIL_CLASS_UNSPECIFIED);
  Fields fields;
  const EventFilter filter(request, fields);
  EXPECT_THAT(FieldsOf(fields.Done()), ::testing::ElementsAre("types", "mail_classes"));
  v1::StreamEventsRequest many;
  for (int i = 0; i < 17; ++i) many.add_types(v1::Event::MESSAGE_CHANGED);
  for (int i = 0; i < 9; ++i) many.add_mail_classes(v1::CODE);
  Fields too_many;
  const EventFilter other(many, too_many);
  EXPECT_THAT(FieldsOf(too_many.Done()), ::testing::ElementsAre("types", "mail_classes"));
}

}  // namespace
}  // namespace posthaste::api

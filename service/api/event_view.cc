#include "service/api/event_view.h"

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/queue/ids.h"

namespace posthaste::api {
namespace {

constexpr int kTypesMax = 16, kClassesMax = 8;

char KindOf(const queue::Event& event) { return event.id.empty() ? '\0' : event.id.front(); }

}  // namespace

v1::Event::Type TypeOf(const queue::Event& event) {
  switch (KindOf(event)) {
    case 'm':
      return v1::Event::MESSAGE_CHANGED;
    case 'v':
      return v1::Event::VERIFICATION_CHANGED;
    case 's':
      return event.state == queue::kSuppressionStands ? v1::Event::SUPPRESSION_CREATED
                                                      : v1::Event::SUPPRESSION_DELETED;
    default:
      return v1::Event::TYPE_UNSPECIFIED;
  }
}

std::string MessageOf(const queue::Event& event) {
  if (KindOf(event) == 'm') return event.id;
  return KindOf(event) == 'v' ? queue::FirstMailOf(event.id) : "";
}

v1::Event ToEvent(const queue::Event& event, const queue::MessageView* view, bool sees_decoys) {
  v1::Event shown;
  shown.set_id(absl::StrCat(event.shard, "-", event.position));
  shown.set_type(TypeOf(event));
  SetMillis(static_cast<int64_t>(queue::Position::Parse(event.position).millis),
            shown.mutable_time());
  if (view != nullptr) shown.set_masked_recipient(view->record.facts.masked_recipient());
  switch (shown.type()) {
    case v1::Event::MESSAGE_CHANGED: {
      v1::MessageEvent& message = *shown.mutable_message();
      message.set_id(event.id);
      message.set_state(static_cast<v1::Message::State>(event.state));
      const bool maybe_code =
          view == nullptr || view->record.head.mail_class == queue::MailClass::kCode;
      if (message.state() == v1::Message::SUPPRESSED && maybe_code && !sees_decoys)
        message.set_state(v1::Message::ACCEPTED);
      if (view == nullptr) break;
      message.set_mail_class(ToMailClass(view->record.head.mail_class));
      message.set_template_name(view->record.facts.template_name());
      *message.mutable_labels() = view->record.facts.labels();
      break;
    }
    case v1::Event::VERIFICATION_CHANGED:
      shown.mutable_verification()->set_id(event.id);
      shown.mutable_verification()->set_state(static_cast<v1::Verification::State>(event.state));
      break;
    default:
      shown.mutable_suppression()->set_id(event.id);
  }
  return shown;
}

EventFilter::EventFilter(const v1::StreamEventsRequest& request, Fields& fields) {
  for (const int type : request.types()) {
    if (type == v1::Event::TYPE_UNSPECIFIED || !v1::Event::Type_IsValid(type))
      fields.Add("types", "FIELD_INVALID", "has a type that does not exist");
    types_.insert(type);
  }
  for (const int mail_class : request.mail_classes()) {
    if (mail_class == v1::MAIL_CLASS_UNSPECIFIED || !v1::MailClass_IsValid(mail_class))
      fields.Add("mail_classes", "FIELD_INVALID", "has a class that does not exist");
    classes_.insert(mail_class);
  }
  if (request.types_size() > kTypesMax)
    fields.Add("types", "FIELD_INVALID", absl::StrCat("are more than ", kTypesMax));
  if (request.mail_classes_size() > kClassesMax)
    fields.Add("mail_classes", "FIELD_INVALID", absl::StrCat("are more than ", kClassesMax));
}

bool EventFilter::Wants(v1::Event::Type type) const {
  return type != v1::Event::TYPE_UNSPECIFIED && (types_.empty() || types_.contains(type));
}

bool EventFilter::Wants(const v1::Event& event) const {
  if (!Wants(event.type())) return false;
  const v1::MailClass mail_class = event.message().mail_class();
  return classes_.empty() || !event.has_message() || mail_class == v1::MAIL_CLASS_UNSPECIFIED ||
         classes_.contains(mail_class);
}

}  // namespace posthaste::api

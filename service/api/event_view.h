// Events as the API shows them, and which of them a caller wants. Pure.
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "posthaste/v1/event_service.pb.h"
#include "service/api/fields.h"
#include "service/queue/event_log.h"
#include "service/queue/messages.h"

namespace posthaste::api {

// TYPE_UNSPECIFIED: of a kind that this version does not know.
v1::Event::Type TypeOf(const queue::Event& event);

// The message whose record tells more about the event; "" if there is none.
std::string MessageOf(const queue::Event& event);

// `view` of MessageOf; null if its record is gone. `sees_decoys`: the caller may know that a code
// was mailed to nobody; others are told what they would be told of a real one.
v1::Event ToEvent(const queue::Event& event, const queue::MessageView* view, bool sees_decoys);

class EventFilter {
 public:
  // What is wrong with the request's choice goes into `fields`.
  EventFilter(const v1::StreamEventsRequest& request, Fields& fields);

  bool Wants(v1::Event::Type type) const;
  bool Wants(const v1::Event& event) const;

 private:
  absl::flat_hash_set<int> types_, classes_;  // Empty: all.
};

}  // namespace posthaste::api

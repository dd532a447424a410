// StreamEvents: a tenant's events from a place on.
//
// A stream reads Redis by itself, at the pace of its client, and keeps nothing but its place: so a
// slow client costs no memory and loses nothing. The loop's tailer only tells it when to look.
#pragma once

#include "posthaste/v1/event_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

// The reactor of one stream; owns itself.
grpc::ServerWriteReactor<v1::StreamEventsResponse>* StreamEvents(
    Bridge& bridge, grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request);

}  // namespace posthaste::api

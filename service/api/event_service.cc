#include "service/api/event_service.h"

#include "service/api/stream_events.h"

namespace posthaste::api {

grpc::ServerWriteReactor<v1::StreamEventsResponse>* EventService::StreamEvents(
    grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request) {
  return api::StreamEvents(bridge_, context, request);
}

}  // namespace posthaste::api

// EventService over gRPC: each method is one line to its handler.
#pragma once

#include "posthaste/v1/event_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

class EventService final : public v1::EventService::CallbackService {
 public:
  explicit EventService(Bridge& bridge) : bridge_(bridge) {}

  grpc::ServerWriteReactor<v1::StreamEventsResponse>* StreamEvents(
      grpc::CallbackServerContext* context, const v1::StreamEventsRequest* request) override;

 private:
  Bridge& bridge_;
};

}  // namespace posthaste::api

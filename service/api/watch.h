// WatchMessage: the message now, then again at each change.
#pragma once

#include "posthaste/v1/message_service.grpc.pb.h"
#include "service/api/bridge.h"

namespace posthaste::api {

// The reactor of one watch; owns itself. At most a second passes between a client's going and the
// end of its watch.
grpc::ServerWriteReactor<v1::WatchMessageResponse>* WatchMessage(
    Bridge& bridge, grpc::CallbackServerContext* context, const v1::WatchMessageRequest* request);

}  // namespace posthaste::api

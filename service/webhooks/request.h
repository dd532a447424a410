// What is said to a receiver, as bytes. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "posthaste/v1/event_service.pb.h"
#include "service/webhooks/endpoint.h"

namespace posthaste::webhooks {

// `event` as JSON, in protobuf's mapping: what StreamEvents tells.
std::string BodyOf(const v1::Event& event);

// A whole POST request (RFC 9112) with the headers of Standard Webhooks, signed at `time_s`. Its id
// is the event's: the same whenever it is told.
std::string RequestOf(const Endpoint& endpoint, const v1::Event& event, int64_t time_s);

}  // namespace posthaste::webhooks

// How the console's calls are written, and JSON in place of the API's messages.
#pragma once

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/api/backend.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// Names as in the .proto; fields with default values are there too.
std::string ToJson(const google::protobuf::Message& message);

// A string field of a JSON object; "" if there is none.
std::string TextField(const std::string& json, const std::string& name);

// INVALID_ARGUMENT names what does not fit.
absl::Status FromJson(const std::string& json, google::protobuf::Message& message);

// How a call is written; AddCall gives it to the console under its name. `backend` outlives that.
using CallFunction = Task<absl::StatusOr<std::string>> (*)(api::Backend&, ops::Order);
void AddCall(api::Backend& backend, const char* name, bool acts, CallFunction run,
             ops::ConsoleParts& parts);

// Asks one of the API's handlers.
template <typename Request, typename Response>
Task<absl::StatusOr<Response>> Ask(api::Call& call,
                                   Task<absl::Status> (*handle)(api::Call&, const Request&,
                                                                Response&),
                                   const Request& request) {
  Response response;
  const absl::Status status = co_await handle(call, request, response);
  if (!status.ok()) co_return status;
  co_return std::move(response);
}

// A call by an operator, who is no tenant's.
api::Call CallOf(api::Backend& backend, const ops::Operator& who);

// Fills in the request's field `reason`, if it has one.
void SetReason(const std::string& reason, google::protobuf::Message& request);

// As JSON: the request and the response are the RPC's.
template <typename Request, typename Response>
Task<absl::StatusOr<std::string>> AskJson(api::Call call,
                                          Task<absl::Status> (*handle)(api::Call&, const Request&,
                                                                       Response&),
                                          ops::Order order) {
  Request request;
  const absl::Status read = FromJson(order.request, request);
  if (!read.ok()) co_return read;
  SetReason(order.reason, request);
  const absl::StatusOr<Response> response = co_await Ask(call, handle, request);
  if (!response.ok()) co_return response.status();
  co_return ToJson(*response);
}

// Gives the console an RPC of operators'.
template <typename Request, typename Response>
void AddRpc(api::Backend& backend, const char* name, bool acts,
            Task<absl::Status> (*handle)(api::Call&, const Request&, Response&),
            ops::ConsoleParts& parts) {
  parts.calls[name] = {acts, [&backend, handle](ops::Order order) {
                         api::Call call = CallOf(backend, order.who);
                         return AskJson(std::move(call), handle, std::move(order));
                       }};
}

}  // namespace posthaste::console

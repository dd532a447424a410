#include "service/webhooks/request.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "service/webhooks/signature.h"

namespace posthaste::webhooks {

std::string BodyOf(const v1::Event& event) {
  std::string json;
  // A message that was built here has nothing that JSON has no place for.
  (void)google::protobuf::util::MessageToJsonString(event, &json);
  return json;
}

std::string RequestOf(const Endpoint& endpoint, const v1::Event& event, int64_t time_s) {
  const std::string body = BodyOf(event);
  return absl::StrCat(
      "POST ", endpoint.url.target, " HTTP/1.1\r\nHost: ", endpoint.url.authority,
      "\r\nUser-Agent: Posthaste\r\nContent-Type: application/json\r\nContent-Length: ",
      body.size(), "\r\nwebhook-id: ", event.id(), "\r\nwebhook-timestamp: ", time_s,
      "\r\nwebhook-signature: ", Signature(endpoint.secrets, event.id(), time_s, body), "\r\n\r\n",
      body);
}

}  // namespace posthaste::webhooks

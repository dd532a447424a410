#include "service/api/batch.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/str_cat.h"
#include "base/signal.h"
#include "service/api/events.h"
#include "service/api/refusal.h"
#include "service/api/send_one.h"
#include "service/api/template_order.h"

namespace posthaste::api {
namespace {

// So many under way at once: their commands leave in one write and their answers come in one, two
// trips for all shards together; more would keep the loop from others for too long.
constexpr int kAtOnce = 100;
constexpr absl::Duration kLook = absl::Seconds(1);  // Ends a wait for nothing.

// One batch; lives until all its senders have ended.
struct Batch {
  Batch(Call& call_in, const v1::BatchSendTemplatesRequest& request_in,
        v1::BatchSendTemplatesResponse& response_in)
      : call(call_in), request(request_in), response(response_in), ended(*call_in.backend.loop) {}

  Call& call;
  const v1::BatchSendTemplatesRequest& request;
  v1::BatchSendTemplatesResponse& response;
  Signal ended;
  int next = 0, running = 0;
};

// Takes one item after the other until none is left.
Task<void> SendItems(Batch* batch) {
  while (batch->next < batch->request.requests_size()) {
    const int at = batch->next++;
    Call call = batch->call;
    SentOne sent;
    sent.status = absl::InternalError("unexpected exception");
    try {
      absl::StatusOr<SendOrder> order =
          CheckOrder(batch->request.requests(at), *call.tenant, ContextOf(call));
      sent = co_await SendOne(call, std::move(order));
    } catch (const std::exception& error) {
      HandlerThrew("BatchSendTemplates", error.what());
    }
    *batch->response.mutable_results(at) = ToResult(sent);
  }
  --batch->running;
  batch->ended.Notify();
}

}  // namespace

Task<absl::Status> HandleBatchSendTemplates(Call& call,
                                            const v1::BatchSendTemplatesRequest& request,
                                            v1::BatchSendTemplatesResponse& response) {
  if (request.requests_size() == 0) co_return Invalid("requests", "FIELD_INVALID", "is required");
  if (request.requests_size() > kBatchMax) {
    co_return Invalid("requests", "FIELD_INVALID", absl::StrCat("are more than ", kBatchMax));
  }
  for (int i = 0; i < request.requests_size(); ++i) response.add_results();
  Batch batch(call, request, response);
  batch.running = std::min(request.requests_size(), kAtOnce);
  for (int i = batch.running; i > 0; --i)
    asio::co_spawn(*call.backend.loop, SendItems(&batch), asio::detached);
  while (batch.running > 0) co_await batch.ended.Wait(kLook);
  co_return absl::OkStatus();
}

}  // namespace posthaste::api

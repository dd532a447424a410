// The fields of a request that every kind of send has.
#pragma once

#include "service/cli/options.h"

namespace posthaste::cli {

// All but the recipient.
template <typename Request>
void FillSend(const SendOptions& options, Request& request) {
  request.set_recipient_name(options.recipient_name);
  request.set_locale(options.locale);
  request.set_request_id(options.request_id);
  request.set_sender(options.sender);
}

}  // namespace posthaste::cli

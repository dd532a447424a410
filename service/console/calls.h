// What the operators' console may ask of the service: the API's own handlers, for whichever tenant
// an operator names. Nothing is answered here that a caller of the API would be answered otherwise.
#pragma once

#include "service/api/snapshot.h"
#include "service/ops/console/parts.h"

namespace posthaste::console {

// Adds to `parts`
//   FindMessages {query | state}  messages of all tenants by id, recipient or live state
//   GetMessage {tenant, id}       one, with its attempts, its fate in words and what to do
//   CancelMessage {tenant, id}    withdraws it
//   ListTemplates {}              with their locales; and the preview `template`
//
// what operations.h and conversions.h have, and in the sandbox SendVerificationCode,
// CheckVerificationCode, SendPasswordChanged, SendNewSignIn and SendMfaChanged, which take what the
// RPCs take. `snapshots` outlives the console; the calls run on its first loop.
void AddCalls(const api::Snapshots& snapshots, ops::ConsoleParts& parts);

}  // namespace posthaste::console

// Templates that somebody is writing, live in the operators' console.
#pragma once

#include <string>

#include "service/ops/console/parts.h"

namespace posthaste::sandbox {

// Gives `parts` the call ListDrafts, the preview `draft` (name, locale, scheme, part) and the beat
// `draft`, which is another after every save. `folder` is where `posthaste template preview
// --watch` leaves them (cli/draft.h); it is read on the console's loop: small files on a local
// disk.
void AddDrafts(const std::string& folder, ops::ConsoleParts& parts);

}  // namespace posthaste::sandbox

// Why a Redis that answers takes no writes: for operators, who would else see refusals only.
#pragma once

#include <string>
#include <string_view>

#include "base/task.h"
#include "service/redis/client.h"

namespace posthaste::redis {

// "maxmemory is reached: 1048576 of 1048576 bytes"; "" if nothing is wrong. `info` is the text of
// INFO with the sections memory and persistence. Pure.
std::string TroubleIn(std::string_view info);

// Asks the server. What keeps it from answering is a trouble too.
Task<std::string> AskTrouble(Client& client);

}  // namespace posthaste::redis

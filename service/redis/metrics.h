// What the process counts about its Redis traffic.
#pragma once

#include <string_view>

#include "base/metrics.h"

namespace posthaste::redis {

// posthaste_redis_command_seconds{command}: from Start to the answer. `command` is a command's name
// in lower case from the set that this program uses, "other" for any other name.
metrics::Histogram& CommandSeconds(std::string_view command);

// The same histogram under a script's name. The set is closed because scripts are files of this
// program.
metrics::Histogram& ScriptSeconds(std::string_view script);

// posthaste_redis_reconnects_total: connections that were ready after an earlier one was lost.
metrics::Counter& Reconnects();

// posthaste_redis_pipeline_commands: commands per write.
metrics::Histogram& PipelineCommands();

}  // namespace posthaste::redis

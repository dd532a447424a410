// A Lua script that Redis runs by the hash of its source.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "service/redis/command.h"

namespace posthaste::redis {

struct Script {
  std::string name;    // Its label in metrics: "admit".
  std::string source;  // As SCRIPT LOAD gets it.
  std::string sha1;    // Of the source, lower-case hex: Redis' name for it, no security in it.
};

Script MakeScript(std::string_view name, std::string_view source);

// EVALSHA with these keys and arguments; more arguments may be added to it.
Command EvalSha(const Script& script, std::span<const std::string_view> keys,
                std::span<const std::string_view> args = {});

// SCRIPT LOAD of the source.
Command ScriptLoad(const Script& script);

}  // namespace posthaste::redis

// The queue's Lua scripts, compiled in, and their packed arguments.
//
// A script is a file of scripts/. A line "-- include lib_x.lua" in it stands for that file: what
// several scripts do the same way is written once. Each opens with its contract: KEYS, ARGV, what
// it returns; the first element returned is always Redis' time in milliseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "service/redis/client.h"
#include "service/redis/script.h"

namespace posthaste::queue {

// The files of scripts/ (generated).
std::span<const EmbeddedFile> ScriptFiles();

// The script of `name`.lua, ready to run; the same object each time, for as long as the process
// lives. REQUIRES: there is such a file.
const redis::Script& ScriptNamed(std::string_view name);

// Registers every script with a client, so that each connection has them before its first command.
void RegisterScripts(redis::Client& client);

// Numbers for a script in one argument, to be read with one struct.unpack('<i8I4B…'): cheaper than
// text for each.
class Packer {
 public:
  Packer& I64(int64_t value) {
    return Put(static_cast<uint64_t>(value), 8);
  }  // 'i8'; exact in Lua up to 2^53.
  Packer& U48(int64_t value) { return Put(static_cast<uint64_t>(value), 6); }  // 'I6'
  Packer& U32(uint32_t value) { return Put(value, 4); }                        // 'I4'
  Packer& U16(uint16_t value) { return Put(value, 2); }                        // 'H'
  Packer& U8(uint8_t value) { return Put(value, 1); }                          // 'B'
  const std::string& bytes() const { return bytes_; }

 private:
  Packer& Put(uint64_t bits, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<char>(bits >> 8 * i));
    return *this;
  }
  std::string bytes_;
};

}  // namespace posthaste::queue

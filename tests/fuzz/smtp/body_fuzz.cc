// A message comes out of the relay's unstuffing as it went in, ends only where we end it, and holds
// no bare CR or LF.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtp/body.h"

namespace {

using namespace posthaste::smtp;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool HasBareLineEnd(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return true;
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
  }
  return false;
}

// What a relay that follows RFC 5321 4.5.2 to the letter takes for the message; `rest` is what it
// takes for commands.
std::string Receive(std::string_view wire, std::string_view& rest) {
  std::string message;
  while (!wire.empty()) {
    const size_t end = wire.find("\r\n");
    Require(end != std::string_view::npos);
    std::string_view line = wire.substr(0, end);
    wire.remove_prefix(end + 2);
    if (line == ".") break;
    if (!line.empty() && line.front() == '.') line.remove_prefix(1);
    message.append(line).append("\r\n");
  }
  rest = wire;
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  std::string out = "x";
  const bool ok = AppendBody(out, message).ok();
  Require(ok == !HasBareLineEnd(message));
  if (!ok) {
    Require(out == "x");
    Require(!AppendChunk(out, message).ok() && out == "x");
    return 0;
  }
  const std::string wire = out.substr(1) + std::string(kFinalDot);
  Require(!HasBareLineEnd(wire));
  std::string_view rest;
  const std::string received = Receive(wire, rest);
  Require(rest.empty());
  Require(received.size() == MessageBytes(message));
  Require(std::string_view(received).substr(0, message.size()) == message);
  Require(HasEightBit(message) == HasEightBit(wire));
  std::string chunk;
  Require(AppendChunk(chunk, message).ok());
  Require(chunk == received);
  return 0;
}

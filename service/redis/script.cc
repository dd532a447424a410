#include "service/redis/script.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "base/encoding.h"

namespace posthaste::redis {
namespace {

std::string Sha1(std::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // Fails only if this OpenSSL has no SHA-1; then no script can be named.
  if (EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha1(), nullptr) != 1) std::abort();
  return std::string(reinterpret_cast<const char*>(digest), size);
}

}  // namespace

Script MakeScript(std::string_view name, std::string_view source) {
  return Script{std::string(name), std::string(source), Hex(Sha1(source))};
}

Command EvalSha(const Script& script, std::span<const std::string_view> keys,
                std::span<const std::string_view> args) {
  Command command("EVALSHA", script.sha1, keys.size());
  command.AddAll(keys).AddAll(args);
  return command;
}

Command ScriptLoad(const Script& script) { return Command("SCRIPT", "LOAD", script.source); }

}  // namespace posthaste::redis

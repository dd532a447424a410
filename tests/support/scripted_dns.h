// A name server on loopback that says what a test wants: also nothing, SERVFAIL, and a hundred
// exchangers. UDP, and TCP for answers that do not fit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace posthaste {

class ScriptedDns {
 public:
  ScriptedDns();
  ~ScriptedDns();

  // "127.0.0.1@PORT", as libunbound wants it.
  std::string server() const;

  // Names without the last dot, any case. A name of which nothing was said does not exist.
  void Mx(const std::string& name, int preference, const std::string& host, uint32_t ttl = 60);
  void Address(const std::string& name, const std::string& address, uint32_t ttl = 60);
  void Alias(const std::string& name, const std::string& target);
  void Fails(const std::string& name);   // SERVFAIL.
  void IsMute(const std::string& name);  // No answer.
  void Exists(const std::string& name);  // Without records.

  // Questions that came for the name, of any type.
  int asked(const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste

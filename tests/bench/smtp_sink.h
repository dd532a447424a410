// A receiver that takes every message at once, in a process of its own, so that its CPU is not
// ours. Postfix's smtp-sink speaks no TLS.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace posthaste::smtp {

class BenchSink {
 public:
  // `certificate_file`: PEM with certificate and key; empty = no STARTTLS. Forks: make it before
  // there are threads.
  explicit BenchSink(const std::string& certificate_file);
  ~BenchSink();
  BenchSink(const BenchSink&) = delete;
  BenchSink& operator=(const BenchSink&) = delete;

  uint16_t port() const { return port_; }
  double CpuSeconds() const;

 private:
  pid_t pid_ = -1;
  uint16_t port_ = 0;
};

}  // namespace posthaste::smtp

// What this machine gives to the service, and the judgements over it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/doctor/finding.h"

namespace posthaste::doctor {

// Descriptors that the service may need at once: a session each, and room for its callers, Redis
// and files.
int64_t FilesNeeded(const config::v1::Config& config);

Finding JudgeFiles(int64_t limit, int64_t needed);

// `end`: of the first certificate of the chain that ends; `name`: whose.
Finding JudgeCertificate(const std::string& name, absl::Time end, absl::Time now);

// Bytes that may still be written where `name` grows.
Finding JudgeSpace(const std::string& name, uint64_t free, uint64_t total);

// `ahead`: how far the clock of Redis is before ours. Deadlines and leases are judged by both.
Finding JudgeSkew(absl::Duration ahead);

// Files, own certificates, the log's disk, whether the clock is kept by somebody, ports.
Findings LookAtMachine(const config::v1::Config& config, absl::Time now);

// The disk of a folder; nothing if it cannot be seen from here (Redis on another machine).
Findings LookAtSpace(const std::string& name, const std::string& folder);

// Each disk of this machine on which nothing more can be written.
Findings LookAtFullDisks();

}  // namespace posthaste::doctor

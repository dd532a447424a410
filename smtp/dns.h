// Name look-ups for direct delivery. The one place that knows libunbound.
//
// A resolver that tells "there is no such name" from "nobody could say": getaddrinfo() does not,
// and the one is for ever and the other for now. It caches, also what there is not, and asks once
// for what many want to know at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/task.h"

namespace posthaste::smtp {

enum class DnsType : uint16_t { kA = 1, kCname = 5, kMx = 15, kAaaa = 28 };

struct DnsAnswer {
  enum class Code : uint8_t {
    kRecords,
    kNoRecords,  // The name is there, and has none of this type.
    kNoName,     // There is no such name.
    kFailed,     // SERVFAIL, no answer in time: `why`. Ask again later.
  };
  Code code = Code::kFailed;
  std::vector<std::string> records;  // The data of each, as on the wire, names in full.
  std::string why;
};

// Looks `name` up, until `deadline` at most. On the loop that it was made for.
using DnsLookUp =
    std::function<Task<DnsAnswer>(std::string name, DnsType type, SteadyTime deadline)>;

// One for each process. Ends before the loops that it was given; answers that come later find
// nobody.
class Dns {
 public:
  // `loop` carries the answers. `servers`: resolvers, "192.0.2.1" or "192.0.2.1@53"; none = those
  // of /etc/resolv.conf. UNIMPLEMENTED: built without libunbound; INVALID_ARGUMENT: a server that
  // is no address.
  static absl::StatusOr<std::unique_ptr<Dns>> Create(Loop& loop,
                                                     const std::vector<std::string>& servers);
  ~Dns();

  // For callers on `loop`; any number of loops. Lives as long as the Dns.
  DnsLookUp LookUpOn(Loop& loop);

 private:
  struct Impl;
  explicit Dns(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace posthaste::smtp

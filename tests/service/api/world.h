// What the tests of this folder share: two tenants, keys, templates, and what a status says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/api/backend.h"
#include "service/api/refusal.h"
#include "service/api/tenants.h"
#include "tests/support/fake_random.h"
#include "tests/support/temp.h"

namespace posthaste::api {

inline constexpr char kHashKey[] = "0123456789abcdef0123456789abcdef";
inline constexpr char kSecret[] = "s3cret";

// Tenants acme (senders main and billing, a logo of its own, the templates "greeting" and "report")
// and globex (sender main), and operator with the keys "operator-all" and "operator-reads". Each of
// the first two has the key
// "<tenant>-all" with all scopes, and one key "<tenant>-<scope>" for each scope, its dot a dash;
// the secret of all is kSecret.
config::v1::Config TestConfig();

// All that is shared by the loops of a process.
struct World {
  explicit World(const std::function<void(config::v1::Config&)>& edit = [](config::v1::Config&) {});
  World(const World&) = delete;

  const TenantView& tenant(std::string_view id = "acme") const { return *tenants->Find(id); }
  Caller CallerOf(const std::string& tenant) const;

  TempDir templates_dir;  // Of acme.
  config::v1::Config config;
  std::unique_ptr<const Tenants> tenants;
  FakeRandom random;
  Shared shared;
};

// One for the binary, unchanged.
const World& TheWorld();

// The detail of that type; an empty one if there is none.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(DetailsOf(status));
  Detail detail;
  for (const google::protobuf::Any& any : details.details()) {
    if (any.UnpackTo(&detail)) break;
  }
  return detail;
}

// "INVALID_ARGUMENT RECIPIENT_INVALID"; "OK".
std::string Verdict(const absl::Status& status);

// The fields that BadRequest names, in order.
std::vector<std::string> FieldsOf(const absl::Status& status);

// "recipient RECIPIENT_INVALID"; the verdict where no field is named; "" for OK.
std::string FirstWrong(const absl::Status& status);

// A variable of a request, to be set.
template <typename Request>
google::protobuf::Value& Variable(Request& request, const char* name) {
  return (*request.mutable_variables()->mutable_fields())[name];
}

}  // namespace posthaste::api

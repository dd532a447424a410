// Variables of a template as they are written on a command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/struct.pb.h"

namespace posthaste::cli {

// "name=text" and "name:=JSON" ("count:=3", "items:=[{\"title\":\"Tea\"}]"). INVALID_ARGUMENT names
// the word that is neither.
absl::Status ReadVariables(const std::vector<std::string>& words,
                           google::protobuf::Struct& variables);

}  // namespace posthaste::cli

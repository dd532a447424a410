// What `posthaste doctor` was asked to do. Filled in by app.cc.
#pragma once

#include <string>

namespace posthaste::cli {

struct DoctorOptions {
  std::string config = "/etc/posthaste/posthaste.yaml";  // As the package installs it.
  bool json = false;
};

}  // namespace posthaste::cli

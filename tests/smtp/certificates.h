// A throwaway certificate authority, and certificates of every kind of badness.
#pragma once

#include <string>

#include "tests/support/temp.h"

namespace posthaste::smtp {

// Each is a PEM file with the certificate and its key, for the name relay.test (and 127.0.0.1).
struct Certificates {
  Certificates();

  TempDir dir;
  std::string ca;  // The authority's certificate.
  std::string good;
  std::string expired;           // Since yesterday.
  std::string wrong_name;        // Good, but for other.test.
  std::string only_common_name;  // relay.test as common name, and no subjectAltName.
  std::string self_signed;
};

}  // namespace posthaste::smtp

// Reports as the bytes that processes leave each other (posthaste/store/v1/delivery_report.proto).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/delivery/report.h"

namespace posthaste::delivery {

std::string EncodeReport(const Report& report);

// DATA_LOSS: not such bytes. What a newer version adds is passed over.
absl::StatusOr<Report> DecodeReport(std::string_view bytes);

}  // namespace posthaste::delivery

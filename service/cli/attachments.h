// Files as attachments of a request.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "posthaste/v1/notification_service.pb.h"

namespace posthaste::cli {

// Adds each file, called as it is on disk, with the type that the end of its name tells
// (application/octet-stream where nothing is known). `inlined` are "NAME=FILE": images that the
// template's HTML shows by cid:NAME. INVALID_ARGUMENT names the word that cannot be read, or that
// is larger than the service takes.
absl::Status ReadAttachments(const std::vector<std::string>& files,
                             const std::vector<std::string>& inlined,
                             v1::SendTemplateRequest& request);

}  // namespace posthaste::cli

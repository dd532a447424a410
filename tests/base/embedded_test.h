#pragma once

#include <span>

#include "base/embedded.h"

namespace posthaste {

std::span<const EmbeddedFile> EmbeddedForTest();

}  // namespace posthaste

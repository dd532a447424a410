// What a frame of the console shows of a mail.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::ops {

// `html` as a reader sees it by night or by day, whatever the system of who looks at the console
// says.
std::string InScheme(std::string_view html, bool dark);

// `html` with a picture of its mail in the place of "cid:<content_id>": a frame fetches nothing.
// An empty `content_id`: as it is.
// REQUIRES: `media_type` and `content_id` have nothing that HTML escapes.
std::string WithPicture(std::string_view html, std::string_view content_id,
                        std::string_view media_type, std::string_view bytes);

// A text part as a page, its lines as they are.
std::string TextPage(std::string_view text);

}  // namespace posthaste::ops

// Others that do the work of render_bench: ctemplate and kainjow's mustache render, GMime composes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "smtp/message.h"

namespace posthaste {

// One part of a mail as a template of theirs: sections decided, times already text, so that
// variables are all that is left to do.
struct PeerPart {
  std::string text;  // With {{name}}.
  std::map<std::string, std::string> values;
  bool html = false;  // Escaped as HTML.
};

// What renders the part, again at each call. The part must outlive it.
std::function<std::string()> WithCtemplate(const PeerPart& part);
std::function<std::string()> WithKainjow(const PeerPart& part);

// The mail as bytes: multipart/alternative in quoted-printable, as ours.
std::string ComposedByGMime(const smtp::Message& message);

}  // namespace posthaste

// How one set of template files lies over another: a tenant's over what is built in.
#pragma once

#include "templates/engine/files.h"

namespace posthaste::templates {

// `over` upon `under`, path by path: a tenant may change one subject. But a template that `over`
// brings whole, its template.yaml and all three parts of a language, is a template of its own that
// happens to have the name: nothing of what `under` calls so is left, for it would be written for
// other variables.
Files Overlaid(Files over, const Files& under);

}  // namespace posthaste::templates

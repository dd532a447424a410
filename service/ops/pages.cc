#include "service/ops/pages.h"

#include "absl/strings/str_cat.h"
#include "base/metrics.h"

namespace posthaste::ops {

Page Answer(const Request& request, const std::vector<NotReady>& not_ready, std::string_view jwks) {
  const std::string& path = request.path;
  if (request.method == "POST") return {405, "text/plain; charset=utf-8", "only GET\n"};
  if (path == "/livez") return {200, "text/plain; charset=utf-8", "ok\n"};
  if (path == "/metrics")
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics::Exposition()};
  if (path == "/.well-known/jwks.json") {
    return {200,
            "application/jwk-set+json",
            std::string(jwks),
            {{"Cache-Control", "public, max-age=3600"}}};
  }
  if (path != "/readyz")
    return {404, "text/plain; charset=utf-8", "see /console, /metrics, /livez, /readyz\n"};
  if (not_ready.empty()) return {200, "text/plain; charset=utf-8", "ok\n"};
  Page page{503, "text/plain; charset=utf-8", ""};
  for (const NotReady& part : not_ready)
    absl::StrAppend(&page.body, part.part, ": ", part.why, "\n");
  return page;
}

}  // namespace posthaste::ops

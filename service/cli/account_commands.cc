// usage
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/cli/commands.h"
#include "service/cli/connect.h"
#include "service/cli/exit_code.h"

namespace posthaste::cli {

int ShowUsage(const AccessOptions& access, const UsageOptions& options, Terminal& terminal) {
  v1::GetUsageRequest request;
  request.set_days(options.days);
  std::optional<Client> client = Connect(access, terminal);
  if (!client) return kUsage;
  v1::GetUsageResponse response;
  if (const auto refusal = client->Get(request, &response)) {
    return Explain(*refusal, client->address(), access.json, terminal);
  }
  if (access.json) {
    terminal.Json(response);
    return kOk;
  }
  terminal.Line("day (UTC)         codes     notices     general");
  for (const v1::DayUsage& day : response.days()) {
    terminal.Line(absl::StrFormat("%s  %11d %11d %11d", day.date(), day.codes(), day.notices(),
                                  day.general()));
  }
  const int64_t quota = response.messages_per_day();
  terminal.Line(quota > 0 ? absl::StrCat("At most ", quota, " a day.") : "No quota.");
  return kOk;
}

}  // namespace posthaste::cli

#include "service/console/conversions.h"

#include <map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/metric_samples.h"
#include "service/console/json.h"

namespace posthaste::console {
namespace {

using Answer = absl::StatusOr<std::string>;

// {"row": {"column": n}} of one family.
std::string Pivot(const std::string& family, const std::string& row, const std::string& column) {
  std::map<std::string, std::map<std::string, double>> rows;
  for (const metrics::Sample& sample : metrics::Samples(family)) {
    const auto across = sample.labels.find(row), down = sample.labels.find(column);
    if (across == sample.labels.end() || down == sample.labels.end()) continue;
    rows[across->second][down->second] += sample.value;
  }
  std::vector<std::string> list;
  for (const auto& [name, values] : rows) {
    JsonObject counts;
    for (const auto& [key, value] : values) counts.Number(key, static_cast<int64_t>(value));
    list.push_back(JsonObject().Text("name", name).Raw("counts", counts.Done()).Done());
  }
  return JsonArray(list);
}

Task<Answer> ListConversions(api::Backend&, ops::Order) {
  JsonObject json;
  json.Raw("verifications", Pivot("posthaste_verifications_total", "purpose", "event"))
      .Raw("checks", Pivot("posthaste_checks_total", "purpose", "result"))
      .Raw("accepted", Pivot("posthaste_enqueue_to_accepted_seconds", "provider", "mail_class"))
      .Raw("verified", Pivot("posthaste_time_to_verify_seconds", "provider", "purpose"));
  co_return json.Done();
}

}  // namespace

void AddConversions(api::Backend& backend, ops::ConsoleParts& parts) {
  AddCall(backend, "ListConversions", false, ListConversions, parts);
}

}  // namespace posthaste::console

// Microseconds of CPU to render one verification mail and to compose it, medians of five, beside
// others that do the same in the same run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "smtp/message.h"
#include "templates/engine/brand.h"
#include "templates/engine/catalogue.h"
#include "templates/engine/escape.h"
#include "templates/engine/files.h"
#ifdef PH_PEERS
#include "tests/bench/render_peers.h"
#endif

namespace posthaste {
namespace {

constexpr int kMails = 10'000;

template <typename Do>
double MedianMicros(const Do& once) {
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    const std::clock_t begin = std::clock();
    size_t bytes = 0;
    for (int i = 0; i < kMails; ++i) bytes += once();
    if (bytes == 0) std::abort();
    rounds.push_back(1e6 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / kMails);
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[2];
}

void Report(const char* what, double micros, double ours) {
  std::printf("%-44s %6.1f us  %4.1f x ours\n", what, micros, micros / ours);
}

templates::Rendered Render(const templates::Template& mail, const templates::Value& variables) {
  auto rendered = mail.Render(variables, templates::SampleBrand(), "en", "Europe/Berlin");
  if (!rendered.ok()) {
    std::fprintf(stderr, "%s\n", std::string(rendered.status().message()).c_str());
    std::abort();
  }
  return *std::move(rendered);
}

#ifdef PH_PEERS
std::string Escaped(const std::string& text) {
  std::string out;
  templates::AppendHtml(text, out);
  return out;
}

// Puts {{name}} where a value stands in what we rendered.
PeerPart ToPeer(std::string text, const templates::Value& variables, bool html) {
  PeerPart part;
  part.html = html;
  for (const templates::Value* values : {&variables, &templates::SampleBrand()}) {
    for (const auto& [name, value] : *values->object()) {
      if (value.string() == nullptr || value.string()->size() < 4) continue;
      const std::string wanted = html ? Escaped(*value.string()) : *value.string();
      for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at)) {
        text.replace(at, wanted.size(), "{{" + name + "}}");
        part.values[name] = *value.string();
      }
    }
  }
  part.text = std::move(text);
  return part;
}

void ReportPeers(const templates::Rendered& rendered, const templates::Value& variables,
                 double ours) {
  const PeerPart parts[] = {ToPeer(rendered.subject, variables, false),
                            ToPeer(rendered.text, variables, false),
                            ToPeer(rendered.html, variables, true)};
  const std::string same[] = {rendered.subject, rendered.text, rendered.html};
  using Make = std::function<std::string()> (*)(const PeerPart&);
  for (const auto& [name, make] : {std::pair<const char*, Make>{"render: ctemplate", WithCtemplate},
                                   {"render: kainjow mustache", WithKainjow}}) {
    std::vector<std::function<std::string()>> all;
    for (int i = 0; i < 3; ++i) {
      all.push_back(make(parts[i]));
      if (all[static_cast<size_t>(i)]() != same[i]) std::printf("%s: another text\n", name);
    }
    Report(name, MedianMicros([&all] {
             size_t bytes = 0;
             for (const auto& one : all) bytes += one().size();
             return bytes;
           }),
           ours);
  }
  const auto variables_left =
      parts[0].values.size() + parts[1].values.size() + parts[2].values.size();
  std::printf("  (theirs: %zu variables left, sections decided and times written beforehand)\n",
              variables_left);
}
#endif

void Run() {
  const auto catalogue = templates::Catalogue::Load(templates::BuiltIn());
  if (!catalogue.ok()) std::abort();
  const templates::Template& mail = *(*catalogue)->Find("", "verification_code");
  const templates::Value variables = mail.Samples();
  const templates::Rendered rendered = Render(mail, variables);
  const double render = MedianMicros([&] { return Render(mail, variables).html.size(); });
  Report("render: ours (goal 20)", render, render);
#ifdef PH_PEERS
  ReportPeers(rendered, variables, render);
#endif
  smtp::Message message;
  message.from = {"Posthaste", "no-reply@example.com"};
  message.to = {"", "anna.lee@example.org"};
  message.subject = rendered.subject;
  message.text = rendered.text;
  message.html = rendered.html;
  message.date = absl::FromUnixSeconds(1'790'000'000);
  message.message_id = "c0ffee@example.com";
  const double compose = MedianMicros([&] { return smtp::Compose(message).value().size(); });
  Report("compose: ours (goal 40)", compose, compose);
#ifdef PH_PEERS
  Report("compose: GMime", MedianMicros([&] { return ComposedByGMime(message).size(); }), compose);
#endif
}

}  // namespace
}  // namespace posthaste

int main() {
  posthaste::Run();
  return 0;
}

// Microseconds of CPU to compose one verification mail, in the forms that Compose has most and
// least work with.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "smtp/message.h"
#include "tests/smtp/message_support.h"

namespace posthaste::smtp {
namespace {

double MicrosPerMessage(const Message& message) {
  constexpr int kMessages = 20'000;
  const std::clock_t begin = std::clock();
  size_t bytes = 0;
  for (int i = 0; i < kMessages; ++i) {
    const auto composed = Compose(message);
    if (!composed.ok()) std::abort();
    bytes += composed->size();
  }
  const std::clock_t took = std::clock() - begin;
  if (bytes == 0) std::abort();
  return 1e6 * static_cast<double>(took) / CLOCKS_PER_SEC / kMessages;
}

void Report(const char* name, const Message& message) {
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) rounds.push_back(MicrosPerMessage(message));
  std::sort(rounds.begin(), rounds.end());
  std::printf("compose %-28s %6zu bytes  %6.1f us (median of 5, goal 40)\n", name,
              Compose(message)->size(), rounds[2]);
}

}  // namespace
}  // namespace posthaste::smtp

int main() {
  using namespace posthaste::smtp;
  Message message = SampleMessage();
  Report("text and HTML, Latin", message);
  message.subject = "確認コードは次のとおりです";
  for (std::string* text : {&message.text, &message.html}) {
    for (size_t at = text->find("code"); at != std::string::npos; at = text->find("code", at)) {
      text->replace(at, 4, "確認コードは次のとおりです");
    }
  }
  Report("text and HTML, Japanese", message);
  message.html.clear();
  Report("text alone", message);
  return 0;
}

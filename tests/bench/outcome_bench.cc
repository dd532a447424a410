// Nanoseconds of CPU to judge a reply: a yes, and refusals of several lengths.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "smtp/outcome_rules.h"

namespace posthaste::smtp {
namespace {

double NanosPer(const Reply& reply) {
  constexpr int kTimes = 200'000;
  const std::clock_t begin = std::clock();
  size_t sum = 0;
  for (int i = 0; i < kTimes; ++i) {
    sum += static_cast<size_t>(Judge(Phase::kDot, reply).failure_class) + 1;
  }
  const std::clock_t took = std::clock() - begin;
  if (sum == 0) std::abort();
  return 1e9 * static_cast<double>(took) / CLOCKS_PER_SEC / kTimes;
}

void Report(const char* name, const std::string& wire) {
  ReplyParser parser;
  if (!parser.Feed(wire).ok()) std::abort();
  const Reply reply = *parser.Next();
  std::printf("judge %-22s %4zu bytes  %6.0f ns\n", name, wire.size(), NanosPer(reply));
}

}  // namespace
}  // namespace posthaste::smtp

int main() {
  const std::clock_t begin = std::clock();
  posthaste::smtp::rules::Prepare();
  std::printf("prepare the table %.1f ms, %zu rows\n",
              1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC,
              posthaste::smtp::rules::Rules().size());
  posthaste::smtp::Report("accepted", "250 2.0.0 Ok: queued as 4XyZ0123456789ab\r\n");
  posthaste::smtp::Report("refused by code",
                          "550 5.1.1 <x@y.test>: Recipient address rejected\r\n");
  posthaste::smtp::Report(
      "refused in words",
      "550-5.7.1 The user that you wrote to is receiving mail at a rate that prevents\r\n"
      "550-5.7.1 additional messages from being delivered. Please send it again at a\r\n"
      "550 5.7.1 later time. For more see https://support.example/mail/answer/6592\r\n");
  posthaste::smtp::Report("refused, no row's words", "554 " + std::string(400, 'x') + "\r\n");
  return 0;
}

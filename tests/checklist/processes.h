// What the checklist's tests share: several processes on one Redis. A store with its connection is
// all that they do not share.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {

class ProcessesTest : public StoreTest {
 protected:
  using Guesses = std::vector<v1::CheckVerificationCodeRequest>;
  using Answers = std::vector<v1::CheckVerificationCodeResponse>;

  explicit ProcessesTest(int count) {
    redis::ClientOptions options;
    options.unix_path = Server().socket();
    options.command_limit = absl::Seconds(60);  // Ten thousand may stand in line.
    for (int i = 0; i < count; ++i) {
      stores_.push_back(queue::Store::Make(loop_, options, world_.config.redis().shards(),
                                           SystemClock(), world_.random)
                            .value());
      backends_.push_back({&loop_, stores_.back().get(), &world_.shared});
      if (!Run(stores_.back()->client().WaitReady(absl::Seconds(10))).ok())
        throw std::runtime_error("redis is away");
    }
  }

  // All at once, by turns at each process; the answers in the order of the guesses.
  Answers CheckAll(const Guesses& guesses) {
    Answers answers(guesses.size());
    std::deque<Call> calls;
    size_t done = 0;
    for (size_t i = 0; i < guesses.size(); ++i) {
      calls.push_back({backends_[i % backends_.size()], world_.CallerOf("acme"), &world_.tenant()});
      asio::co_spawn(loop_, HandleCheckVerificationCode(calls.back(), guesses[i], answers[i]),
                     [&done](std::exception_ptr, absl::Status status) {
                       EXPECT_TRUE(status.ok()) << status;
                       ++done;
                     });
    }
    loop_.restart();
    while (done < guesses.size() && loop_.run_one_for(std::chrono::seconds(60)) > 0) {
    }
    if (done < guesses.size()) throw std::runtime_error("a check was not answered");
    return answers;
  }

 private:
  std::vector<std::unique_ptr<queue::Store>> stores_;
  std::vector<Backend> backends_;
};

}  // namespace posthaste::api

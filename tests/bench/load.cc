// A load generator for the gRPC API: asks for verification codes, one recipient each.
//
//   posthaste_load --target ADDRESS --key-file FILE --domain NAME --rate R --seconds T [--channels
//   N] [--out FILE] posthaste_load --target ADDRESS --key-file FILE --domain NAME --count N
//   --in-flight K [--channels N] [--out FILE]
//
// With --rate the loop is open: call i starts at start + i/R, whether earlier ones were answered or
// not. With --count, K calls are kept in flight until N were answered OK. Each answered call
// becomes one line of --out:
//   message id, microseconds since the epoch at which the call was due, microseconds from then to
//   the answer
// Prints one JSON object: calls that were answered OK, the others by status code, the wall time in
// seconds.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "posthaste/v1/verification_service.grpc.pb.h"

namespace posthaste::bench {
namespace {

struct Options {
  std::string target, key_file, domain, out;
  double rate = 0, seconds = 0;
  int count = 0, in_flight = 256, channels = 4;
};

struct Answer {
  std::string message_id;
  int64_t due_us = 0, took_us = 0;
};

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), authorization_("Bearer " + FirstLine(options.key_file)) {
    for (int i = 0; i < options.channels; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection each.
      channels_.push_back(
          grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments));
      stubs_.push_back(v1::VerificationService::NewStub(channels_.back()));
    }
  }

  // So that no call waits for a handshake. False: nobody listens.
  bool Connect() {
    const auto give_up = std::chrono::system_clock::now() + std::chrono::seconds(10);
    bool connected = true;
    for (const std::shared_ptr<grpc::Channel>& channel : channels_)
      connected &= channel->WaitForConnected(give_up);
    return connected;
  }

  // Every call at its time.
  void RunOpen() {
    const absl::Time start = SystemClock().Now();
    const int calls = static_cast<int>(options_.rate * options_.seconds);
    for (int i = 0; i < calls; ++i) {
      const absl::Time due = start + absl::Seconds(i / options_.rate);
      const absl::Duration wait = due - SystemClock().Now();
      if (wait > absl::ZeroDuration()) std::this_thread::sleep_for(absl::ToChronoNanoseconds(wait));
      Start(due, false);
    }
    AwaitAll();
  }

  // The answer to one call starts the next.
  void RunClosed() {
    left_ = options_.count;
    for (int i = 0; i < options_.in_flight; ++i) {
      if (left_-- > 0) Start(SystemClock().Now(), true);
    }
    AwaitAll();
  }

  void Report(absl::Duration wall) const {
    if (!options_.out.empty()) {
      std::ofstream out(options_.out);
      for (const Answer& answer : answers_) {
        out << answer.message_id << ' ' << answer.due_us << ' ' << answer.took_us << '\n';
      }
    }
    std::string refused;
    for (const auto& [code, count] : refused_) {
      absl::StrAppend(&refused, refused.empty() ? "" : ", ", "\"", code, "\": ", count);
    }
    std::printf("{\"ok\": %zu, \"refused\": {%s}, \"seconds\": %.3f}\n", answers_.size(),
                refused.c_str(), absl::ToDoubleSeconds(wall));
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::SendVerificationCodeRequest request;
    v1::Verification response;
    absl::Time due;
  };

  void Start(absl::Time due, bool chained) {
    const int number = started_++;
    Call* call = new Call;
    call->due = due;
    call->context.AddMetadata("authorization", authorization_);
    call->request.set_recipient(absl::StrCat("someone.", number, "@", options_.domain));
    call->request.set_purpose("sign_in");
    v1::VerificationService::Stub& stub = *stubs_[static_cast<size_t>(number) % stubs_.size()];
    stub.async()->SendVerificationCode(&call->context, &call->request, &call->response,
                                       [this, call, chained](const grpc::Status& status) {
                                         Ended(*call, status);
                                         delete call;  // Before it counts as ended.
                                         if (chained && left_-- > 0)
                                           Start(SystemClock().Now(), true);
                                         const std::lock_guard lock(mutex_);
                                         ++ended_;
                                         all_ended_.notify_one();
                                       });
  }

  void Ended(const Call& call, const grpc::Status& status) {
    const absl::Duration took = SystemClock().Now() - call.due;
    const std::lock_guard lock(mutex_);
    if (status.ok()) {
      answers_.push_back({call.response.message_id(), absl::ToUnixMicros(call.due),
                          absl::ToInt64Microseconds(took)});
    } else {
      ++refused_[static_cast<int>(status.error_code())];
    }
  }

  // A chained call is started before the one that it follows counts as ended.
  void AwaitAll() {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return ended_ == started_; });
  }

  const Options options_;
  const std::string authorization_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<v1::VerificationService::Stub>> stubs_;
  std::atomic<int> started_ = 0, left_ = 0;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  int ended_ = 0;  // Guarded by mutex_, like the rest.
  std::vector<Answer> answers_;
  std::map<int, int> refused_;
};

bool Parse(int argc, char** argv, Options* options) {
  const std::map<std::string, std::string*> texts = {{"--target", &options->target},
                                                     {"--key-file", &options->key_file},
                                                     {"--domain", &options->domain},
                                                     {"--out", &options->out}};
  const std::map<std::string, int*> counts = {{"--count", &options->count},
                                              {"--in-flight", &options->in_flight},
                                              {"--channels", &options->channels}};
  const std::map<std::string, double*> numbers = {{"--rate", &options->rate},
                                                  {"--seconds", &options->seconds}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    bool good = false;
    if (texts.contains(name)) {
      *texts.at(name) = value;
      good = true;
    } else if (counts.contains(name)) {
      good = absl::SimpleAtoi(value, counts.at(name)) && *counts.at(name) > 0;
    } else if (numbers.contains(name)) {
      good = absl::SimpleAtod(value, numbers.at(name)) && *numbers.at(name) > 0;
    }
    if (!good) return false;
  }
  const bool paced = options->rate > 0 && options->seconds > 0;
  return argc % 2 == 1 && !options->target.empty() && !options->domain.empty() &&
         paced != (options->count > 0);
}

int Main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, &options)) {
    std::fprintf(
        stderr,
        "usage: posthaste_load --target ADDRESS --key-file FILE --domain NAME "
        "(--rate R --seconds T | --count N [--in-flight K]) [--channels N] [--out FILE]\n");
    return 2;
  }
  Load load(options);
  if (!load.Connect()) {
    std::fprintf(stderr, "posthaste_load: nobody answers at %s\n", options.target.c_str());
    return 1;
  }
  const absl::Time start = SystemClock().Now();
  if (options.count > 0) {
    load.RunClosed();
  } else {
    load.RunOpen();
  }
  load.Report(SystemClock().Now() - start);
  return 0;
}

}  // namespace
}  // namespace posthaste::bench

int main(int argc, char** argv) {
  const int code = posthaste::bench::Main(argc, argv);
  std::fflush(stdout);
  // A thread of gRPC may still be on its way out of the last callback: no static object goes before
  // it.
  std::_Exit(code);
}

#include "smtp/dns.h"

#include <unbound.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthaste::smtp {
namespace {

constexpr int kInternet = 1;
constexpr int kNxDomain = 3, kNoError = 0;

// One question of one loop. The timer is its loop's; the answer cancels it.
struct Question {
  explicit Question(Loop& loop) : loop(loop), timer(loop) {}
  Loop& loop;
  asio::steady_timer timer;
  bool done = false;  // These two on `loop` only.
  DnsAnswer answer;
};

DnsAnswer AnswerOf(int error, const ub_result* result) {
  DnsAnswer answer;
  if (error != 0 || result == nullptr) {
    answer.why = ub_strerror(error);
    return answer;
  }
  if (result->rcode == kNxDomain) {
    answer.code = DnsAnswer::Code::kNoName;
  } else if (result->rcode != kNoError || result->bogus) {
    answer.why = result->bogus ? "bogus" : absl::StrCat("rcode ", result->rcode);
  } else if (!result->havedata) {
    answer.code = DnsAnswer::Code::kNoRecords;
  } else {
    answer.code = DnsAnswer::Code::kRecords;
    for (int i = 0; result->data[i] != nullptr; ++i) {
      answer.records.emplace_back(result->data[i], static_cast<size_t>(result->len[i]));
    }
  }
  return answer;
}

// libunbound's context, with a slip for each question that it has not answered: it drops those
// without a call when it is deleted. From any thread.
class Context {
 public:
  // What libunbound hands back with the answer. Who asked may have stopped waiting.
  struct Slip {
    Context* context;
    std::weak_ptr<Question> question;
  };

  Context() : context_(ub_ctx_create()) {}
  ~Context() { ub_ctx_delete(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  ub_ctx* get() const { return context_; }

  Slip* Keep(std::weak_ptr<Question> question) {
    auto slip = std::make_unique<Slip>(Slip{this, std::move(question)});
    Slip* const key = slip.get();
    const std::lock_guard lock(mutex_);
    slips_.emplace(key, std::move(slip));
    return key;
  }
  std::shared_ptr<Question> Take(Slip* slip) {
    const std::lock_guard lock(mutex_);
    return slips_.extract(slip).mapped()->question.lock();
  }

 private:
  ub_ctx* context_;
  std::mutex mutex_;
  std::unordered_map<Slip*, std::unique_ptr<Slip>> slips_;
};

// Called by libunbound, on the loop that carries the answers.
void Answered(void* held, int error, ub_result* result) {
  DnsAnswer answer = AnswerOf(error, result);
  ub_resolve_free(result);
  auto* const slip = static_cast<Context::Slip*>(held);
  std::shared_ptr<Question> question = slip->context->Take(slip);
  if (question == nullptr) return;
  Loop& loop = question->loop;
  asio::post(loop, [question = std::move(question), answer = std::move(answer)]() mutable {
    question->answer = std::move(answer);
    question->done = true;
    question->timer.cancel();
  });
}

Task<DnsAnswer> Ask(std::shared_ptr<Context> context, Loop& loop, std::string name, DnsType type,
                    SteadyTime deadline) {
  const auto question = std::make_shared<Question>(loop);
  question->timer.expires_at(deadline);
  Context::Slip* const slip = context->Keep(question);
  const int error = ub_resolve_async(context->get(), name.c_str(), static_cast<int>(type),
                                     kInternet, slip, Answered, nullptr);
  if (error != 0) {
    context->Take(slip);
    question->answer.why = ub_strerror(error);
    co_return question->answer;
  }
  if (!question->done) co_await question->timer.async_wait(kAsTuple);
  if (!question->done) question->answer.why = "no answer in time";
  co_return question->answer;
}

// Sets what libunbound's defaults leave to chance. False: not one of its options.
bool Configure(ub_ctx* context) {
  constexpr std::pair<const char*, const char*> kOptions[] = {
      {"do-not-query-localhost:", "no"},  // A resolver on this machine is the usual one.
      // A TTL of 0 is for whoever asks now; for a burst of mail it would be a burst of questions.
      {"cache-min-ttl:", "5"},
      {"cache-max-negative-ttl:", "300"},
      {"msg-cache-size:", "16m"},
      {"rrset-cache-size:", "16m"},
  };
  for (const auto& [option, value] : kOptions) {
    if (ub_ctx_set_option(context, option, value) != 0) return false;
  }
  return ub_ctx_async(context, 1) == 0;
}

}  // namespace

struct Dns::Impl {
  explicit Impl(Loop& loop) : context(std::make_shared<Context>()), ready(loop) {}
  ~Impl() {
    if (ready.is_open()) ready.release();  // The descriptor is libunbound's.
  }
  // Takes the answers when there are some, for ever.
  void Watch() {
    ready.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error) return;
                       ub_process(context->get());
                       Watch();
                     });
  }

  std::shared_ptr<Context> context;
  asio::posix::stream_descriptor ready;
};

absl::StatusOr<std::unique_ptr<Dns>> Dns::Create(Loop& loop,
                                                 const std::vector<std::string>& servers) {
  auto impl = std::make_unique<Impl>(loop);
  ub_ctx* const context = impl->context->get();
  if (context == nullptr || !Configure(context)) {
    return absl::UnavailableError("libunbound cannot be set up");
  }
  for (const std::string& server : servers) {
    if (ub_ctx_set_fwd(context, server.c_str()) != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", server, "\" is no address of a resolver"));
    }
  }
  // Without one that can be read it asks the root servers.
  if (servers.empty()) static_cast<void>(ub_ctx_resolvconf(context, nullptr));
  impl->ready.assign(ub_fd(context));
  impl->Watch();
  return std::unique_ptr<Dns>(new Dns(std::move(impl)));
}

Dns::Dns(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dns::~Dns() = default;

DnsLookUp Dns::LookUpOn(Loop& loop) {
  return [context = impl_->context, &loop](std::string name, DnsType type, SteadyTime deadline) {
    return Ask(context, loop, std::move(name), type, deadline);
  };
}

}  // namespace posthaste::smtp

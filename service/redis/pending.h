// The answer to a command that is on its way.
//
// A command starts when it is given to the client, not when somebody waits: a caller starts it,
// does other I/O, and awaits the answer later. Everything here belongs to one loop's thread.
#pragma once

#include <deque>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/redis/reply.h"

namespace posthaste::redis {

// Whether the command that failed with `status` may have been executed: its bytes were given to the
// connection, and no answer came. False means that Redis never saw it, so that sending it again
// cannot do it twice.
bool MaybeExecuted(const absl::Status& status);

// `status` so marked.
absl::Status MarkMaybeExecuted(absl::Status status);

// Where an answer is put: shared by the connection that fills it and the Pending that hands it out.
// Counted without atomics, because it never leaves its loop.
struct Waiter : boost::intrusive_ref_counter<Waiter, boost::thread_unsafe_counter> {
  absl::StatusOr<Reply> answer = absl::UnknownError("not answered");
  bool done = false;
  absl::AnyInvocable<void()> resume;  // Called once, when `done` becomes true.
  // Sees a reply before anybody else; true: it took the reply, and this waiter waits on (a script
  // to be loaded again).
  absl::AnyInvocable<bool(const Reply&)> intercept;

  // Stores the answer and resumes who waits. Nothing happens if there is an answer already.
  void Finish(absl::StatusOr<Reply> result);
};
using WaiterPtr = boost::intrusive_ptr<Waiter>;

// The caller's end. Dropping it never takes the command back; the answer is then thrown away.
class Pending {
 public:
  explicit Pending(WaiterPtr waiter) : waiter_(std::move(waiter)) {}

  bool done() const { return waiter_->done; }

  // The answer, at once if it is there. Bounded by the client's command_limit. UNAVAILABLE: no
  // connection, or lost; DEADLINE_EXCEEDED: no answer in time; RESOURCE_EXHAUSTED: too much waits
  // already. An error that Redis answers is an OK with a Reply of kind error. The task may outlive
  // this object. REQUIRES: called once.
  Task<absl::StatusOr<Reply>> Wait() { return WaitFor(std::move(waiter_)); }

 private:
  static Task<absl::StatusOr<Reply>> WaitFor(WaiterPtr waiter);

  WaiterPtr waiter_;
};

// Waiters that are owed an answer. If the loop is destroyed under them they are let go unanswered;
// a waiter holds the coroutine that waits, which holds the waiter, and this is where that ring is
// cut.
class WaiterList {
 public:
  WaiterList() = default;
  WaiterList(WaiterList&&) = default;
  WaiterList& operator=(WaiterList&&) = delete;
  ~WaiterList();

  void Add(WaiterPtr waiter, absl::Status status) {
    owed_.emplace_back(std::move(waiter), std::move(status));
  }
  bool empty() const { return owed_.empty(); }

  // Finishes each with its status, in order.
  void FinishAll();

 private:
  std::deque<std::pair<WaiterPtr, absl::Status>> owed_;
};

}  // namespace posthaste::redis

// How many transactions a site is given at once: feedback from what becomes of them. Pure.
//
// As Postfix' queue manager does (its SCHEDULER_README; *_destination_concurrency_positive_feedback
// and *_negative_feedback = 1/concurrency): a window of N, where each success is worth 1/N of a
// step up and each failure 1/N of a step down, so that a whole window of them moves it by one. A
// window that moves by one with each message collapses behind a name with one bad host among many,
// and swings wildly at a site that takes only so many.
//
// The hysteresis is reversed for failures: the step down comes with the first failure, which pays
// for the N-1 that follow, instead of after the N-th. At a site that takes N sessions the window
// goes back and forth between N and N+1; if it stepped down last, every round would cost N+1
// refusals, so it costs one. A step up is earned in full each time, and makes the next failure
// count at once.
//
// Other than there, N is never taken for less than ten: at a site that takes one, every second
// message would learn so, and a small window behind one bad host of four would never grow again.
#pragma once

namespace posthaste::smtp {

class Window {
 public:
  // Begins at `first`, never leaves [1, `max`].
  Window(int first, int max);

  int size() const { return size_; }

  // A transaction went well while `active` were under way. A window that is not used does not grow:
  // that it could be larger is proved by filling it only.
  void Succeeded(int active);
  // Connecting or the handshake failed, or the site asked for less.
  void Failed();

  void Reset() { *this = Window(first_, max_); }

 private:
  int first_, max_, size_;
  double success_ = 0;  // Of the next step up.
  double failure_ = 0;  // What the last step down has paid for already.
};

}  // namespace posthaste::smtp

// How many transactions a site is given at once: feedback from what becomes of them. Pure.
//
// A site that takes so many sessions and one that has an unwell host among its hosts both turn
// sessions away, and neither says why. What tells them apart is the number that were open at the
// time: a site that has opened N to us lately has no limit below N. So
//
// * a session that is turned away where more were open lately is no reason to ask for fewer, unless
//   such refusals outweigh the sessions that are opened by ten: then what was learnt is forgotten;
// * one that is turned away where no more were open costs a step, and is learnt: the window tries
//   the next step after ten messages for each place (and never fewer), and waits twice as long with
//   each step that fails, up to 32 times. A step that holds makes the distance short again.
//
// What a site says to sessions that are open (a rate, 421) costs a step at first and pays for the
// N-1 that follow, for it is said to all that are under way: 1/N feedback, as in Postfix' queue
// manager (its SCHEDULER_README), with its hysteresis reversed for failures.
#pragma once

namespace posthaste::smtp {

class Window {
 public:
  // Begins at `first`, never leaves [1, `max`].
  Window(int first, int max);

  int size() const { return size_; }

  // A session was opened; with it `established` are.
  void Opened(int established);
  // A session was turned away while `established` others were open.
  void Refused(int established);
  // A message went well while `active` were under way. A window that is not used does not grow:
  // that it could be larger is proved by filling it only.
  void Succeeded(int active);
  // Connecting or the handshake failed, or the site asked for less.
  void Failed();

  void Reset() { *this = Window(first_, max_); }

 private:
  void Shrink(int floor);

  int first_, max_, size_;
  int proven_ = 0;       // So many were open at once since what was learnt was last forgotten.
  int debt_ = 0;         // Refusals that `proven_` speaks against, less sessions opened.
  int distance_ = 1;     // To the next step up, in times of what the first one took.
  bool trying_ = false;  // The last step up was neither proven nor refused yet.
  double success_ = 0;   // Of the next step up.
  double failure_ = 0;   // What the last step down has paid for already.
};

}  // namespace posthaste::smtp

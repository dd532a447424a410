#include "smtp/window.h"

#include <algorithm>

namespace posthaste::smtp {
namespace {

constexpr int kRoundMin = 10;
constexpr int kDistanceMax = 32;
constexpr int kDebtMax = 10;

// What one transaction is worth, in steps.
double Feedback(int size) { return 1.0 / std::max(size, kRoundMin); }

}  // namespace

Window::Window(int first, int max)
    : first_(std::clamp(first, 1, std::max(1, max))), max_(std::max(1, max)), size_(first_) {}

void Window::Opened(int established) {
  debt_ = std::max(0, debt_ - 1);
  if (established <= proven_) return;
  proven_ = established;
  if (established < size_) return;
  trying_ = false;
  distance_ = 1;
}

void Window::Refused(int established) {
  if (established < proven_) {
    if (++debt_ < kDebtMax) return;
    proven_ = established;
  }
  debt_ = 0;
  if (trying_) distance_ = std::min(distance_ * 2, kDistanceMax);
  trying_ = false;
  Shrink(established);
}

void Window::Succeeded(int active) {
  if (size_ >= active + first_) return;
  const double feedback = Feedback(size_) / distance_;
  success_ += feedback;
  if (success_ + feedback / 2 < 1) return;  // Half a step, because thirds do not add up to one.
  success_ = failure_ = 0;
  if (size_ == max_) return;
  ++size_;
  trying_ = size_ > proven_;
}

void Window::Failed() {
  const double feedback = Feedback(size_);
  failure_ -= feedback;
  if (failure_ - feedback / 2 >= 0) return;
  failure_ += 1;
  Shrink(1);
}

void Window::Shrink(int floor) {
  success_ = 0;
  size_ = std::max({size_ - 1, std::min(floor, size_), 1});
}

}  // namespace posthaste::smtp

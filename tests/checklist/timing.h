// What the checklist's tests of timing share: two arms, measured by turns, told apart by their
// medians.
//
// A machine that does other things as well moves both arms alike, for they take turns; what is left
// is chance. How much that is shows in how far parts of the measurement are from each other, and a
// difference counts as far as chance does not explain it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace posthaste::api {

#ifdef PH_SANITIZED
inline constexpr int kArm = 200;
inline constexpr double kApartMax = 0.3;  // Checks of the program take most of the time.
#else
inline constexpr int kArm = 5'000;
inline constexpr double kApartMax = 0.02;
#endif
inline constexpr int kRoundsMax = 3;

class Arms {
 public:
  // Runs `work` and notes how long it took.
  template <typename Work>
  void Time(int arm, const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    micros_[arm].push_back(took.count());
  }
  // Δ median as a part of the first arm's.
  double Apart() const { return Apart(0, micros_[0].size()); }
  // What three standard errors leave of its size.
  double SurelyApart() const {
    double sum = 0, squares = 0;
    const size_t part = micros_[0].size() / kParts;
    for (size_t i = 0; i < kParts; ++i) {
      const double apart = Apart(i * part, (i + 1) * part);
      sum += apart;
      squares += apart * apart;
    }
    const double variance = (squares - sum * sum / kParts) / (kParts - 1);
    return std::max(0.0, std::abs(Apart()) - 3 * std::sqrt(variance / kParts));
  }
  std::string Told(const char* what) const {
    char line[200];
    std::snprintf(line, sizeof line,
                  "%s: medians %.1f and %.1f us of %zu each, %.2f %% apart, surely %.2f %%", what,
                  Median(0, 0, micros_[0].size()), Median(1, 0, micros_[1].size()),
                  micros_[0].size(), 100 * Apart(), 100 * SurelyApart());
    return line;
  }

 private:
  static constexpr size_t kParts = 20;

  double Median(int arm, size_t begin, size_t end) const {
    const auto first = micros_[arm].begin();
    std::vector<double> times(first + static_cast<std::ptrdiff_t>(begin),
                              first + static_cast<std::ptrdiff_t>(end));
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }
  double Apart(size_t begin, size_t end) const {
    const double first = Median(0, begin, end);
    return (Median(1, begin, end) - first) / first;
  }

  std::vector<double> micros_[2];
};

// `round(samples)` measures that many samples of each arm, into any of `arms`.
template <typename Round>
void ExpectAlike(const std::vector<std::pair<const char*, const Arms*>>& arms, const Round& round) {
  const auto apart = [&] {
    return std::any_of(arms.begin(), arms.end(),
                       [](const auto& one) { return std::abs(one.second->Apart()) >= kApartMax; });
  };
  for (int i = 0; i < kRoundsMax; ++i) {
    round(kArm);
    if (!apart()) break;
  }
  for (const auto& [what, measured] : arms) {
    std::puts(measured->Told(what).c_str());
    EXPECT_LT(measured->SurelyApart(), kApartMax) << measured->Told(what);
  }
}

}  // namespace posthaste::api

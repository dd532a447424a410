// Numbers for Prometheus. A part asks once for its counters, at construction, and keeps the
// references; counting is then an atomic add. The registry is process-wide state on purpose:
// metrics describe the process.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace posthaste::metrics {

using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using Histogram = prometheus::Histogram;
using Labels = std::map<std::string, std::string>;

// The same name and labels give the same object, which lives as long as the process. `help` of the
// first call stands. Values of labels come from closed sets: never an address, a code, a domain or
// an id.
Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels,
                        const std::vector<double>& buckets);

// Seconds, 5 ms to 1 h: for anything that a person waits for.
const std::vector<double>& WaitBuckets();
// Seconds, 50 µs to 10 s: for calls.
const std::vector<double>& CallBuckets();

// The text exposition format, 0.0.4.
std::string Exposition();

}  // namespace posthaste::metrics

#include "base/metrics.h"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "base/metric_samples.h"

namespace posthaste::metrics {
namespace {

// Never destroyed: references into it live as long as the process.
prometheus::Registry& GetRegistry() {
  static prometheus::Registry* const registry = new prometheus::Registry;
  return *registry;
}

}  // namespace

Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(GetRegistry()).Add(labels);
}

Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(GetRegistry()).Add(labels);
}

Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels,
                        const std::vector<double>& buckets) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(GetRegistry())
      .Add(labels, buckets);
}

const std::vector<double>& WaitBuckets() {
  static const std::vector<double>* const buckets = new std::vector<double>{
      0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600};
  return *buckets;
}

const std::vector<double>& CallBuckets() {
  static const std::vector<double>* const buckets =
      new std::vector<double>{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                              0.025,   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};
  return *buckets;
}

std::vector<Sample> Samples(const std::string& name) {
  std::vector<Sample> samples;
  for (const prometheus::MetricFamily& family : GetRegistry().Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      Sample sample;
      for (const auto& label : metric.label) sample.labels[label.name] = label.value;
      sample.value = metric.counter.value + metric.gauge.value +
                     static_cast<double>(metric.histogram.sample_count);
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

std::string Exposition() { return prometheus::TextSerializer().Serialize(GetRegistry().Collect()); }

}  // namespace posthaste::metrics

// Counters, gauges and histograms with labels, and their Prometheus text (exposition format 0.0.4). Updates are relaxed
// atomics; finding a series by its labels takes a lock, so who updates often keeps the reference: it stays valid.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

class counter {
public:
  void add(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<uint64_t> value_{0};
};

class gauge {
public:
  void set(int64_t to) { value_.store(to, std::memory_order_relaxed); }
  void add(int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<int64_t> value_{0};
};

class histogram {
public:
  explicit histogram(const std::vector<double>& bounds);
  void observe(double value);
  uint64_t count() const;

private:
  friend class metrics;
  const std::vector<double>& bounds_; // upper, ascending; +Inf is added
  std::vector<std::atomic<uint64_t>> buckets_;
  std::atomic<uint64_t> sum_bits_{0}; // a double
};

using label_values = std::vector<std::string>;

/// All series of one name; label values in the order of the family's label names.
template <class Series> class metric_family {
public:
  metric_family(std::string help, std::vector<std::string> labels, std::vector<double> bounds = {})
    : help_(std::move(help)), labels_(std::move(labels)), bounds_(std::move(bounds)) {}
  /// Made at the first call. Above series_max, what is new is counted under values "other".
  Series& at(const label_values& values = {});

private:
  friend class metrics;
  const std::string help_;
  const std::vector<std::string> labels_;
  const std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::map<label_values, std::unique_ptr<Series>> series_;
};

/// Every machine has one (env.measures). A family is made at its first mention; help and labels of later ones are ignored.
class metrics {
public:
  metric_family<counter>& counters(const std::string& name, std::string help, std::vector<std::string> labels = {});
  metric_family<gauge>& gauges(const std::string& name, std::string help, std::vector<std::string> labels = {});
  metric_family<histogram>& histograms(const std::string& name, std::string help, std::vector<double> bounds,
                                       std::vector<std::string> labels = {});
  /// Asked when the text is made: for what is counted elsewhere.
  void gauge_asked(const std::string& name, std::string help, std::function<double()> ask);
  std::string text() const;

private:
  struct asked {
    std::string help;
    std::function<double()> ask;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<metric_family<counter>>> counters_;
  std::map<std::string, std::unique_ptr<metric_family<gauge>>> gauges_;
  std::map<std::string, std::unique_ptr<metric_family<histogram>>> histograms_;
  std::map<std::string, asked> asked_;
};

constexpr size_t metric_series_max = 2000; // of one family

} // namespace troupe

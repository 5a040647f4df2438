#include "runtime/metrics.hpp"
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace troupe {
namespace {

std::string number(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

std::string escaped(std::string_view text) {
  std::string to;
  for (char letter : text) {
    if (letter == '\\' || letter == '"')
      to += '\\';
    if (letter == '\n')
      to += "\\n";
    else
      to += letter;
  }
  return to;
}

/// `{a="1",b="2"}`, with one more label where `extra` is not empty.
std::string label_text(const std::vector<std::string>& names, const label_values& values, const std::string& extra = {}) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i)
    text += (text.empty() ? "" : ",") + names[i] + "=\"" + escaped(i < values.size() ? values[i] : "") + "\"";
  if (!extra.empty())
    text += (text.empty() ? "" : ",") + extra;
  return text.empty() ? "" : "{" + text + "}";
}

void head(std::string& to, const std::string& name, const std::string& help, const char* type) {
  to += "# HELP " + name + " ";
  for (char letter : help) {
    if (letter == '\\')
      to += "\\\\";
    else if (letter == '\n')
      to += "\\n";
    else
      to += letter;
  }
  to += "\n# TYPE " + name + " " + type + "\n";
}

} // namespace

histogram::histogram(const std::vector<double>& bounds) : bounds_(bounds), buckets_(bounds.size() + 1) {}

void histogram::observe(double value) {
  auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  auto old = sum_bits_.load(std::memory_order_relaxed);
  while (!sum_bits_.compare_exchange_weak(old, std::bit_cast<uint64_t>(std::bit_cast<double>(old) + value), std::memory_order_relaxed)) {
  }
}

uint64_t histogram::count() const {
  uint64_t all = 0;
  for (auto& bucket : buckets_)
    all += bucket.load(std::memory_order_relaxed);
  return all;
}

template <class Series> Series& metric_family<Series>::at(const label_values& values) {
  std::lock_guard guard{mutex_};
  auto found = series_.find(values);
  if (found != series_.end())
    return *found->second;
  label_values key = values;
  if (series_.size() >= metric_series_max)
    key.assign(labels_.size(), "other");
  auto& slot = series_[key];
  if (!slot) {
    if constexpr (std::is_same_v<Series, histogram>)
      slot = std::make_unique<histogram>(bounds_);
    else
      slot = std::make_unique<Series>();
  }
  return *slot;
}
template class metric_family<counter>;
template class metric_family<gauge>;
template class metric_family<histogram>;

namespace {
template <class Family> Family& family_of(std::map<std::string, std::unique_ptr<Family>>& all, const std::string& name,
                                          std::string help, std::vector<std::string> labels, std::vector<double> bounds = {}) {
  auto& slot = all[name];
  if (!slot)
    slot = std::make_unique<Family>(std::move(help), std::move(labels), std::move(bounds));
  return *slot;
}
} // namespace

metric_family<counter>& metrics::counters(const std::string& name, std::string help, std::vector<std::string> labels) {
  std::lock_guard guard{mutex_};
  return family_of(counters_, name, std::move(help), std::move(labels));
}

metric_family<gauge>& metrics::gauges(const std::string& name, std::string help, std::vector<std::string> labels) {
  std::lock_guard guard{mutex_};
  return family_of(gauges_, name, std::move(help), std::move(labels));
}

metric_family<histogram>& metrics::histograms(const std::string& name, std::string help, std::vector<double> bounds,
                                              std::vector<std::string> labels) {
  std::lock_guard guard{mutex_};
  return family_of(histograms_, name, std::move(help), std::move(labels), std::move(bounds));
}

void metrics::gauge_asked(const std::string& name, std::string help, std::function<double()> ask) {
  std::lock_guard guard{mutex_};
  asked_[name] = {std::move(help), std::move(ask)};
}

std::string metrics::text() const {
  std::lock_guard guard{mutex_};
  std::string to;
  for (auto& [name, family] : counters_) {
    std::lock_guard family_guard{family->mutex_};
    head(to, name, family->help_, "counter");
    for (auto& [values, series] : family->series_)
      to += name + label_text(family->labels_, values) + " " + std::to_string(series->value()) + "\n";
  }
  for (auto& [name, family] : gauges_) {
    std::lock_guard family_guard{family->mutex_};
    head(to, name, family->help_, "gauge");
    for (auto& [values, series] : family->series_)
      to += name + label_text(family->labels_, values) + " " + std::to_string(series->value()) + "\n";
  }
  for (auto& [name, series] : asked_) {
    head(to, name, series.help, "gauge");
    to += name + " " + number(series.ask()) + "\n";
  }
  for (auto& [name, family] : histograms_) {
    std::lock_guard family_guard{family->mutex_};
    head(to, name, family->help_, "histogram");
    for (auto& [values, series] : family->series_) {
      uint64_t through = 0;
      for (size_t i = 0; i < series->buckets_.size(); ++i) {
        through += series->buckets_[i].load(std::memory_order_relaxed);
        auto bound = i < family->bounds_.size() ? number(family->bounds_[i]) : "+Inf";
        to += name + "_bucket" + label_text(family->labels_, values, "le=\"" + bound + "\"") + " " + std::to_string(through) + "\n";
      }
      auto sum = std::bit_cast<double>(series->sum_bits_.load(std::memory_order_relaxed));
      to += name + "_sum" + label_text(family->labels_, values) + " " + number(sum) + "\n";
      to += name + "_count" + label_text(family->labels_, values) + " " + std::to_string(through) + "\n";
    }
  }
  return to;
}

} // namespace troupe

#include <catch2/catch_test_macros.hpp>
#include "runtime/metrics.hpp"

using namespace troupe;

TEST_CASE("the text is Prometheus'") {
  metrics all;
  auto& requests = all.counters("apiserver_request_total", "Requests, by verb and code.", {"verb", "code"});
  requests.at({"GET", "200"}).add(3);
  requests.at({"GET", "4\"0\n4"}).add();
  all.gauges("objects", "Objects.").at().set(-2);
  all.gauge_asked("asked", "Asked.", [] { return 0.5; });
  auto& seconds = all.histograms("seconds", "Duration.", {0.1, 1}, {"verb"}).at({"GET"});
  seconds.observe(0.1);
  seconds.observe(0.25);
  seconds.observe(7);
  CHECK(all.text() == R"(# HELP apiserver_request_total Requests, by verb and code.
# TYPE apiserver_request_total counter
apiserver_request_total{verb="GET",code="200"} 3
apiserver_request_total{verb="GET",code="4\"0\n4"} 1
# HELP objects Objects.
# TYPE objects gauge
objects -2
# HELP asked Asked.
# TYPE asked gauge
asked 0.5
# HELP seconds Duration.
# TYPE seconds histogram
seconds_bucket{verb="GET",le="0.1"} 1
seconds_bucket{verb="GET",le="1"} 2
seconds_bucket{verb="GET",le="+Inf"} 3
seconds_sum{verb="GET"} 7.35
seconds_count{verb="GET"} 3
)");
}

TEST_CASE("a family has a bound") {
  metrics all;
  auto& family = all.counters("x", "x", {"a"});
  for (size_t i = 0; i < metric_series_max + 5; ++i)
    family.at({std::to_string(i)}).add();
  CHECK(family.at({"one more"}).value() == 5);
  CHECK(family.at({"0"}).value() == 1);
}

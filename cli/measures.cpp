#include "cli/measures.hpp"
#include <sys/resource.h>
#include <unistd.h>
#include <fstream>

namespace troupe::cli {

namespace {

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// Whole seconds: a gauge holds integers, and rates over minutes need no more.
int64_t cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec;
}

} // namespace

void count_requests(metrics& to, gateway_options& options) {
  auto& family = to.counters("apiserver_request_total", "Counter of apiserver requests broken out for each verb, resource, subresource and HTTP response code.",
                             {"verb", "resource", "subresource", "code"});
  options.measured = [&family](std::string_view verb, std::string_view resource, std::string_view subresource, int code) {
    family.at({std::string(verb), std::string(resource), std::string(subresource), std::to_string(code)}).add();
  };
}

std::string metrics_text(metrics& from, const roots& state, const http_port* server) {
  auto& objects = from.gauges("apiserver_storage_objects", "Number of stored objects by resource.", {"resource"});
  for (const auto& kind : kinds())
    if (kind.stored && kind.storage == kind.index) objects.at({std::string(group_resource(kind))}).set(static_cast<int64_t>(state.count(kind, "")));
  from.gauges("troupe_store_revision", "Revision of the published state.").at().set(static_cast<int64_t>(state.revision()));
  from.gauges("process_resident_memory_bytes", "Resident memory size in bytes.").at().set(resident_bytes());
  from.gauges("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.").at().set(cpu_seconds());
  if (server) {
    auto counts = server->counts();
    from.gauges("apiserver_current_inflight_requests", "Requests being served now.").at().set(static_cast<int64_t>(counts.requests_in_flight));
    from.gauges("troupe_http_connections", "Client connections open now.").at().set(static_cast<int64_t>(counts.connections));
    from.gauges("troupe_http_streams", "Exec, attach and port-forward sessions open now.").at().set(static_cast<int64_t>(counts.streams_upgraded));
    from.gauges("troupe_http_handshakes_failed", "TLS handshakes that failed since the start.").at().set(static_cast<int64_t>(counts.handshakes_failed));
  }
  return from.text();
}

} // namespace troupe::cli

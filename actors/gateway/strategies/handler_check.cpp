// Actions of probes and hooks, and references to a pod's own fields.
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

void check_http_get(causes& found, const field_path& path, const core::HTTPGetAction& action) {
  if (action.path().empty()) add_required(found, path / "path");
  check_port(found, path / "port", action.port());
  if (!is_one_of(action.scheme(), {"HTTP", "HTTPS"}))
    add_not_supported(found, path / "scheme", action.scheme(), {"HTTP", "HTTPS"});
  for (auto& header : action.httpheaders())
    add_problems(found, path / "httpHeaders", header.name(), http_header_name_problems(header.name()));
}

/// Counts handlers; each after the first is refused.
class one_handler {
public:
  one_handler(causes& found, const field_path& path) : found_(found), path_(path) {}
  bool next(std::string_view name) {
    if (count_++ == 0) return true;
    add_forbidden(found_, path_ / name, "may not specify more than 1 handler type");
    return false;
  }
  void finish() {
    if (count_ == 0) add_required(found_, path_, "must specify a handler type");
  }

private:
  causes& found_;
  const field_path& path_;
  int count_ = 0;
};

template <class Handler>
void check_shared(causes& found, const field_path& path, const Handler& handler, one_handler& one) {
  if (handler.has_exec() && one.next("exec") && handler.exec().command().empty())
    add_required(found, path / "exec" / "command");
  if (handler.has_httpget() && one.next("httpGet")) check_http_get(found, path / "httpGet", handler.httpget());
  if (handler.has_tcpsocket() && one.next("tcpSocket"))
    check_port(found, path / "tcpSocket" / "port", handler.tcpsocket().port());
}

bool is_one_of_fields(std::string_view label) {
  return is_one_of(
      label, {"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
              "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase",
              "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs", "spec.host"});
}

}  // namespace

void check_handler(causes& found, const field_path& path, const core::ProbeHandler& handler) {
  one_handler one(found, path);
  check_shared(found, path, handler, one);
  if (handler.has_grpc() && one.next("grpc")) check_port_number(found, path / "grpc" / "port", handler.grpc().port());
  one.finish();
}

void check_handler(causes& found, const field_path& path, const core::LifecycleHandler& handler) {
  one_handler one(found, path);
  check_shared(found, path, handler, one);
  if (handler.has_sleep()) one.next("sleep");
  one.finish();
}

void check_port_number(causes& found, const field_path& path, int32_t port) {
  check_range(found, path, port, 1, 65535);
}

void check_port(causes& found, const field_path& path, const IntOrString& port) {
  if (port.type() == 0)
    check_port_number(found, path, port.intval());
  else
    add_problems(found, path, port.strval(), port_name_problems(port.strval()));
}

void check_field_reference(causes& found, const field_path& path, const core::ObjectFieldSelector& reference,
                           bool in_file) {
  if (reference.apiversion().empty()) return add_required(found, path / "apiVersion");
  auto& label = reference.fieldpath();
  if (label.empty()) return add_required(found, path / "fieldPath");
  constexpr std::string_view failed = "error converting fieldPath: ";
  if (reference.apiversion() != "v1")
    return add_invalid(found, path / "fieldPath", label,
                       std::string(failed) + "unsupported pod version: " + reference.apiversion());
  if (size_t bracket = label.find("['"); bracket != label.npos && label.ends_with("']")) {
    std::string field = label.substr(0, bracket), key = label.substr(bracket + 2, label.size() - bracket - 4);
    if (field == "metadata.annotations" || field == "metadata.labels")
      return add_problems(found, path, key, qualified_name_problems(key));
    if (!is_one_of_fields(field))
      return add_invalid(found, path / "fieldPath", label,
                         std::string(failed) + "field label does not support subscript: " + label);
    return add_invalid(found, path, field, "does not support subscript");
  }
  if (!is_one_of_fields(label))
    return add_invalid(found, path / "fieldPath", label, std::string(failed) + "field label not supported: " + label);
  if (in_file && !is_one_of(label, {"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace",
                                    "metadata.uid"}))
    return add_not_supported(
        found, path / "fieldPath", label,
        {"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"});
  if (!in_file && !is_one_of(label, {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
                                     "spec.host", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
                                     "status.podIP", "status.podIPs"}))
    add_not_supported(found, path / "fieldPath", label,
                      {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
                       "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"});
}

void check_resource_reference(causes& found, const field_path& path, const core::ResourceFieldSelector& reference,
                              bool in_file) {
  if (in_file && reference.containername().empty()) return add_required(found, path / "containerName");
  auto& name = reference.resource();
  if (name.empty()) return add_required(found, path / "resource");
  if (name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-")) return;
  if (!is_one_of(name, {"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu",
                        "requests.ephemeral-storage", "requests.memory"}))
    add_not_supported(found, path / "resource", name,
                      {"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu",
                       "requests.ephemeral-storage", "requests.memory"});
}

void check_no_backsteps(causes& found, const field_path& path, const std::string& text) {
  for (size_t from = 0; from <= text.size();) {
    size_t slash = std::min(text.find('/', from), text.size());
    if (text.compare(from, slash - from, "..") == 0) return add_invalid(found, path, text, "must not contain '..'");
    from = slash + 1;
  }
}

void check_local_path(causes& found, const field_path& path, const std::string& text) {
  if (text.starts_with("/")) add_invalid(found, path, text, "must be a relative path");
  check_no_backsteps(found, path, text);
}

}  // namespace troupe::gateway

// Recorded cases and how an answer is compared: without what every server makes up for itself.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
#include "test/actors/gateway/strategies/kind_server.hpp"

namespace troupe::test {

using json = nlohmann::ordered_json;

/// Replaces uids, times, versions, allocated addresses and ports, generated names.
inline void normalise(json& value, const std::string& key = {}) {
  if (value.is_object()) {
    value.erase("managedFields");
    for (auto& [name, inner] : value.items()) normalise(inner, name);
  } else if (value.is_array()) {
    for (auto& inner : value) normalise(inner, key);
  } else if (value.is_string()) {
    std::string text = value.get<std::string>();
    static const std::vector<std::string> made{"uid",
                                               "resourceVersion",
                                               "creationTimestamp",
                                               "lastTransitionTime",
                                               "timeAdded",
                                               "lastPhaseTransitionTime",
                                               "batch.kubernetes.io/controller-uid",
                                               "controller-uid",
                                               "authentication.kubernetes.io/credential-id"};
    for (auto& name : made)
      if (key == name) value = "<" + name + ">";
    if (text.starts_with("kube-api-access-")) value = "kube-api-access-<random>";
    if ((key == "clusterIP" || key == "clusterIPs") && text != "None") value = "<address>";
    for (std::string prefix : {"d-gen-", "gen-"})
      if (text.starts_with(prefix) && text.size() == prefix.size() + 5) value = prefix + "<random>";
  } else if (value.is_number_integer() && (key == "nodePort" || key == "healthCheckNodePort") &&
             value.get<int64_t>() >= 30000) {
    value = "<port>";
  }
}

inline patch_form form_of(const json& request) {
  std::string type = request.contains("headers") ? request["headers"].value("Content-Type", "") : "";
  if (type.find("json-patch") != type.npos) return patch_form::json;
  return type.find("strategic") != type.npos ? patch_form::strategic : patch_form::merge;
}

inline std::string body_of(const json& request) {
  if (request.contains("text")) return request["text"].get<std::string>();
  if (!request.contains("body")) return "{}";
  std::string text = request["body"].dump();
  // ${fill:N} stands for N letters.
  for (size_t at; (at = text.find("${fill:")) != text.npos;) {
    size_t end = text.find('}', at);
    text.replace(at, end + 1 - at, std::string(std::stoul(text.substr(at + 7, end - at - 7)), 'x'));
  }
  return text;
}

inline outcome send(kind_server& server, const json& request) {
  std::string method = request["method"], path = request["path"];
  if (method == "POST") return server.post(path, body_of(request));
  if (method == "PUT") return server.put(path, body_of(request));
  if (method == "PATCH") return server.patch(path, form_of(request), body_of(request));
  if (method == "DELETE") return server.remove(path);
  return server.get(path);
}

/// A server with the case's namespace and what a new cluster has.
inline kind_server server_for(const json& each) {
  kind_server server(int64_t{1795400656} * 1'000'000'000);
  std::string space = each.value("namespace", "");
  server.make(
      "/api/v1/namespaces/default/services",
      R"({"metadata":{"name":"kubernetes"},"spec":{"clusterIP":"10.96.0.1","ports":[{"name":"https","port":443}]}})");
  for (std::string name : {"system-cluster-critical", "system-node-critical"})
    server.make("/apis/scheduling.k8s.io/v1/priorityclasses",
                R"({"metadata":{"name":")" + name + R"("},"value":2000000000})");
  if (space.empty()) return server;
  server.make("/api/v1/namespaces", R"({"metadata":{"name":")" + space + R"("}})");
  server.make("/api/v1/namespaces/" + space + "/serviceaccounts", R"({"metadata":{"name":"default"}})");
  return server;
}

}  // namespace troupe::test
